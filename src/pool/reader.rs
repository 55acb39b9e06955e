//! A reader's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::job::{Job, JobId, Work};
use super::outbox::{Event, What};
use super::queue::{ForReader, Route};
use super::session::{Compiled, SQLITE_AUTH, Session, Watcher, explained};
use super::sync::wait_for;
use super::{Shared, lane};
use crate::error::{Error, Kind, Result};

/// Serves until the pool ends, or nobody needs it.
pub fn run(shared: &Arc<Shared>) {
    let mut session = None;
    while let Some((job, look)) = next(shared) {
        let (id, holds) = (job.id, job.work.holds_reader());
        let served = catch_unwind(AssertUnwindSafe(|| serve(shared, &mut session, job, look)));
        if served.is_err() {
            // The connection may be in the middle of anything.
            drop(catch_unwind(AssertUnwindSafe(|| session.take().map(Session::close))));
            shared.state().counts.replaced += 1;
            looks_no_more(shared, id);
            shared.fail(id, Error::of(Kind::Defect, "a defect was caught"));
        }
        if holds {
            shared.state().counts.held -= 1;
        }
    }
    drop(catch_unwind(AssertUnwindSafe(|| session.take().map(Session::close))));
    shared.thread_ended(true);
}

/// Waits for a job. With it: whether it is to be found out who executes it. `None`: this reader is to end,
/// and is counted no more.
pub fn next(shared: &Arc<Shared>) -> Option<(Job, bool)> {
    let limit = shared.settings.reader_idle;
    let mut state = shared.state();
    let mut waited_in_vain = false;
    loop {
        let next = match state.next_for_reader(shared.settings.readers) {
            ForReader::Job(job) => (job, false),
            ForReader::Look(job) => (job, true),
            ForReader::Nothing if !waited_in_vain || !state.is_spare(limit) => {
                let left = state.idle(limit);
                (state, waited_in_vain) = wait_for(&shared.for_readers, shared.lock(), state, left);
                state.counts.idle -= 1;
                continue;
            }
            ForReader::Nothing | ForReader::Stop => {
                state.counts.readers -= 1;
                return None;
            }
        };
        state.busy();
        let started = shared.start_reader(&mut state);
        // Without another reader the writer finds out what waits.
        let lacks_readers = started.is_err() || state.reads_waiting() > state.counts.idle;
        let wakes = lacks_readers && state.wakes_writer();
        match started {
            Ok(()) => drop(state),
            Err(error) => shared.refuse_reads(state, &error),
        }
        if wakes {
            shared.for_writer.notify_one();
        }
        return Some(next);
    }
}

fn serve(shared: &Arc<Shared>, slot: &mut Option<Session>, job: Job, look: bool) {
    let session = match slot {
        Some(session) => session,
        None => match open(shared, &job) {
            Ok(session) => slot.insert(session),
            // The writer has its connection.
            Err(error) if goes_to_writer(&error, &job) => return to_writer(shared, job),
            Err(error) => {
                looks_no_more(shared, job.id);
                return shared.settle(job.id, What::OpenFailed(error));
            }
        },
    };
    match job.work.readable().cloned() {
        None => lane::serve(shared, session, &job),
        Some(sql) => match session.take(&sql) {
            Ok(compiled) if compiled.reads() => {
                if look {
                    found_out(shared, &job, &sql);
                }
                read(shared, session, job, compiled);
            }
            // It writes, or names what only the writer knows: then that has the true error.
            Ok(_) | Err(_) => to_writer(shared, job),
        },
    }
}

/// Whether another connection may do what this reader cannot.
fn goes_to_writer(error: &Error, job: &Job) -> bool {
    let is_last = matches!(error.kind, Kind::FileReplaced | Kind::Cancelled | Kind::PoolClosed);
    !is_last && job.work.readable().is_some()
}

fn open(shared: &Arc<Shared>, job: &Job) -> Result<Session> {
    let file = shared.state().file;
    let watcher = Watcher::new(shared, Some(&job.control));
    let connection = shared
        .settings
        .open_reader(file, &watcher)
        .map_err(|error| explained(error, || watcher.reason_to_end()))?;
    let session = Session::new(watcher, connection, true)?;
    session.watch(None, None);
    Ok(session)
}

/// Tells the others that readers execute this job's text.
pub fn found_out(shared: &Shared, job: &Job, sql: &Arc<str>) {
    let mut state = shared.state();
    state.looked(job.id);
    state.learn(sql, Route::Read);
    // It may wait for the answer, with writes behind this job.
    shared.wake_writer(state);
}

/// Lets the writer pass over a job that nobody will find anything out about: it waits for the answer.
fn looks_no_more(shared: &Shared, id: JobId) {
    let mut state = shared.state();
    state.looked(id);
    shared.wake_writer(state);
}

/// Hands a job to the writer.
pub fn to_writer(shared: &Shared, job: Job) {
    let mut state = shared.state();
    let given = state.give_to_writer(job);
    shared.wake_writer(state);
    if let Err(id) = given {
        shared.cancelled(id);
    }
}

fn read(shared: &Arc<Shared>, session: &mut Session, mut job: Job, mut compiled: Box<Compiled>) {
    session.watch(Some(&job.control), None);
    let (first, grows) = (matches!(job.work, Work::Get(_)), matches!(job.work, Work::Iterate(_)));
    let (Work::Get(query) | Work::All(query) | Work::Iterate(query)) = &mut job.work else {
        return shared.fail(job.id, Error::of(Kind::Defect, "no reader's work"));
    };
    let mut sent = false;
    let done = compiled.bind(&mut query.given).and_then(|()| {
        let control = &job.control;
        session.rows(&mut compiled, job.rows, first, grows, &mut |batch, shape, more| {
            if !control.take_credit(|| shared.is_stopping()) {
                return Err(Error::of(Kind::Cancelled, "the call was cancelled"));
            }
            sent = true;
            let what = What::Rows { batch, shape, more };
            let taken = (!grows).then(|| Arc::clone(control));
            let event = Event { job: job.id, last: !more, what, taken };
            if more {
                shared.outbox.push([event]);
            } else {
                shared.send(vec![event]);
            }
            Ok(())
        })
    });
    let done = done.map_err(|error| match error.kind {
        Kind::Cancelled => session.reason_to_end().unwrap_or(error),
        _ => session.explain(error),
    });
    session.watch(None, None);
    match done {
        Ok(()) => session.keep(&query.sql, compiled),
        // Refused only while it was executed: a pragma's function, say.
        Err(error) if error.code == SQLITE_AUTH && !sent => {
            compiled.unbind(&mut query.given);
            shared.state().learn(&query.sql, Route::Write);
            // The writer has passed over its number since it was found out that it reads.
            job.in_writes = false;
            to_writer(shared, job);
        }
        Err(error) => {
            session.keep(&query.sql, compiled);
            shared.fail(job.id, error);
        }
    }
}
