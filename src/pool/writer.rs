//! The writer's thread: it makes of the file what readers find, and executes one write after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::job::{Job, JobId, Query, RowOptions, Work};
use super::outbox::{Event, What};
use super::queue::{ForWriter, Route};
use super::session::{Compiled, Session, Watcher};
use super::sync::wait;
use super::{Shared, group, identity, lane};
use crate::conn::Rule;
use crate::error::{Error, Kind, Result};
use crate::ops::leftover_log::remove_leftover_log;

/// For so long the writer waits for readers that do not end: one can be inside of a system call.
const WAIT_FOR_READERS: Duration = Duration::from_secs(5);

/// Serves until the pool ends.
pub fn run(shared: &Arc<Shared>) {
    let mut session = None;
    while let Some(task) = next(shared) {
        let id = match &task {
            ForWriter::Job(job) | ForWriter::Look(job) => Some(job.id),
            _ => None,
        };
        let served = catch_unwind(AssertUnwindSafe(|| serve(shared, &mut session, task)));
        if served.is_err() {
            // The connection may be in the middle of anything. Closed, it rolls back.
            drop(catch_unwind(AssertUnwindSafe(|| session.take().map(Session::close))));
            let mut state = shared.state();
            state.counts.replaced += 1;
            state.opened = false;
            let left = id.map(|id| state.end_lane(id)).unwrap_or_default();
            let others = state.take_running_writes();
            drop(state);
            for id in id.into_iter().chain(others).chain(left.iter().map(|job| job.id)) {
                shared.fail(id, Error::of(Kind::Defect, "a defect was caught"));
            }
        }
    }
    // The last one to close copies the log into the database and removes it.
    shared.wait_for_readers(WAIT_FOR_READERS);
    let closed = catch_unwind(AssertUnwindSafe(|| session.take().map(Session::close)));
    for file in closed.ok().flatten().into_iter().flatten() {
        drop(remove_leftover_log(&file));
    }
    shared.thread_ended(false);
}

/// Waits for something to do.
pub fn next(shared: &Arc<Shared>) -> Option<ForWriter> {
    let mut state = shared.state();
    loop {
        match state.next_for_writer() {
            ForWriter::Stop => return None,
            ForWriter::Nothing => {
                state.counts.idle_writers = 1;
                state = wait(&shared.for_writer, state);
                state.counts.idle_writers = 0;
            }
            task => return Some(task),
        }
    }
}

fn serve(shared: &Arc<Shared>, slot: &mut Option<Session>, task: ForWriter) {
    let session = match slot {
        Some(session) => session,
        None => match open(shared) {
            Ok(session) => slot.insert(session),
            Err(error) => return refuse_all(shared, &error),
        },
    };
    match task {
        ForWriter::Open => opened(shared),
        ForWriter::Job(job) => execute(shared, session, job),
        ForWriter::Look(job) => look(shared, session, job),
        ForWriter::Nothing | ForWriter::Stop => {}
    }
}

fn open(shared: &Arc<Shared>) -> Result<Session> {
    let file = shared.state().file;
    // No job is in hand: those that wait can be given up.
    let watcher = Watcher::new(shared, None);
    let connection = shared.settings.open_writer(file, &watcher)?;
    if file.is_none() {
        shared.state().file = identity::of(&connection, &shared.settings.path);
    }
    Session::new(watcher, connection, false)
}

/// Lets readers open the file too.
pub fn opened(shared: &Shared) {
    shared.state().opened = true;
    shared.for_readers.notify_all();
}

/// Without the file nothing can be done. The next job tries again.
fn refuse_all(shared: &Shared, error: &Error) {
    let waiting = shared.state().take_all();
    let refused = |job: Job| Event {
        job: job.id,
        last: true,
        what: What::OpenFailed(error.clone()),
        taken: None,
    };
    shared.send(waiting.into_iter().map(refused).collect());
}

/// Finds out who executes a job whose text no reader has seen.
fn look(shared: &Arc<Shared>, session: &mut Session, job: Job) {
    if let Some(sql) = job.work.readable().cloned()
        && let Ok(compiled) = session.take(&sql)
    {
        let reads = compiled.reads();
        session.keep(&sql, compiled);
        let has_temporary = shared.state().has_temporary();
        if reads && !has_temporary {
            return to_readers(shared, job, &sql);
        }
    }
    execute(shared, session, job);
}

/// Hands a job to the readers.
pub fn to_readers(shared: &Arc<Shared>, job: Job, sql: &Arc<str>) {
    let mut state = shared.state();
    state.learn(sql, Route::Read);
    if let Err(id) = state.give_to_readers(job) {
        drop(state);
        return shared.cancelled(id);
    }
    match shared.start_reader(&mut state) {
        Ok(()) => {
            let waits = state.counts.idle > 0;
            drop(state);
            if waits {
                shared.for_readers.notify_one();
            }
        }
        Err(error) => shared.refuse_reads(state, &error),
    }
}

fn execute(shared: &Arc<Shared>, session: &mut Session, mut job: Job) {
    match &job.work {
        Work::Begin { .. } => lane::serve(shared, session, &job),
        Work::Exec(sql) => {
            session.watch(Some(&job.control), None);
            let done = script(session, &sql.clone());
            session.watch(None, None);
            shared.note_temporary(session);
            shared.settle(job.id, done.map_or_else(What::Failed, |()| What::Done));
        }
        _ if shared.state().has_writes() && shares_transaction(session, &job) => {
            group::execute(shared, session, job);
        }
        _ => {
            let events = alone(session, &mut job);
            shared.note_temporary(session);
            shared.send(events);
        }
    }
}

