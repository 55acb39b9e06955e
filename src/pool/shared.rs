//! What the threads of a pool share, and what is done with it from outside.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::functions::{Function, Functions};
use super::identity;
use super::job::{Job, JobId};
use super::outbox::{Event, Outbox, Waker, What};
use super::queue::{Counts, Placed, State};
use super::session::Session;
use super::settings::Settings;
use super::sync::{AtomicBool, Builder, Condvar, Mutex, MutexGuard, lock, wait_for};
use super::threads;
use crate::error::{Error, Kind, Result};

/// What the threads share.
pub struct Shared {
    /// How connections are opened.
    pub settings: Settings,
    /// What threads have to say.
    pub outbox: Outbox,
    /// Functions of the user.
    pub functions: Functions,
    state: Mutex<State>,
    stopping: AtomicBool,
    /// The writer looks around.
    pub(super) for_writer: Condvar,
    /// Readers look around.
    pub(super) for_readers: Condvar,
    /// Threads that are held look around: apart from the others, of which one is woken for each job.
    pub(super) for_lanes: Condvar,
    /// A thread has ended.
    ended: Condvar,
}

impl Shared {
    /// The state.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Its lock, for who waits with the state in hand.
    pub(super) fn lock(&self) -> &Mutex<State> {
        &self.state
    }

    /// Whether everything ends.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Wakes the writer if there is something for it.
    pub(super) fn wake_writer(&self, mut state: MutexGuard<'_, State>) {
        let wakes = state.wakes_writer();
        drop(state);
        if wakes {
            self.for_writer.notify_one();
        }
    }

    /// Says that a job was cancelled before it was executed.
    pub(super) fn cancelled(&self, job: JobId) {
        self.fail(job, Error::of(Kind::Cancelled, "the call was cancelled"));
    }

    /// Says that a job is done, and with what.
    pub(super) fn settle(&self, job: JobId, what: What) {
        self.state().finish(job);
        self.outbox.push([Event { job, last: true, what, taken: None }]);
    }

    /// Says several things, of which the last ones of their jobs end those.
    pub(super) fn send(&self, events: Vec<Event>) {
        let mut state = self.state();
        for event in events.iter().filter(|event| event.last) {
            state.finish(event.job);
        }
        drop(state);
        self.outbox.push(events);
    }

    /// To be called before anybody hears of what `session` has done.
    pub(super) fn note_temporary(&self, session: &mut Session) {
        if session.takes_temporary() {
            self.state().forget_routes();
        }
    }

    /// Says that a job has failed.
    pub(super) fn fail(&self, job: JobId, error: Error) {
        self.settle(job, What::Failed(error));
    }

    /// A thread ends; the last one says so. A reader has left the count of readers when it decided to, so
    /// that another one is started when there is something to do meanwhile.
    pub(super) fn thread_ended(&self, reader: bool) {
        let mut state = self.state();
        state.counts.threads -= 1;
        if !reader {
            state.counts.writers -= 1;
        }
        if state.counts.threads == 0 && state.stopping {
            // Threads may have given jobs to each other after those that waited were refused.
            let left = state.take_all();
            self.outbox.push(left.iter().map(refused).chain([closed()]));
        }
        drop(state);
        self.ended.notify_all();
    }

