//! Group commit: writes that wait at the same moment share one transaction, and with it the price of
//! bringing it to the disk.
//!
//! Each has the effect, the counters and the error that it would have alone. Where the transaction
//! cannot give that (a write has ended it, or left a foreign key to be checked at its end, or it cannot
//! be committed), it is rolled back and each is executed again by itself. Nobody has heard of
//! anything by then: events leave after the commit.
//!
//! A single statement gets no savepoint of its own: SQLite undoes one that fails by itself, and a
//! savepoint would also undo what `ON CONFLICT FAIL` keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use super::job::Job;
use super::outbox::{Event, What};
use super::session::Session;
use super::writer::{alone, failed, shares_transaction, within};
use crate::error::Error;

/// A transaction has no more writes than this.
const MOST_WRITES: usize = 500;
/// After so long the first of them has waited enough for others.
const LONGEST: Duration = Duration::from_millis(10);

/// Writes that were executed, and what came of them.
#[derive(Default)]
struct Done {
    /// Each with how many of the events are its own.
    jobs: Vec<(Job, usize)>,
    events: Vec<Event>,
}

/// Executes a write, and those behind it, in one transaction.
pub fn execute(shared: &Arc<Shared>, session: &mut Session, first: Job) {
    let began = Instant::now();
    session.watch(Some(&first.control), None);
    let opened = session.command("BEGIN IMMEDIATE").map_err(|error| session.explain(error));
    session.watch(None, None);
    if let Err(error) = opened {
        return not_begun(shared, &first, &error, began);
    }
    let mut done = Done::default();
    let mut next = Some(first);
    let mut whole = true;
    while let Some(job) = next.take() {
        one(session, job, &mut done);
        if !session.in_transaction() || session.has_deferred_violations() {
            whole = false;
            break;
        }
        if done.jobs.len() < MOST_WRITES && began.elapsed() < LONGEST {
            next = another(shared, session);
        }
    }
    commit(shared, session, done, whole);
}

/// The lock was not to be had in time. Who has waited as long for it does not wait once more.
fn not_begun(shared: &Shared, first: &Job, error: &Error, began: Instant) {
    let mut events = vec![failed(first.id, error.clone())];
    if error.is_busy() {
        let others = shared.state().take_writes_before(began);
        events.extend(others.into_iter().map(|job| failed(job.id, error.clone())));
    }
    shared.send(events);
}

fn one(session: &mut Session, mut job: Job, done: &mut Done) {
    let before = done.events.len();
    session.watch(Some(&job.control), None);
    let outcome = match session.reason_to_end() {
        Some(reason) => Err(reason),
        None => within(session, &mut job, &mut done.events),
    };
    let outcome = outcome.map_err(|error| session.explain(error));
    session.watch(None, None);
    if let Err(error) = outcome {
        done.events.truncate(before);
        done.events.push(failed(job.id, error));
    }
    done.jobs.push((job, done.events.len() - before));
}

/// The next write, if one waits that can be of this transaction.
fn another(shared: &Shared, session: &mut Session) -> Option<Job> {
    let job = shared.state().next_in_group()?;
    if shares_transaction(session, &job) {
        return Some(job);
    }
    shared.state().put_back(job);
    None
}

fn commit(shared: &Shared, session: &mut Session, done: Done, whole: bool) {
    let committed = if whole { session.command("COMMIT").map(|()| true) } else { Ok(false) };
    if session.in_transaction() {
        // An error that is in the way of this one as well is that of the next statement.
        let _ = session.command("ROLLBACK");
    }
    match committed {
        Ok(true) => {
            let mut state = shared.state();
            state.counts.groups += 1;
            state.counts.grouped += done.jobs.len() as u64;
            drop(state);
            shared.note_temporary(session);
            shared.send(done.events);
        }
        // Readers of a database without a log were in the way for the whole timeout: so they would be of
        // each one's commit.
        Err(error) if error.is_busy() => {
            shared.send(refused(done, &error));
        }
        Ok(false) | Err(_) => {
            for (mut job, _) in done.jobs {
                let events = alone(session, &mut job);
                shared.note_temporary(session);
                shared.send(events);
            }
        }
    }
}

/// What those hear whose commit has failed: a write that had failed before hears of that.
fn refused(done: Done, error: &Error) -> Vec<Event> {
    let mut events = done.events.into_iter();
    let mut answers = Vec::with_capacity(done.jobs.len());
    for (job, count) in done.jobs {
        let own = events.by_ref().take(count).last();
        let answer = own.filter(|event| matches!(event.what, What::Failed(_)));
        answers.push(answer.unwrap_or_else(|| failed(job.id, error.clone())));
    }
    answers
}
