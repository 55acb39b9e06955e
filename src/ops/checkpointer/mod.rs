//! A thread that keeps the write-ahead log of one database small.
//!
//! It has a connection of its own and looks at the log several times a second, which takes neither a
//! lock nor a system call but for the size of the file. [`policy`] decides; [`thread`] acts; what happens
//! is told in events, of which the owner is woken to take them. It runs until it is stopped: the owner
//! stops it before the environment, or the process, ends.
//!
//! What must stay true: nothing is opened but by SQLite, because closing another descriptor of the
//! database would drop the locks of the whole process.

pub mod policy;
pub mod sightings;
mod thread;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use policy::{Alarm, Limits, Log};
use sightings::Sightings;

use crate::error::{Error, Kind, Result};
use crate::sqlite::{CheckpointMode, CheckpointOutcome, Interrupter};

/// Events that nobody takes are dropped from the front beyond this number.
const MOST_EVENTS: usize = 1000;

/// What a checkpointer is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file's path.
    pub path: String,
    /// The time between two looks at the log.
    pub poll: Duration,
    /// When to act.
    pub limits: Limits,
}

/// A checkpoint that was made.
#[derive(Debug, Clone)]
pub struct Checkpointed {
    /// Its mode.
    pub mode: CheckpointMode,
    /// SQLite's answer.
    pub outcome: CheckpointOutcome,
    /// The size of the log's file afterwards.
    pub bytes: u64,
    /// How long it took.
    pub duration: Duration,
    /// When it ended.
    pub at: SystemTime,
}

/// Something to tell.
#[derive(Debug, Clone)]
pub enum Event {
    /// A checkpoint was made.
    Checkpoint(Checkpointed),
    /// The log cannot be kept small.
    Alarm(Alarm, Log, Sightings, Duration),
    /// SQLite has failed; it is tried again.
    Failed(Error),
    /// The file was deleted, moved or replaced; the one of that name is opened in its place.
    Moved,
}

/// What a checkpointer has seen and done.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// The log at the last look.
    pub log: Log,
    /// The largest size of its file that was seen.
    pub peak_bytes: u64,
    /// Who reads, at the last look for it, and when that was.
    pub sightings: Sightings,
    /// When that was.
    pub looked: Duration,
    /// Whether Litestream has the file, so that nothing is done.
    pub stepped_back: bool,
    /// Passive checkpoints.
    pub passive: u64,
    /// Truncating ones that succeeded.
    pub truncated: u64,
    /// Checkpoints that somebody kept from finishing.
    pub busy: u64,
    /// Those that failed.
    pub failed: u64,
    /// The last one.
    pub last: Option<Checkpointed>,
}

/// Calls the owner, who then takes what there is.
pub type Waker = Box<dyn Fn() + Send>;

#[derive(Default)]
struct State {
    stopping: bool,
    events: VecDeque<Event>,
    waker: Option<Waker>,
    woken: bool,
    stats: Stats,
    interrupter: Option<Interrupter>,
}

/// What the thread and its owner share.
struct Shared {
    settings: Settings,
    state: Mutex<State>,
    stop: Condvar,
    stopping: AtomicBool,
    ended: AtomicBool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn tell(&self, event: Event) {
        let mut state = self.state();
        let Some(waker) = &state.waker else { return };
        if !state.woken {
            // Under the lock, so that nobody is called once the owner has shut it.
            waker();
            state.woken = true;
        }
        if state.events.len() == MOST_EVENTS {
            state.events.pop_front();
        }
        state.events.push_back(event);
    }

    /// Waits until it is time to look again. Whether to go on.
    fn pause(&self) -> bool {
        let waiting = |state: &mut State| !state.stopping;
        let poll = self.settings.poll;
        drop(self.stop.wait_timeout_while(self.state(), poll, waiting));
        !self.is_stopping()
    }
}

/// A checkpointer, as its owner has it.
#[derive(Clone)]
pub struct Checkpointer(Arc<Shared>);

impl Checkpointer {
    /// Starts one, and waits until it has opened the file; `waker` is called when there are events.
    ///
    /// # Errors
    ///
    /// SQLite's codes for a file that cannot be opened; [`Kind::NoWal`] for one without a log;
    /// [`Kind::NoThread`]. A lock that is in the way is none: it is tried again.
    pub fn start(settings: Settings, waker: Waker) -> Result<Self> {
        let shared = Arc::new(Shared {
            settings,
            state: Mutex::new(State { waker: Some(waker), ..State::default() }),
            stop: Condvar::new(),
            stopping: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let (opened, has_opened) = sync_channel(1);
        let own = Arc::clone(&shared);
        let run = move || {
            let run = AssertUnwindSafe(|| thread::run(&own, &opened));
            if catch_unwind(run).is_err() {
                own.tell(Event::Failed(defect()));
            }
            own.state().interrupter = None;
            own.ended.store(true, Ordering::Release);
        };
        std::thread::Builder::new()
            .name("frl-checkpoint".to_owned())
            .spawn(run)
            .map_err(|error| Error::of(Kind::NoThread, &error.to_string()))?;
        let one = Self(shared);
        let opened = has_opened.recv().unwrap_or_else(|_| Err(defect()));
        if opened.is_err() {
            // Dropped here and not by the thread, which may still hold on to what they share.
            drop(one.shut());
        }
        opened.map(|()| one)
    }

    /// The events since the last call. Afterwards the owner is woken again when there is one.
    pub fn take(&self) -> Vec<Event> {
        let mut state = self.0.state();
        state.woken = false;
        state.events.drain(..).collect()
    }

    /// What it has seen and done.
    pub fn stats(&self) -> Stats {
        self.0.state().stats.clone()
    }

    /// Whether the thread has ended.
    pub fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Acquire)
    }

    /// Ends it soon, a checkpoint that is under way included. What is copied stays copied.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
        let mut state = self.0.state();
        state.stopping = true;
        if let Some(interrupter) = &state.interrupter {
            interrupter.interrupt();
        }
        drop(state);
        self.0.stop.notify_all();
    }

    /// Nobody listens any more. The waker is given back, for its owner to drop or forget.
    pub fn shut(&self) -> Option<Waker> {
        let mut state = self.0.state();
        state.events.clear();
        state.waker.take()
    }

    /// Waits until the thread has ended and the file is closed, but not for longer than `limit`.
    pub fn wait(&self, limit: Duration) -> bool {
        let until = Instant::now().checked_add(limit);
        while !self.has_ended() {
            if until.is_some_and(|until| Instant::now() >= until) {
                return false;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        true
    }
}

fn defect() -> Error {
    Error::of(Kind::Defect, "a defect in the addon was caught")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
