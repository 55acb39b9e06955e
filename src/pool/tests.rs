//! The pool without JavaScript: a waker that counts, events taken by hand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::queue::{ForReader, ForWriter, Placed, State};
use super::statements::Statements;
use super::*;
use crate::batch::Integers;
use crate::conn::{Connection, OpenMode, OpenOptions, Parameter};
use crate::error::Kind;

/// A pool on a file of its own, and what tells that there are events.
struct Fixture {
    pool: Pool,
    path: String,
    woken: Receiver<()>,
    next: JobId,
    calls: Arc<AtomicUsize>,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let file = format!("ferrolite-pool-{name}-{}.db", std::process::id());
        let path = std::env::temp_dir().join(file).to_str().unwrap().to_owned();
        drop(std::fs::remove_file(&path));
        let (sender, woken) = channel();
        let calls = Arc::new(AtomicUsize::new(0));
        let (counter, sender) = (Arc::clone(&calls), Mutex::new(sender));
        let waker = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let _ = sender.lock().unwrap().send(());
        });
        let settings = Settings {
            path: path.clone(),
            mode: OpenMode::Create,
            busy_timeout_ms: 1000,
            first_pragmas: Vec::new(),
            journal_mode: Some("wal".to_owned()),
            pragmas: Vec::new(),
            readers: 2,
            reader_idle: Duration::MAX,
        };
        Self { pool: Pool::new(settings, waker), path, woken, next: 1, calls }
    }

    fn submit(&mut self, work: Work, lane: Option<JobId>) -> JobId {
        let id = self.next;
        self.next += 1;
        self.pool.submit(job(id, work, lane)).unwrap();
        id
    }

    /// The events up to the last one of `id`, of this job alone. All others are taken as well.
    fn wait(&self, id: JobId) -> Vec<What> {
        let mut events = Vec::new();
        let mut done = false;
        loop {
            while let Some(event) = self.pool.take() {
                if event.job == id {
                    done |= event.last;
                    events.push(event.what);
                }
            }
            if done {
                return events;
            }
            self.woken.recv_timeout(Duration::from_mins(1)).expect("no event in a minute");
        }
    }

    fn exec(&mut self, sql: &str) -> Vec<What> {
        let id = self.submit(Work::Exec(sql.into()), None);
        self.wait(id)
    }

    /// The integer that a query gives.
    fn count(&mut self, sql: &str) -> u32 {
        let id = self.submit(Work::Get(query(sql)), None);
        let events = self.wait(id);
        let [What::Rows { batch, .. }] = &events[..] else { panic!("{events:?}") };
        u32::try_from(batch.cells[0] & u64::from(u32::MAX)).unwrap()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.pool.stop();
        assert!(self.pool.wait(Duration::from_mins(1)), "threads have not ended");
        assert!(!std::fs::exists(format!("{}-wal", self.path)).unwrap());
        drop(std::fs::remove_file(&self.path));
    }
}

fn query(sql: &str) -> Query {
    Query { sql: sql.into(), given: Given::default() }
}

fn job(id: JobId, work: Work, lane: Option<JobId>) -> Job {
    Job {
        id,
        work,
        rows: RowOptions {
            integers: Integers::Number,
            detach_text: false,
            expand: false,
            max_rows: u64::MAX,
            max_bytes: u64::MAX,
        },
        lane,
        background: false,
        since: Instant::now(),
        route: None,
        in_writes: false,
        control: Arc::new(Control::new(id, 2)),
    }
}

const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";

#[test]
fn a_write_behind_a_text_that_is_found_out_to_read_is_executed() {
    let mut fixture = Fixture::new("behind");
    fixture.exec("CREATE TABLE t (v)");
    let mut last = 0;
    for number in 0..300 {
        // Nobody knows the first text, and the second waits behind it.
        fixture.submit(Work::All(query(&format!("SELECT {number} FROM t"))), None);
        last = fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), None);
        if number % 3 == 0 {
            assert!(matches!(fixture.wait(last)[..], [What::Changes(_)]));
        }
    }
    fixture.wait(last);
    assert_eq!(fixture.count("SELECT count(*) FROM t"), 300);
}

