//! Lanes: a thread that serves the jobs of one interactive transaction, or of one snapshot, until its
//! user ends it or has kept it for too long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use super::job::{Job, JobId, Work};
use super::outbox::{Event, What};
use super::session::Session;
use super::streams::Streams;
use super::sync::wait_for;
use super::writer::{failed, within};
use crate::conn::Rule;
use crate::error::{Error, Kind, Result};

/// Opens the lane that `begin` asks for, and serves it to its end.
pub fn serve(shared: &Arc<Shared>, session: &mut Session, begin: &Job) {
    let Work::Begin { writes, hold } = begin.work else {
        return shared.fail(begin.id, Error::of(Kind::Defect, "not a lane"));
    };
    session.watch(Some(&begin.control), None);
    let opened = match session.reason_to_end() {
        Some(reason) => Err(reason),
        None => open(session, writes).map_err(|error| session.explain(error)),
    };
    session.watch(None, None);
    if let Err(error) = opened {
        roll_back(session);
        close(shared, begin.id, &error);
        return shared.fail(begin.id, error);
    }
    shared.settle(begin.id, What::Done);
    let lane = Lane { shared, id: begin.id, until: Instant::now() + hold };
    let ended = lane.run(session);
    session.watch(None, None);
    roll_back(session);
    let Some(Lost { reason, mut events }) = ended else {
        return close(shared, begin.id, &ended_error());
    };
    close(shared, begin.id, &reason);
    // Together with what the last job has come to, so that nobody hears of that alone and goes on.
    let what = What::LaneEnded(reason);
    events.push(Event { job: begin.id, last: false, what, taken: None });
    shared.send(events);
}

/// How a lane has ended without its user's doing.
struct Lost {
    reason: Error,
    /// What came of its last job.
    events: Vec<Event>,
}

fn ended_error() -> Error {
    Error::of(Kind::LaneEnded, "the transaction has ended")
}

fn open(session: &mut Session, writes: bool) -> Result<()> {
    if writes {
        return session.command("BEGIN IMMEDIATE");
    }
    session.command("BEGIN")?;
    // The first read decides which state of the database is seen.
    session.command("SELECT 1 FROM sqlite_schema LIMIT 1")
}

fn roll_back(session: &mut Session) {
    if session.in_transaction() {
        // Fails only where the transaction is gone already.
        let _ = session.command("ROLLBACK");
    }
}

/// Ends the lane for those that come, and answers those that have come.
pub fn close(shared: &Shared, id: JobId, error: &Error) {
    let left = shared.state().end_lane(id);
    shared.send(left.into_iter().map(|job| failed(job.id, error.clone())).collect());
}

/// A lane that a thread serves.
pub struct Lane<'s> {
    /// What the threads share.
    pub shared: &'s Arc<Shared>,
    /// Its number.
    pub id: JobId,
    /// For how long it may be kept.
    pub until: Instant,
}

/// What a lane does next.
pub enum Next {
    /// Executes.
    Job(Job),
    /// Reads the stream of this position on.
    Stream(usize),
}

impl Lane<'_> {
    /// Serves to the end. `None`: its user has ended it.
    fn run(&self, session: &mut Session) -> Option<Lost> {
        let mut streams = Streams::default();
        loop {
            let next = match self.next(&streams) {
                Ok(next) => next,
                Err(reason) => {
                    let events = streams.end(session, &reason);
                    return Some(Lost { reason, events });
                }
            };
            let ends = matches!(&next, Next::Job(job) if matches!(job.work, Work::End { .. }));
            let id = match &next {
                Next::Job(job) => job.id,
                Next::Stream(position) => streams.id(*position),
            };
            if ends {
                self.shared.send(streams.end(session, &ended_error()));
            }
            let execute = || self.execute(session, &mut streams, next);
            let done = catch_unwind(AssertUnwindSafe(execute))
                .unwrap_or_else(|_| Err(Error::of(Kind::Defect, "a defect was caught")));
            session.watch(None, None);
            self.shared.note_temporary(session);
            let lost = !ends && !session.in_transaction();
            let reason = match done.as_ref().err() {
                Some(error) if matches!(error.kind, Kind::HoldTimeout | Kind::Defect) => {
                    Some(error.clone())
                }
                Some(error) if lost => Some(Error { kind: Kind::LaneEnded, ..error.clone() }),
                None if lost => Some(ended_error()),
                _ => None,
            };
            let mut events = done.unwrap_or_else(|error| vec![failed(id, error)]);
            if let Some(reason) = reason {
                events.extend(streams.end(session, &reason));
                return Some(Lost { reason, events });
            }
            self.shared.send(events);
            if ends {
                return None;
            }
        }
    }

    /// What is next: jobs come before streams that go on. With neither in time the reason to end.
    pub fn next(&self, streams: &Streams) -> Result<Next> {
        let wake = &self.shared.for_lanes;
        let mut state = self.shared.state();
        loop {
            if state.stopping {
                return Err(Error::of(Kind::PoolClosed, "the pool is closed"));
            }
            // First: what its user calls next may need the tables that it keeps locked.
            if let Some(position) = streams.cancelled() {
                return Ok(Next::Stream(position));
            }
            if let Some(job) = state.next_in_lane(self.id) {
                return Ok(Next::Job(job));
            }
            if let Some(position) = streams.ready() {
                return Ok(Next::Stream(position));
            }
            let left = self.until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return Err(Error::of(Kind::HoldTimeout, "held for too long"));
            }
            state = wait_for(wake, self.shared.lock(), state, left).0;
        }
    }

    /// Executes a job of the lane's, or reads a stream on.
    fn execute(
        &self,
        session: &mut Session,
        streams: &mut Streams,
        next: Next,
    ) -> Result<Vec<Event>> {
        let mut job = match next {
            Next::Job(job) => job,
            Next::Stream(position) => return streams.read_on(session, position, self.until),
        };
        session.watch(Some(&job.control), Some(self.until));
        if let Some(reason) = session.reason_to_end() {
            return Err(reason);
        }
        if let Work::Iterate(query) = &job.work {
            let sql = Arc::clone(&query.sql);
            let compiled = session.take(&sql)?;
            // What writes is executed as a whole: its cursor would keep savepoints from ending.
            if compiled.reads() {
                return streams.begin(session, job, compiled, self.until);
            }
            session.keep(&sql, compiled);
        }
        Self::job(session, &mut job).map_err(|error| session.explain(error))
    }

    /// Executes a job that is no stream.
    fn job(session: &mut Session, job: &mut Job) -> Result<Vec<Event>> {
        match &job.work {
            Work::Exec(sql) => session.script(sql, Rule::Transactions)?,
            Work::Savepoint(depth) => {
                session.script(&format!("SAVEPOINT frl_{depth}"), Rule::Nothing)?;
            }
            Work::EndSavepoint { depth, keep } => {
                let undo = if *keep { String::new() } else { format!("ROLLBACK TO frl_{depth};") };
                session.script(&format!("{undo} RELEASE frl_{depth}"), Rule::Nothing)?;
            }
            Work::End { keep } => {
                // The commit is not stopped half way.
                session.watch(None, None);
                session.command(if *keep { "COMMIT" } else { "ROLLBACK" })?;
            }
            _ => {
                let mut events = Vec::with_capacity(1);
                return within(session, job, &mut events).map(|()| events);
            }
        }
        Ok(vec![Event { job: job.id, last: true, what: What::Done, taken: None }])
    }
}
