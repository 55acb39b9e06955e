//! Functions of the user in JavaScript: a thread asks JavaScript, and waits for the answer.
//!
//! No deadlock comes of that: JavaScript never waits for a thread, but for the end of one that was told to
//! end, and who waits here looks every millisecond whether that or its job's end was asked for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::Shared;
use super::outbox::{Event, Extras, OwnedBatch, What};
use super::scratch::Scratch;
use super::session::{SQLITE_INTERRUPT, Watched};
use super::settings::POLL_INTERVAL;
use super::sync::{Condvar, Mutex, lock, wait_for};
use crate::batch::Integers;
use crate::conn::{Cell, Output, Parameter, Parameters, ScalarCall, ScalarFunction};
use crate::error::{Error, Kind, Result};

/// What a statement fails with when its function has. JavaScript has kept what was thrown.
const THROWN: &str = "a function of the pool has thrown";

/// One value; none: the function has failed.
type Answer = Option<Parameters>;

/// What a thread waits for.
#[derive(Debug, Default)]
pub struct Question {
    answer: Mutex<Option<Answer>>,
    changed: Condvar,
}

impl Question {
    /// Lets the thread go on.
    pub fn answer(&self, answer: Answer) {
        *lock(&self.answer) = Some(answer);
        self.changed.notify_all();
    }

    /// Waits for the answer, unless `ends` says so.
    fn wait(&self, ends: impl Fn() -> bool) -> Option<Answer> {
        let mut answer = lock(&self.answer);
        loop {
            if let Some(answer) = answer.take() {
                return Some(answer);
            }
            if ends() {
                return None;
            }
            answer = wait_for(&self.changed, &self.answer, answer, POLL_INTERVAL).0;
        }
    }
}

/// What a connection's functions ask by.
#[derive(Clone)]
pub struct Asker {
    /// The work under way.
    pub watched: Rc<Watched>,
    /// The pool.
    pub shared: Arc<Shared>,
    /// Not that of the connection's rows: functions are called while these are written.
    pub scratch: Rc<RefCell<Option<Scratch>>>,
}

/// A function of JavaScript on one connection.
pub struct Callback {
    /// `None`: on a connection that executes nothing.
    pub asker: Option<Asker>,
    /// Its number.
    pub number: u32,
    /// Whether integers are wanted whole.
    pub bigints: bool,
}

impl ScalarFunction for Callback {
    fn call(&self, call: &ScalarCall<'_>) -> Result<()> {
        let asker = self.asker.as_ref().ok_or_else(|| Error::of(Kind::Sqlite, THROWN))?;
        let batch = self.arguments(asker, call)?;
        let question = Arc::new(Question::default());
        let (function, columns) = (self.number, call.count());
        let what = What::Call { function, batch, columns, question: Arc::clone(&question) };
        let job = asker.watched.job();
        asker.shared.outbox.push([Event { job, last: false, what, taken: None }]);
        let ends = || asker.watched.reason_to_end(&asker.shared).is_some();
        let Some(answer) = question.wait(ends) else {
            let interrupted = Error::of(Kind::Sqlite, "interrupted");
            return Err(Error { code: SQLITE_INTERRUPT, ..interrupted });
        };
        let values = answer.ok_or_else(|| Error::of(Kind::Sqlite, THROWN))?;
        let bytes = values.bytes();
        call.give(match values.values().first() {
            None | Some(Parameter::Null) => Cell::Null,
            Some(Parameter::Integer(value)) => Cell::Integer(*value),
            Some(Parameter::Real(value)) => Cell::Real(*value),
            Some(Parameter::Text(range)) => Cell::Text(&bytes[range.clone()]),
            Some(Parameter::Blob(range)) => Cell::Blob(&bytes[range.clone()]),
        });
        Ok(())
    }
}

impl Callback {
    /// The arguments, as a row.
    fn arguments(&self, asker: &Asker, call: &ScalarCall<'_>) -> Result<OwnedBatch> {
        let mut scratch = asker
            .scratch
            .try_borrow_mut()
            .map_err(|_| Error::of(Kind::Sqlite, "a function is being called"))?;
        let integers = if self.bigints { Integers::BigInt } else { Integers::Number };
        let mut batch = scratch.get_or_insert_default().batch(integers);
        let mut others: Vec<(usize, Output)> = Vec::new();
        let slots = batch.next_row(call.count());
        call.read(slots, self.bigints, |column, _, cell| {
            others.push((column, cell.into()));
            Ok(())
        })?;
        let mut extras = Extras::default();
        for (column, value) in &others {
            match value.cell() {
                Cell::Text(utf8) => batch.put_text(*column, utf8, &mut extras)?,
                Cell::Blob(bytes) => batch.put_blob(*column, bytes, &mut extras)?,
                Cell::Integer(integer) => batch.put_wide(*column, integer),
                // These are in their slots.
                Cell::Null | Cell::Real(_) => {}
            }
        }
        batch.end_row(call.count());
        Ok(OwnedBatch::copy(&batch, extras))
    }
}
