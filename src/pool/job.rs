//! What a caller wants done, as it travels to a thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::given::Given;
use super::queue::Route;
use super::sync::{AtomicBool, Condvar, Mutex, lock, wait};
use crate::batch::Integers;

/// How rows are wanted.
#[derive(Debug, Clone, Copy)]
pub struct RowOptions {
    /// The form of integers.
    pub integers: Integers,
    /// Whether texts are wanted that keep no batch's text alive.
    pub detach_text: bool,
    /// Whether the tables of the columns are wanted.
    pub expand: bool,
    /// The most rows of the result.
    pub max_rows: u64,
    /// The most bytes of the result.
    pub max_bytes: u64,
}

/// A statement with its values.
#[derive(Debug)]
pub struct Query {
    /// The SQL text.
    pub sql: Arc<str>,
    /// What is bound.
    pub given: Given,
}

/// What to do.
#[derive(Debug)]
pub enum Work {
    /// The first row.
    Get(Query),
    /// All rows.
    All(Query),
    /// All rows, as fast as they are taken.
    Iterate(Query),
    /// Only what it changes counts.
    Run(Query),
    /// A script.
    Exec(Arc<str>),
    /// Several statements, of which all have their effect or none.
    Batch(Vec<Query>),
    /// Takes the writer, or a reader, for the jobs that name this one as their lane.
    Begin {
        /// Whether it is the writer.
        writes: bool,
        /// For how long it may be kept.
        hold: Duration,
    },
    /// Opens a part of the lane's transaction that can be undone by itself.
    Savepoint(u32),
    /// Ends that part.
    EndSavepoint {
        /// Its number, as at [`Work::Savepoint`].
        depth: u32,
        /// Whether what it did stays.
        keep: bool,
    },
    /// Ends the lane.
    End {
        /// Whether what it did stays.
        keep: bool,
    },
}

/// The number that JavaScript has given to a job.
pub type JobId = u32;

/// One call of a user.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What to do.
    pub work: Work,
    /// How rows are wanted.
    pub rows: RowOptions,
    /// The [`Work::Begin`] that it belongs to.
    pub lane: Option<JobId>,
    /// Whether it lets all others go first.
    pub background: bool,
    /// When it came.
    pub since: Instant,
    /// Who executes it, where that is known of the job and not of its text.
    pub route: Option<Route>,
    /// Whether its number stands in the writer's queue.
    pub in_writes: bool,
    /// Shared with who may cancel it.
    pub control: Arc<Control>,
}

impl Work {
    /// The text whose effect decides who executes it.
    pub fn readable(&self) -> Option<&Arc<str>> {
        match self {
            Self::Get(query) | Self::All(query) | Self::Iterate(query) => Some(&query.sql),
            _ => None,
        }
    }

    /// Whether it keeps its reader for as long as its user likes.
    pub fn holds_reader(&self) -> bool {
        matches!(self, Self::Iterate(_) | Self::Begin { writes: false, .. })
    }

    /// Whether it can be one of several in one transaction, as far as its kind goes.
    pub fn shares_transaction(&self) -> bool {
        matches!(
            self,
            Self::Get(_) | Self::All(_) | Self::Iterate(_) | Self::Run(_) | Self::Batch(_)
        )
    }
}

/// How a job under way hears of its user.
#[derive(Debug)]
pub struct Control {
    /// The job's number.
    pub id: JobId,
    cancelled: AtomicBool,
    credits: Mutex<usize>,
    changed: Condvar,
}

impl Control {
    /// For the job of that number, which may have `credits` batches under way.
    pub fn new(id: JobId, credits: usize) -> Self {
        Self {
            id,
            cancelled: AtomicBool::new(false),
            credits: Mutex::new(credits),
            changed: Condvar::new(),
        }
    }

    /// Asks for the job's end.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Whether its end was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Allows one more batch.
    pub fn credit(&self) {
        *lock(&self.credits) += 1;
        self.changed.notify_all();
    }

    /// Whether a batch is allowed, or the job is to end: what does not wait for that asks.
    pub fn may_go_on(&self) -> bool {
        self.is_cancelled() || *lock(&self.credits) > 0
    }

    /// Uses a credit up, where [`Control::may_go_on`] has told of one.
    pub fn use_credit(&self) {
        let mut credits = lock(&self.credits);
        *credits = credits.saturating_sub(1);
    }

    /// Makes who waits for credit look around.
    pub fn wake(&self) {
        // The lock is taken so that nobody is between looking and waiting.
        drop(lock(&self.credits));
        self.changed.notify_all();
    }

    /// Waits until a batch is allowed. `false`: the job is to end, which `ends` also tells.
    pub fn take_credit(&self, ends: impl Fn() -> bool) -> bool {
        let mut credits = lock(&self.credits);
        loop {
            if self.is_cancelled() || ends() {
                return false;
            }
            if *credits > 0 {
                *credits -= 1;
                return true;
            }
            credits = wait(&self.changed, credits);
        }
    }
}
