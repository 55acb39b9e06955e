//! What the threads of a pool share, and what is done with it from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::job::{Job, JobId};
use super::outbox::{Event, Outbox, Waker, What};
use super::queue::{Counts, Placed, State};
use super::session::Session;
use super::settings::Settings;
use super::{reader, writer};
use crate::error::{Error, Kind, Result};

/// What the threads share.
pub struct Shared {
    /// How connections are opened.
    pub settings: Settings,
    /// What threads have to say.
    pub outbox: Outbox,
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
    /// The state. Whoever panics with it has changed it by whole steps.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everything ends.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
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

    /// A thread ends; the last one says so.
    pub(super) fn thread_ended(&self, reader: bool) {
        let mut state = self.state();
        state.counts.threads -= 1;
        if reader {
            state.counts.readers -= 1;
        } else {
            state.counts.writers -= 1;
        }
        let last = state.counts.threads == 0 && state.stopping;
        drop(state);
        self.ended.notify_all();
        if last {
            self.outbox.push([closed()]);
        }
    }

    /// Starts a reader if reads wait that no thread will come to soon.
    ///
    /// # Errors
    ///
    /// [`Kind::NoThread`], when there is no reader at all.
    pub(super) fn start_reader(self: &Arc<Self>, state: &mut State) -> Result<()> {
        let wanted = self.settings.readers + state.counts.held;
        if state.reads_waiting() <= state.counts.idle || state.counts.readers >= wanted {
            return Ok(());
        }
        match start(&format!("frl-reader-{}", state.counts.readers), self, reader::run) {
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
        let readers = |state: &mut State| state.counts.readers > 0;
        drop(self.ended.wait_timeout_while(self.state(), limit, readers));
    }
}

fn closed() -> Event {
    Event { job: 0, last: false, what: What::Closed, taken: None }
}

/// A pool, as its owner has it.
pub struct Pool(Arc<Shared>);

impl Pool {
    /// A pool whose threads start when they are needed.
    pub fn new(settings: Settings, waker: Waker) -> Self {
        Self(Arc::new(Shared {
            settings,
            outbox: Outbox::new(waker),
            state: Mutex::default(),
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
            start("frl-writer", shared, writer::run)?;
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
            && placed != Placed::Writer
            && state.cancel(id).is_ok()
        {
            return Err(error);
        }
        let opened = state.opened;
        drop(state);
        if placed == Placed::Lane {
            shared.for_lanes.notify_all();
            return Ok(());
        }
        if placed != Placed::Writer {
            shared.for_readers.notify_one();
        }
        if placed == Placed::Writer || !opened || lacks_readers {
            shared.for_writer.notify_one();
        }
        Ok(())
    }

    /// Cancels a job: one that waits at once, one that runs when it next asks.
    pub fn cancel(&self, id: JobId) {
        let shared = &self.0;
        let mut state = shared.state();
        match state.cancel(id) {
            Ok(_) => {
                drop(state);
                shared.fail(id, Error::of(Kind::Cancelled, "the call was cancelled"));
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
        drop(state);
        for job in waiting {
            shared.fail(job.id, Error::of(Kind::PoolClosed, "the pool is closed"));
        }
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
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || run(&shared))
        .map(drop)
        .map_err(|error| Error::of(Kind::NoThread, &error.to_string()))
}