    /// Starts a reader if reads wait that no thread will come to soon.
    ///
    /// # Errors
    ///
    /// [`Kind::NoThread`], when no reader is there that will come to them.
    pub(super) fn start_reader(self: &Arc<Self>, state: &mut State) -> Result<()> {
        let wanted = self.settings.readers + state.counts.held;
        if state.reads_waiting() <= state.counts.idle || state.counts.readers >= wanted {
            return Ok(());
        }
        match start(&format!("frl-reader-{}", state.counts.readers), self, threads::read) {
            Ok(()) => {
                state.counts.readers += 1;
                state.counts.threads += 1;
                Ok(())
            }
            // Others are there, and will come to it.
            Err(_) if state.counts.readers > state.counts.held => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until all readers have ended, but not for longer than `limit`.
    pub(super) fn wait_for_readers(&self, limit: Duration) {
        let until = Instant::now() + limit;
        let mut state = self.state();
        // All others than writers.
        while state.counts.threads > state.counts.writers && Instant::now() < until {
            state = wait_for(&self.ended, &self.state, state, limit).0;
        }
    }

    /// Refuses the reads that wait, as the system gives no thread for them and no reader is left: those that
    /// there are have been handed to streams and snapshots.
    pub(super) fn refuse_reads(&self, mut state: MutexGuard<'_, State>, error: &Error) {
        let refused = state.take_reads();
        drop(state);
        for job in refused {
            self.fail(job.id, error.clone());
        }
    }
}

fn closed() -> Event {
    Event { job: 0, last: false, what: What::Closed, taken: None }
}

/// The answer to a job that nobody executes any more.
fn refused(job: &Job) -> Event {
    let what = What::Failed(Error::of(Kind::PoolClosed, "the pool is closed"));
    Event { job: job.id, last: true, what, taken: None }
}

/// A pool, as its owner has it.
pub struct Pool(pub(super) Arc<Shared>);

impl Pool {
    /// A pool whose threads start when they are needed.
    pub fn new(settings: Settings, waker: Waker) -> Self {
        Self(Arc::new(Shared {
            settings,
            outbox: Outbox::new(waker),
            functions: Functions::default(),
            state: Mutex::new(State::default()),
            stopping: AtomicBool::new(false),
            for_writer: Condvar::new(),
            for_readers: Condvar::new(),
            for_lanes: Condvar::new(),
            ended: Condvar::new(),
        }))
    }

    /// Takes a job in. What comes of it, also that it cannot be taken in, is in the outbox.
    ///
    /// # Errors
    ///
    /// [`Kind::NoThread`].
    pub fn submit(&self, job: Job) -> Result<()> {
        let (shared, id) = (&self.0, job.id);
        let mut state = shared.state();
        if state.stopping {
            drop(state);
            shared.fail(job.id, Error::of(Kind::PoolClosed, "the pool is closed"));
            return Ok(());
        }
        if state.counts.writers == 0 {
            start("frl-writer", shared, threads::write)?;
            state.counts.writers += 1;
            state.counts.threads += 1;
        }
        let placed = match state.add(job) {
            Ok(placed) => placed,
            Err(job) => {
                drop(state);
                shared.fail(job.id, Error::of(Kind::LaneEnded, "the transaction has ended"));
                return Ok(());
            }
        };
        let lacks_readers = state.reads_waiting() > state.counts.idle;
        if let Err(error) = shared.start_reader(&mut state)
            && placed == Placed::Readers
            && state.cancel(id).is_ok()
        {
            return Err(error);
        }
        if placed == Placed::Lane {
            drop(state);
            shared.for_lanes.notify_all();
            return Ok(());
        }
        let wakes_reader = placed != Placed::Writer && state.counts.idle > 0;
        let concerns_writer = placed == Placed::Writer || !state.opened || lacks_readers;
        let wakes_writer = concerns_writer && state.wakes_writer();
        drop(state);
        if wakes_reader {
            shared.for_readers.notify_one();
        }
        if wakes_writer {
            shared.for_writer.notify_one();
        }
        Ok(())
    }

    /// Makes a function known to all connections.
    ///
    /// # Errors
    ///
    /// Those of [`Functions::add`].
    pub fn define(&self, function: Function) -> Result<()> {
        self.0.functions.add(function)
    }

    /// Cancels a job: one that waits at once, one that runs when it next asks.
    pub fn cancel(&self, id: JobId) {
        let shared = &self.0;
        let mut state = shared.state();
        match state.cancel(id) {
            Ok(_) => {
                drop(state);
                shared.cancelled(id);
            }
            Err(Some(control)) => {
                // Under the lock, so that no lane is between looking at its streams and waiting.
                control.cancel();
                drop(state);
                shared.for_lanes.notify_all();
            }
            // It is done, and its last event under way.
            Err(None) => {}
        }
    }

    /// Allows a stream one more batch.
    pub fn credit(&self, id: JobId) {
        let shared = &self.0;
        let state = shared.state();
        if let Some(control) = state.control(id) {
            // As in `cancel`.
            control.credit();
            drop(state);
            shared.for_lanes.notify_all();
        }
    }

    /// The next event.
    pub fn take(&self) -> Option<Event> {
        let event = self.0.outbox.take()?;
        if let Some(control) = &event.taken {
            control.credit();
        }
        Some(event)
    }

    /// Whether the file has been deleted, or another one has taken its name. False where the system does
    /// not tell.
    pub fn has_lost_file(&self) -> bool {
        let file = self.0.state().file;
        file.is_some() && file != identity::at(&self.0.settings.path)
    }

    /// How many jobs wait, how many run, and the counters.
    pub fn counts(&self) -> (usize, usize, Counts) {
        let state = self.0.state();
        let (waiting, running) = state.load();
        (waiting, running, state.counts)
    }

    /// Ends everything: what waits is refused, what runs is cancelled. The last event is
    /// [`What::Closed`].
    pub fn stop(&self) {
        let shared = &self.0;
        let mut state = shared.state();
        if state.stopping {
            return;
        }
        state.stopping = true;
        shared.stopping.store(true, Ordering::Relaxed);
        let waiting = state.take_all();
        state.running().for_each(|control| control.wake());
        let threads = state.counts.threads;
        // Before a thread can see that it is to end: behind the last one's word nobody listens.
        shared.outbox.push(waiting.iter().map(refused));
        drop(state);
        shared.for_writer.notify_all();
        shared.for_readers.notify_all();
        shared.for_lanes.notify_all();
        if threads == 0 {
            shared.outbox.push([closed()]);
        }
    }

    /// Nobody listens any more. The waker is given back, for its owner to drop or forget.
    pub fn shut_outbox(&self) -> Option<Waker> {
        self.0.outbox.shut()
    }

    /// Waits until all threads have ended, but not for longer than `limit`. Whether they have.
    pub fn wait(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        // Not simply locked: where a process ends with threads in the middle of things, one of them
        // may have had the lock.
        loop {
            match self.0.state.try_lock() {
                Ok(state) if state.counts.threads == 0 => return true,
                Err(std::sync::TryLockError::Poisoned(state))
                    if state.get_ref().counts.threads == 0 =>
                {
                    return true;
                }
                _ if Instant::now() >= until => return false,
                _ => thread::sleep(Duration::from_micros(200)),
            }
        }
    }
}

/// Starts a thread.
fn start(name: &str, shared: &Arc<Shared>, run: fn(&Arc<Shared>)) -> Result<()> {
    let shared = Arc::clone(shared);
    Builder::new()
        .name(name.to_owned())
        .spawn(move || run(&shared))
        .map(drop)
        .map_err(|error| Error::of(Kind::NoThread, &error.to_string()))
}
