//! The pool's threads in every order in which they can meet, by loom: `npm test -- --only rust`, and with
//! more switches between threads `npm run soak -- --only loom`.
//!
//! Queue, outbox, and who waits for whom and wakes whom are those of the pool; a thread that executes a
//! job here notes that it has, and needs no SQLite. Loom fails a model in which nobody can go on, so a
//! wake-up that is missed in any order is found.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::model::Builder;

use super::lane::{self, Lane, Next};
use super::queue::ForWriter;
use super::streams::Streams;
use super::sync::{Condvar, Mutex, lock, wait};
use super::writer::failed;
use super::*;
use crate::batch::Integers;
use crate::conn::OpenMode;
use crate::error::{Error, Kind};

/// Switches between threads that none of them asked for, in one execution. Two show nearly all faults.
const PREEMPTIONS: usize = 2;
const LONG: Duration = Duration::from_hours(1);

std::thread_local! {
    /// The jobs of this execution in the order in which they were executed: loom runs all threads on one.
    static EXECUTED: RefCell<Vec<JobId>> = const { RefCell::new(Vec::new()) };
}

fn execute(job: JobId) {
    EXECUTED.with_borrow_mut(|executed| executed.push(job));
}

fn executed() -> Vec<JobId> {
    EXECUTED.with_borrow(Clone::clone)
}

fn done(job: JobId) -> Event {
    Event { job, last: true, what: What::Done, taken: None }
}

/// What SQLite would say of a text.
fn reads(sql: &str) -> bool {
    sql.starts_with("SELECT")
}

/// The writer's thread.
pub fn write(shared: &Arc<Shared>) {
    while let Some(task) = writer::next(shared) {
        match task {
            ForWriter::Open => writer::opened(shared),
            ForWriter::Look(job) => match job.work.readable().cloned() {
                Some(sql) if reads(&sql) => writer::to_readers(shared, job, &sql),
                _ => group(shared, job),
            },
            ForWriter::Job(job) if matches!(job.work, Work::Begin { .. }) => hold(shared, &job),
            ForWriter::Job(job) => group(shared, job),
            ForWriter::Nothing | ForWriter::Stop => {}
        }
    }
    shared.wait_for_readers(LONG);
    shared.thread_ended(false);
}

fn group(shared: &Arc<Shared>, first: Job) {
    let mut events = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        execute(job.id);
        events.push(done(job.id));
        next = shared.state().next_in_group();
    }
    shared.send(events);
}

fn hold(shared: &Arc<Shared>, begin: &Job) {
    shared.settle(begin.id, What::Done);
    let lane = Lane { shared, id: begin.id, until: Instant::now() + LONG };
    loop {
        match lane.next(&Streams::default()) {
            Ok(Next::Stream(_)) => {}
            Ok(Next::Job(job)) => {
                let ends = matches!(job.work, Work::End { .. });
                execute(job.id);
                shared.settle(job.id, What::Done);
                if ends {
                    return lane::close(shared, begin.id, &Error::of(Kind::LaneEnded, "ended"));
                }
            }
            Err(error) => return lane::close(shared, begin.id, &error),
        }
    }
}

/// A reader's thread.
pub fn read(shared: &Arc<Shared>) {
    while let Some((job, look)) = reader::next(shared) {
        let holds = job.work.holds_reader();
        match job.work.readable() {
            Some(sql) if reads(sql) => {
                if look {
                    reader::found_out(shared, &job, sql);
                }
                let event = match job.work {
                    Work::Iterate(_) => stream(shared, &job),
                    _ => done(job.id),
                };
                execute(job.id);
                shared.send(vec![event]);
            }
            _ => reader::to_writer(shared, job),
        }
        if holds {
            shared.state().counts.held -= 1;
        }
    }
    shared.thread_ended(true);
}

/// One batch more than is allowed at first.
fn stream(shared: &Shared, job: &Job) -> Event {
    for _ in 0..2 {
        if !job.control.take_credit(|| shared.is_stopping()) {
            return failed(job.id, Error::of(Kind::Cancelled, "ended"));
        }
    }
    done(job.id)
}

/// JavaScript: woken by the outbox, it takes what there is.
struct Listener {
    pool: Pool,
    woken: Arc<(Mutex<bool>, Condvar)>,
    heard: RefCell<Vec<Event>>,
}