#[test]
fn javascript_is_called_once_for_what_it_finds_together() {
    let mut fixture = Fixture::new("wakes");
    fixture.exec("CREATE TABLE t (v)");
    let before = fixture.calls.load(Ordering::Relaxed);
    let mut last = 0;
    for _ in 0..100 {
        last = fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), None);
    }
    // Nothing is taken until all are done.
    while fixture.pool.counts().0 + fixture.pool.counts().1 > 0 {
        std::thread::yield_now();
    }
    fixture.wait(last);
    assert_eq!(fixture.calls.load(Ordering::Relaxed) - before, 1);
}

#[test]
fn a_stream_stops_when_nothing_is_taken_and_its_thread_ends_with_the_pool() {
    let mut fixture = Fixture::new("stream");
    fixture.exec("CREATE TABLE t (v)");
    let id = fixture.submit(Work::Iterate(query(ENDLESS)), None);
    let mut batches = 0;
    while batches < 2 {
        while let Some(event) = fixture.pool.take() {
            batches += usize::from(event.job == id);
        }
    }
    // Without credit no third one comes, whatever else is executed.
    for _ in 0..20 {
        assert_eq!(fixture.count("SELECT count(*) FROM t"), 0);
    }
    fixture.pool.credit(id);
    while fixture.pool.take().is_none_or(|event| event.job != id) {}
}

#[test]
fn a_waiting_job_is_cancelled_at_once_and_a_running_one_soon() {
    let mut fixture = Fixture::new("cancel");
    fixture.exec("CREATE TABLE t (v)");
    let running = fixture.submit(Work::Exec(ENDLESS.into()), None);
    let waiting = fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), None);
    fixture.pool.cancel(waiting);
    let cancelled =
        |events: &[What]| matches!(events, [What::Failed(error)] if error.kind == Kind::Cancelled);
    assert!(cancelled(&fixture.wait(waiting)));
    fixture.pool.cancel(running);
    assert!(cancelled(&fixture.wait(running)));
    assert_eq!(fixture.count("SELECT count(*) FROM t"), 0);
}

#[test]
fn jobs_of_a_lane_are_executed_in_its_transaction_and_refused_after_its_end() {
    let mut fixture = Fixture::new("lane");
    fixture.exec("CREATE TABLE t (v)");
    let begin = Work::Begin { writes: true, hold: Duration::from_mins(1) };
    let lane = fixture.submit(begin, None);
    assert!(matches!(fixture.wait(lane)[..], [What::Done]));
    fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), Some(lane));
    let end = fixture.submit(Work::End { keep: false }, Some(lane));
    fixture.wait(end);
    let refused = fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), Some(lane));
    let events = fixture.wait(refused);
    assert!(matches!(&events[..], [What::Failed(error)] if error.kind == Kind::LaneEnded));
    assert_eq!(fixture.count("SELECT count(*) FROM t"), 0);
}

#[test]
fn every_job_of_a_pool_that_is_stopped_is_answered() {
    let mut fixture = Fixture::new("stop");
    fixture.exec("CREATE TABLE t (v)");
    let mut jobs = vec![fixture.submit(Work::Exec(ENDLESS.into()), None)];
    for _ in 0..50 {
        jobs.push(fixture.submit(Work::Run(query("INSERT INTO t VALUES (1)")), None));
        jobs.push(fixture.submit(Work::All(query(ENDLESS)), None));
    }
    fixture.pool.stop();
    assert!(fixture.pool.wait(Duration::from_mins(1)));
    let (mut answered, mut closed) = (Vec::new(), 0);
    while let Some(event) = fixture.pool.take() {
        answered.extend(event.last.then_some(event.job));
        closed += usize::from(matches!(event.what, What::Closed));
    }
    answered.sort_unstable();
    assert_eq!((answered, closed), (jobs, 1));
}

