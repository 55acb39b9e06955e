//! What threads have to say to JavaScript: events in order, and one call to fetch them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::callback::Question;
use super::job::{Control, JobId};
use super::sync::{Mutex, lock};
use crate::batch::layout::CELL_SLOTS;
use crate::batch::{Detach, RowBatch};
use crate::conn::Changes;
use crate::error::{Error, Result};

/// A value that was too long for a batch.
#[derive(Debug)]
pub enum Extra {
    /// UTF-8, not validated.
    Text(Vec<u8>),
    /// Bytes.
    Blob(Vec<u8>),
}

/// Takes the long values of a batch.
#[derive(Debug, Default)]
pub struct Extras(pub Vec<Extra>);

impl Detach for Extras {
    fn text(&mut self, utf8: &[u8]) -> Result<()> {
        self.0.push(Extra::Text(utf8.to_vec()));
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.push(Extra::Blob(bytes.to_vec()));
        Ok(())
    }
}

/// A batch in memory of exactly its size.
#[derive(Debug)]
pub struct OwnedBatch {
    /// Rows.
    pub rows: usize,
    /// Cells from the front.
    pub cells: Vec<u64>,
    /// Wide integers, which reach to the back of the cells.
    pub wide: Vec<u64>,
    /// Bytes of blobs.
    pub blobs: Vec<u8>,
    /// Text of one byte a character.
    pub one_byte: Vec<u8>,
    /// Text of two.
    pub two_byte: Vec<u16>,
    /// Long values, in the order of their cells.
    pub extras: Vec<Extra>,
    /// Whether any cell needs more than the one-byte text.
    pub has_extras: bool,
}

impl OwnedBatch {
    /// Copies a batch out of the memory that `cells` and `blobs` are.
    pub fn copy(batch: &RowBatch<'_>, extras: Extras) -> Self {
        let used = batch.used();
        let (cells, blobs) = batch.memory();
        let text = batch.text();
        Self {
            rows: batch.rows(),
            cells: cells[..used.cells].to_vec(),
            wide: cells[used.first_wide..].to_vec(),
            blobs: blobs[..used.blob_bytes].to_vec(),
            one_byte: text.one_byte.clone(),
            two_byte: text.two_byte.clone(),
            extras: extras.0,
            has_extras: batch.has_extras(),
        }
    }

    /// Writes the batch where it stood in the thread's memory. What lies between stays as it is.
    pub fn copy_to(&self, cells: &mut [u64], blobs: &mut [u8]) {
        cells[..self.cells.len()].copy_from_slice(&self.cells);
        cells[CELL_SLOTS - self.wide.len()..].copy_from_slice(&self.wide);
        blobs[..self.blobs.len()].copy_from_slice(&self.blobs);
    }

    /// Bytes that it takes, about as many as the values in JavaScript.
    pub fn bytes(&self) -> u64 {
        let extras = self.extras.iter().map(|extra| match extra {
            Extra::Text(bytes) | Extra::Blob(bytes) => bytes.len(),
        });
        let slots = 8 * (self.cells.len() + self.wide.len());
        let texts = self.one_byte.len() + 2 * self.two_byte.len();
        (slots + texts + self.blobs.len() + extras.sum::<usize>()) as u64
    }
}

/// The columns that rows have.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its number; no two shapes of a process have the same until 2^32 were made.
    pub number: u32,
    /// The names of the columns, joined by NUL.
    pub names: String,
    /// The table of each column, where asked for.
    pub tables: Option<Vec<Option<String>>>,
}

/// What happened.
#[derive(Debug)]
pub enum What {
    /// Rows of a statement, the last ones unless `more`.
    Rows {
        /// The rows.
        batch: OwnedBatch,
        /// Their columns.
        shape: Arc<Shape>,
        /// Whether others follow.
        more: bool,
    },
    /// A thread waits for what a function of JavaScript gives.
    Call {
        /// The function's number.
        function: u32,
        /// One row: its arguments.
        batch: OwnedBatch,
        /// How many these are.
        columns: usize,
        /// Where the answer goes.
        question: Arc<Question>,
    },
    /// What a statement changed.
    Changes(Changes),
    /// Done, without anything to say.
    Done,
    /// The job has failed.
    Failed(Error),
    /// The file could not be opened for the job.
    OpenFailed(Error),
    /// The lane of this number has ended without its user's doing.
    LaneEnded(Error),
    /// The last thread has ended.
    Closed,
}

/// One event.
#[derive(Debug)]
pub struct Event {
    /// The job that it belongs to.
    pub job: JobId,
    /// Whether nothing else comes of this job.
    pub last: bool,
    /// What happened.
    pub what: What,
    /// Who is to hear that the event was taken.
    pub taken: Option<Arc<Control>>,
}

/// Calls JavaScript, which then takes what there is.
pub type Waker = Box<dyn Fn() + Send>;

/// The events of one pool.
#[derive(Default)]
pub struct Outbox(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    events: VecDeque<Event>,
    waker: Option<Waker>,
    /// Whether JavaScript was called and has not found the outbox empty since.
    woken: bool,
}

impl Outbox {
    /// An outbox whose reader is called by `waker`.
    pub fn new(waker: Waker) -> Self {
        Self(Mutex::new(Contents { waker: Some(waker), ..Contents::default() }))
    }

    /// Adds events, all or, once the outbox is shut, none.
    pub fn push(&self, events: impl IntoIterator<Item = Event>) {
        let mut contents = lock(&self.0);
        if contents.waker.is_none() {
            return;
        }
        contents.events.extend(events);
        if !contents.woken && !contents.events.is_empty() {
            contents.woken = true;
            // Under the lock, so that nobody is called once the outbox is shut.
            if let Some(waker) = &contents.waker {
                waker();
            }
        }
    }

    /// The next event. After `None` JavaScript is called again when there is one.
    pub fn take(&self) -> Option<Event> {
        let mut contents = lock(&self.0);
        let event = contents.events.pop_front();
        contents.woken = event.is_some();
        event
    }

    /// Nobody listens any more.
    pub fn shut(&self) -> Option<Waker> {
        let mut contents = lock(&self.0);
        contents.events.clear();
        contents.waker.take()
    }
}