impl Listener {
    fn new(reader_idle: Duration) -> Self {
        EXECUTED.with_borrow_mut(Vec::clear);
        let woken = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&woken);
        let waker = Box::new(move || {
            *lock(&other.0) = true;
            other.1.notify_one();
        });
        let settings = Settings {
            path: "none".to_owned(),
            mode: OpenMode::Create,
            busy_timeout_ms: 0,
            first_pragmas: Vec::new(),
            journal_mode: None,
            pragmas: Vec::new(),
            readers: 1,
            reader_idle,
        };
        Self { pool: Pool::new(settings, waker), woken, heard: RefCell::default() }
    }

    fn submit(&self, id: JobId, work: Work, lane: Option<JobId>) {
        let rows = RowOptions {
            integers: Integers::Number,
            detach_text: false,
            expand: false,
            max_rows: u64::MAX,
            max_bytes: u64::MAX,
        };
        let control = Arc::new(Control::new(1, 1));
        let (since, background, route, in_writes) = (Instant::now(), false, None, false);
        let job = Job { id, work, rows, lane, background, since, route, in_writes, control };
        self.pool.submit(job).unwrap();
    }

    /// Takes events until `enough` of those heard.
    fn listen(&self, enough: impl Fn(&[Event]) -> bool) {
        loop {
            while let Some(event) = self.pool.take() {
                self.heard.borrow_mut().push(event);
            }
            if enough(&self.heard.borrow()) {
                return;
            }
            let mut woken = lock(&self.woken.0);
            while !std::mem::take(&mut *woken) {
                woken = wait(&self.woken.1, woken);
            }
        }
    }

    /// Takes events until those of these jobs have come.
    fn wait(&self, jobs: &[JobId]) {
        self.listen(|heard| {
            jobs.iter().all(|&job| heard.iter().any(|event| event.last && event.job == job))
        });
    }

    /// Ends the pool. Each of `jobs` has one last event, and the pool's end is the last of all.
    fn end(self, jobs: &[JobId]) -> Vec<Event> {
        self.pool.stop();
        self.listen(|heard| heard.iter().any(|event| matches!(event.what, What::Closed)));
        let mut heard = self.heard.take();
        assert!(matches!(heard.pop().unwrap().what, What::Closed));
        let mut answered: Vec<JobId> =
            heard.iter().filter(|event| event.last).map(|event| event.job).collect();
        answered.sort_unstable();
        assert_eq!(answered, jobs);
        assert_eq!(self.pool.counts().2.threads, 0);
        heard
    }
}

fn query(sql: &str) -> Query {
    Query { sql: sql.into(), given: Given::default() }
}

fn insert() -> Work {
    Work::Run(query("INSERT"))
}

fn select() -> Work {
    Work::All(query("SELECT"))
}

fn model(run: fn()) {
    let mut builder = Builder::new();
    // `LOOM_MAX_PREEMPTIONS` asks for more.
    builder.preemption_bound = builder.preemption_bound.or(Some(PREEMPTIONS));
    builder.max_branches = 100_000;
    builder.check(run);
}

#[test]
fn each_job_is_executed_once_and_writes_in_their_order() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, insert(), None);
        listener.submit(2, select(), None);
        listener.submit(3, insert(), None);
        listener.wait(&[1, 2, 3]);
        let mut order = executed();
        let writes: Vec<JobId> = order.iter().copied().filter(|&job| job != 2).collect();
        assert_eq!(writes, [1, 3]);
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3]);
        listener.end(&[1, 2, 3]);
    });
}

#[test]
fn texts_that_nobody_knows_reach_who_executes_them() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, select(), None);
        listener.submit(2, Work::All(query("INSERT RETURNING")), None);
        listener.submit(3, select(), None);
        listener.wait(&[1, 2, 3]);
        let mut order = executed();
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3]);
        listener.end(&[1, 2, 3]);
    });
}

#[test]
fn a_job_is_either_cancelled_or_executed() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, insert(), None);
        listener.submit(2, select(), None);
        listener.pool.cancel(1);
        listener.pool.cancel(2);
        listener.wait(&[1, 2]);
        let order = executed();
        for event in listener.end(&[1, 2]) {
            let was_done = matches!(event.what, What::Done);
            assert_eq!(order.iter().filter(|&&job| job == event.job).count(), was_done.into());
        }
    });
}