#[test]
fn a_text_whose_route_is_unknown_waits_in_both_queues_and_leaves_both() {
    let mut state = State::default();
    state.opened = true;
    let add = |state: &mut State, id, sql: &str| state.add(job(id, Work::All(query(sql)), None));
    assert_eq!(add(&mut state, 1, "a").unwrap(), Placed::Both);
    assert_eq!(add(&mut state, 2, "b").unwrap(), Placed::Both);
    let ForReader::Look(first) = state.next_for_reader(1) else { panic!("not looked at") };
    // The writer waits for the reader to say whose the first one is.
    assert!(matches!(state.next_for_writer(), ForWriter::Nothing));
    state.looked(first.id);
    state.learn(&"a".into(), Route::Read);
    assert!(matches!(state.next_for_writer(), ForWriter::Look(Job { id: 2, .. })));
    assert!(matches!(state.next_for_reader(1), ForReader::Nothing));
    assert_eq!(add(&mut state, 3, "a").unwrap(), Placed::Readers);
}

#[test]
fn values_are_put_into_the_order_of_the_parameters() {
    let names = |names: &[Option<&str>]| -> Vec<Option<String>> {
        names.iter().map(|name| name.map(str::to_owned)).collect()
    };
    let mut given = Given::default();
    for value in [1, 2, 3] {
        given.values.push(Parameter::Integer(value));
    }
    given.named = Some(Named { at: 1, names: vec!["a".to_owned(), "unused".to_owned()] });
    given.faults.push((2, Fault::Unbindable));
    given.arrange(&names(&[Some("@a"), None])).unwrap();
    assert_eq!(given.values.values(), [Parameter::Integer(2), Parameter::Integer(1)]);
    let kind =
        |given: &mut Given, list: &[Option<&str>]| given.arrange(&names(list)).unwrap_err().kind;
    assert_eq!(kind(&mut Given::default(), &[None]), Kind::TooFewValues);
    assert_eq!(kind(&mut Given::default(), &[Some("@a")]), Kind::NoNamedValues);
}

#[test]
fn a_writer_is_woken_once_and_only_for_what_it_can_do() {
    let mut state = State::default();
    state.opened = true;
    state.add(job(1, Work::Exec("a".into()), None)).unwrap();
    assert!(!state.wakes_writer(), "it does not wait");
    assert!(matches!(state.next_for_writer(), ForWriter::Job(_)));
    state.counts.idle_writers = 1;
    state.learn(&"b".into(), Route::Read);
    state.add(job(2, Work::All(query("b")), None)).unwrap();
    assert!(!state.wakes_writer(), "only readers can take the job");
    state.add(job(3, Work::Exec("a".into()), None)).unwrap();
    assert!(state.wakes_writer());
    assert!(!state.wakes_writer(), "it was woken");
}

#[test]
fn a_connection_keeps_the_statements_that_were_used_last() {
    let settings = OpenOptions {
        path: ":memory:".to_owned(),
        mode: OpenMode::Create,
        uri: false,
        busy_timeout_ms: 0,
    };
    let connection = Connection::open(&settings).unwrap();
    let mut statements = Statements::default();
    let text = |number: usize| -> Arc<str> { format!("SELECT {number}").into() };
    for number in 0..150 {
        let statement = connection.prepare(text(number).to_string()).unwrap();
        statements.keep(&text(number), Box::new(statement.into()));
        // Used by each of the others.
        let first = statements.take(&text(0)).expect("the first statement");
        statements.keep(&text(0), first);
    }
    let kept: Vec<usize> =
        (0..150).filter(|&number| statements.take(&text(number)).is_some()).collect();
    assert_eq!(kept, [0].into_iter().chain(51..150).collect::<Vec<_>>());
}
