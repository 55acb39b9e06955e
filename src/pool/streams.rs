//! Streams of a lane: results that are read as they are taken, between the lane's other jobs.
//!
//! A stream of its own holds its reader and waits there. The thread of a lane must not wait for the
//! taker of a stream, who may be waiting for the lane's next answer: a cursor stays open instead, and
//! is read on when there is nothing else to do and a batch is allowed.

use std::sync::Arc;
use std::time::Instant;

use super::job::{Control, Job, JobId, Work};
use super::outbox::{Event, What};
use super::session::{Compiled, Part, Reading, Session};
use super::writer::failed;
use crate::error::{Error, Kind, Result};

/// A result that is being read.
struct Stream {
    id: JobId,
    control: Arc<Control>,
    sql: Arc<str>,
    compiled: Box<Compiled>,
    reading: Reading,
}

/// The streams of a lane, the one that was read longest ago first.
#[derive(Default)]
pub struct Streams(Vec<Stream>);

impl Streams {
    /// Begins a stream with its first rows, which later jobs of the lane do not change.
    ///
    /// # Errors
    ///
    /// Those of its parameters and of its beginning.
    pub fn begin(
        &mut self,
        session: &mut Session,
        job: Job,
        mut compiled: Box<Compiled>,
        until: Instant,
    ) -> Result<Vec<Event>> {
        let Work::Iterate(mut query) = job.work else {
            return Err(Error::of(Kind::Defect, "not a stream"));
        };
        let opened = compiled
            .bind(&mut query.given)
            .and_then(|()| Reading::open(&mut compiled, job.rows, false, true));
        match opened {
            Ok(reading) => {
                let Job { id, control, .. } = job;
                self.0.push(Stream { id, control, sql: query.sql, compiled, reading });
                self.read_on(session, self.0.len() - 1, until)
            }
            Err(error) => {
                session.keep(&query.sql, compiled);
                Err(error)
            }
        }
    }

    /// A stream that is to end.
    pub fn cancelled(&self) -> Option<usize> {
        self.0.iter().position(|stream| stream.control.is_cancelled())
    }

    /// A stream that may be read on, or is to end.
    pub fn ready(&self) -> Option<usize> {
        self.0.iter().position(|stream| stream.control.may_go_on())
    }

    /// The job of a stream.
    pub fn id(&self, position: usize) -> JobId {
        self.0[position].id
    }

    /// Reads a stream on.
    ///
    /// # Errors
    ///
    /// What has ended it before it gave more rows.
    pub fn read_on(
        &mut self,
        session: &mut Session,
        position: usize,
        until: Instant,
    ) -> Result<Vec<Event>> {
        let mut stream = self.0.remove(position);
        session.watch(Some(&stream.control), Some(until));
        let read = match session.reason_to_end() {
            Some(reason) => {
                stream.compiled.close();
                Err(reason)
            }
            None => session.read(&mut stream.compiled, &mut stream.reading),
        };
        let id = stream.id;
        let rows = |batch, shape, more: bool| Event {
            job: id,
            last: !more,
            what: What::Rows { batch, shape, more },
            taken: None,
        };
        let (events, goes_on) = match read {
            Ok(Part { batch, shape, more: Ok(more) }) => (Ok(vec![rows(batch, shape, more)]), more),
            Ok(Part { batch, shape, more: Err(error) }) if batch.rows > 0 => {
                let error = session.explain(error);
                (Ok(vec![rows(batch, shape, true), failed(id, error)]), false)
            }
            Ok(Part { more: Err(error), .. }) | Err(error) => (Err(session.explain(error)), false),
        };
        session.watch(None, None);
        if goes_on {
            stream.control.use_credit();
            self.0.push(stream);
        } else {
            session.keep(&stream.sql, stream.compiled);
        }
        events
    }

    /// Ends all streams with `error`.
    pub fn end(&mut self, session: &mut Session, error: &Error) -> Vec<Event> {
        let ended = self.0.drain(..).map(|mut stream| {
            stream.compiled.close();
            session.keep(&stream.sql, stream.compiled);
            failed(stream.id, error.clone())
        });
        ended.collect()
    }
}