#[test]
fn a_call_that_is_given_up_while_it_is_looked_at_does_not_wait_for_the_writer() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, Work::Begin { writes: true, hold: LONG }, None);
        listener.wait(&[1]);
        listener.submit(2, Work::All(query("INSERT RETURNING")), None);
        listener.pool.cancel(2);
        listener.wait(&[2]);
        assert!(executed().is_empty());
        listener.end(&[1, 2]);
    });
}

#[test]
fn the_end_wakes_everyone_and_answers_everything() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, Work::Iterate(query("SELECT")), None);
        listener.submit(2, insert(), None);
        listener.submit(3, select(), None);
        listener.end(&[1, 2, 3]);
    });
}

#[test]
fn a_stream_goes_on_with_credit_and_ends_when_it_is_cancelled() {
    model(|| {
        let control = Arc::new(Control::new(1, 1));
        let stream = Arc::clone(&control);
        let thread = loom::thread::spawn(move || {
            (0..3).map(|_| stream.take_credit(|| false)).collect::<Vec<bool>>()
        });
        control.credit();
        control.cancel();
        let allowed = thread.join().unwrap();
        // Two batches were allowed, and the third one's wait is ended.
        assert!(!allowed[2]);
        assert!(allowed[0] || !allowed[1]);
    });
}

#[test]
fn a_transaction_has_the_writer_until_its_end() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, Work::Begin { writes: true, hold: LONG }, None);
        listener.submit(2, insert(), None);
        listener.submit(3, insert(), Some(1));
        listener.submit(4, Work::End { keep: true }, Some(1));
        listener.submit(5, insert(), Some(1));
        listener.wait(&[1, 2, 3, 4, 5]);
        // What comes behind the end is refused, or was not noticed by then.
        assert_eq!(executed(), [3, 4, 2]);
        listener.end(&[1, 2, 3, 4, 5]);
    });
}

#[test]
fn a_transaction_that_nobody_ends_is_ended_with_the_pool() {
    model(|| {
        let listener = Listener::new(LONG);
        listener.submit(1, Work::Begin { writes: true, hold: LONG }, None);
        listener.submit(2, insert(), None);
        listener.submit(3, insert(), Some(1));
        listener.end(&[1, 2, 3]);
    });
}

#[test]
fn a_reader_that_ends_because_it_is_idle_leaves_no_read_behind() {
    model(|| {
        let listener = Listener::new(Duration::ZERO);
        listener.submit(1, select(), None);
        listener.wait(&[1]);
        listener.submit(2, select(), None);
        listener.wait(&[2]);
        assert_eq!(executed(), [1, 2]);
        listener.end(&[1, 2]);
    });
}

#[test]
fn what_threads_say_is_heard_once_and_in_order() {
    model(|| {
        let woken = Arc::new((Mutex::new(0), Condvar::new()));
        let other = Arc::clone(&woken);
        let outbox = Arc::new(Outbox::new(Box::new(move || {
            *lock(&other.0) += 1;
            other.1.notify_one();
        })));
        for first in [1, 11] {
            let outbox = Arc::clone(&outbox);
            loom::thread::spawn(move || {
                outbox.push([done(first)]);
                outbox.push([done(first + 1), done(first + 2)]);
            });
        }
        let mut heard = Vec::new();
        while heard.len() < 6 {
            while let Some(event) = outbox.take() {
                heard.push(event.job);
            }
            let mut calls = lock(&woken.0);
            while heard.len() < 6 && *calls == 0 {
                calls = wait(&woken.1, calls);
            }
            *calls = 0;
        }
        for first in [1, 11] {
            let own: Vec<JobId> =
                heard.iter().copied().filter(|job| (first..first + 3).contains(job)).collect();
            assert_eq!(own, [first, first + 1, first + 2]);
        }
    });
}

#[test]
fn nobody_is_called_once_the_outbox_is_shut() {
    model(|| {
        let listens = Arc::new(Mutex::new(true));
        let other = Arc::clone(&listens);
        let outbox = Arc::new(Outbox::new(Box::new(move || assert!(*lock(&other)))));
        let thread = Arc::clone(&outbox);
        loom::thread::spawn(move || thread.push([done(1)]));
        drop(outbox.shut());
        *lock(&listens) = false;
        assert!(outbox.take().is_none());
    });
}