/// Executes a script outside of any transaction.
fn script(session: &mut Session, sql: &str) -> Result<()> {
    let done = session.script(sql, Rule::Nothing).map_err(|error| session.explain(error));
    if !session.in_transaction() {
        return done;
    }
    session.watch(None, None);
    session.command("ROLLBACK")?;
    done.and(Err(Error::of(Kind::TransactionLeftOpen, "the transaction was rolled back")))
}

/// Whether a job can be one of several in a transaction.
pub fn shares_transaction(session: &mut Session, job: &Job) -> bool {
    match &job.work {
        Work::Batch(_) => true,
        Work::Get(query) | Work::All(query) | Work::Iterate(query) | Work::Run(query) => {
            match session.take(&query.sql) {
                Ok(compiled) => {
                    let shares = compiled.shares_transaction();
                    session.keep(&query.sql, compiled);
                    shares
                }
                // It fails the same way within one, and does nothing.
                Err(_) => true,
            }
        }
        _ => false,
    }
}

/// Executes a job as if there were no other, and gives what comes of it.
pub fn alone(session: &mut Session, job: &mut Job) -> Vec<Event> {
    let mut events = Vec::with_capacity(1);
    session.watch(Some(&job.control), None);
    let done = match session.reason_to_end() {
        Some(reason) => Err(reason),
        None => try_alone(session, job, &mut events),
    };
    let done = done.map_err(|error| session.explain(error));
    session.watch(None, None);
    if session.in_transaction() {
        // An error that is in the way of this one as well is that of the next statement.
        let _ = session.command("ROLLBACK");
    }
    match done {
        Ok(()) => events,
        Err(error) => vec![failed(job.id, error)],
    }
}

/// Only what consists of parts needs a transaction: SQLite undoes a single statement by itself.
fn try_alone(session: &mut Session, job: &mut Job, events: &mut Vec<Event>) -> Result<()> {
    let in_parts = match &job.work {
        Work::Run(_) => false,
        Work::Batch(_) => true,
        _ => shares_transaction(session, job),
    };
    if !in_parts {
        return parts(session, job, events);
    }
    session.command("BEGIN IMMEDIATE")?;
    parts(session, job, events)?;
    session.watch(None, None);
    session.command("COMMIT")
}

/// Executes a job within the transaction that is open: all of it, or with an error nothing. What comes of it
/// is added to `events`, with an error perhaps a part of it.
pub fn within(session: &mut Session, job: &mut Job, events: &mut Vec<Event>) -> Result<()> {
    if matches!(job.work, Work::Run(_)) {
        // A savepoint would undo what ON CONFLICT FAIL keeps.
        return parts(session, job, events);
    }
    session.command("SAVEPOINT frl_job")?;
    let done = parts(session, job, events).map_err(|error| session.explain(error));
    if done.is_err() {
        // Undoing must not be stopped by what has stopped the job.
        session.watch(None, None);
        if session.in_transaction() {
            session.command("ROLLBACK TO frl_job")?;
        }
    }
    if session.in_transaction() {
        session.command("RELEASE frl_job")?;
    }
    done
}

/// Executes each statement of a job.
fn parts(session: &mut Session, job: &mut Job, events: &mut Vec<Event>) -> Result<()> {
    let (id, rows) = (job.id, job.rows);
    match &mut job.work {
        Work::Run(query) => {
            let what = statement(session, query, |_, compiled| compiled.run().map(What::Changes))?;
            events.push(Event { job: id, last: true, what, taken: None });
        }
        Work::Get(query) => select(session, query, id, rows, true, events)?,
        Work::All(query) | Work::Iterate(query) => {
            select(session, query, id, rows, false, events)?;
        }
        Work::Batch(queries) => {
            for query in queries {
                part(session, query, id, rows, events)?;
            }
            events.push(Event { job: id, last: true, what: What::Done, taken: None });
        }
        _ => return Err(Error::of(Kind::Defect, "not a statement")),
    }
    Ok(())
}

/// One statement of a batch: its rows if it returns data, or else what it changes.
fn part(
    session: &mut Session,
    query: &mut Query,
    id: JobId,
    rows: RowOptions,
    events: &mut Vec<Event>,
) -> Result<()> {
    let compiled = session.take(&query.sql)?;
    let returns_data = compiled.returns_data();
    session.keep(&query.sql, compiled);
    if returns_data {
        select(session, query, id, rows, false, events)?;
        if let Some(event) = events.last_mut() {
            event.last = false;
        }
        return Ok(());
    }
    let what = statement(session, query, |_, compiled| compiled.run().map(What::Changes))?;
    events.push(Event { job: id, last: false, what, taken: None });
    Ok(())
}

fn select(
    session: &mut Session,
    query: &mut Query,
    id: JobId,
    rows: RowOptions,
    first: bool,
    events: &mut Vec<Event>,
) -> Result<()> {
    statement(session, query, |session, compiled| {
        session.rows(compiled, rows, first, false, &mut |batch, shape, more| {
            let what = What::Rows { batch, shape, more };
            events.push(Event { job: id, last: !more, what, taken: None });
            Ok(())
        })
    })
}

/// Executes with the values of `query`, which has them again afterwards.
fn statement<T>(
    session: &mut Session,
    query: &mut Query,
    execute: impl FnOnce(&mut Session, &mut Compiled) -> Result<T>,
) -> Result<T> {
    let mut compiled = session.take(&query.sql)?;
    let done = match compiled.bind(&mut query.given) {
        Ok(()) => {
            let done = execute(session, &mut compiled);
            compiled.unbind(&mut query.given);
            done
        }
        Err(error) => Err(error),
    };
    session.keep(&query.sql, compiled);
    done
}

/// The event of a job that has failed.
pub fn failed(job: JobId, error: Error) -> Event {
    Event { job, last: true, what: What::Failed(error), taken: None }
}
