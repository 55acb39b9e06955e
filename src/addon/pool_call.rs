//! The operations of `execute` that pools have: a job goes in, an event comes out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::environment::Environment;
use super::execute::{fail, set_changes, set_word, statement_too_long, word};
use super::pool::PoolSlot;
use super::raw::{Call, Value};
use crate::batch::Integers;
use crate::batch::layout::{
    BATCH_EXTRAS, BATCH_FORGET_SHAPES, BATCH_LAST, BATCH_MORE, BATCH_SHAPE, CALL_ARGUMENT_ARRAY,
    CALL_BACKGROUND, CALL_DETACH_TEXT, CALL_EXPAND, CALL_SAFE_INTEGERS, EVENT_CALL, EVENT_CHANGES,
    EVENT_CLOSED, EVENT_DONE, EVENT_FAILED, EVENT_LANE_ENDED, EVENT_NONE, EVENT_OPEN_FAILED,
    EVENT_ROWS, HEADER_SLOTS, JOB_ALL, JOB_BATCH, JOB_BEGIN, JOB_COMMIT, JOB_EXEC, JOB_GET,
    JOB_ITERATE, JOB_RELEASE, JOB_ROLLBACK, JOB_RUN, JOB_SAVEPOINT, JOB_SNAPSHOT, JOB_UNDO,
    OPERATION_ANSWER, OPERATION_STAGE, OPERATION_SUBMIT, SLOT_HOLD_MS, SLOT_MAX_BYTES,
    SLOT_MAX_ROWS, TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_NOT_PLAIN, TAG_NULL,
    TAG_SECOND_OBJECT, TAG_TEXT_ARGUMENT, TAG_TOO_BIG, TAG_UNBINDABLE, WORD_BATCH_FLAGS,
    WORD_CALL_FLAGS, WORD_COLUMNS, WORD_DEPTH, WORD_EVENT, WORD_JOB, WORD_JOB_KIND, WORD_LANE,
    WORD_NAMED_AT, WORD_NAMED_COUNT, WORD_PARAMETERS, WORD_ROWS, WORD_SHAPE, WORD_STATEMENT,
    WORD_STATUS, tag,
};
use crate::error::{Error, Kind, Result};
use crate::pool::{
    Control, Event, Extra, Fault, Given, Job, Named, OwnedBatch, Query, RowOptions, Shape, What,
    Work,
};
use crate::sqlite::{Cell, Parameter, Parameters};

/// Batches of one result that may wait to be taken.
const BATCHES_OF_ALL: usize = 16;
/// Batches that a stream has ahead of its consumer.
const BATCHES_OF_STREAM: usize = 2;
/// As good as without end, and no more than can be added to a time.
const LONGEST_HOLD: Duration = Duration::from_hours(365 * 24);
/// More shapes than this are told anew.
const MOST_SHAPES: usize = 5000;

type Header = [u64; HEADER_SLOTS];

/// Executes one of these operations.
pub fn execute<'call>(
    environment: &Environment,
    call: &Call<'call>,
    operation: i32,
) -> Option<Value<'call>> {
    let mut header: Header = [0; HEADER_SLOTS];
    {
        let mut parts = environment.shared.parts();
        header.copy_from_slice(parts.split().0);
    }
    set_word(&mut header, WORD_STATUS, 0);
    let pool = usize::try_from(word(&header, WORD_STATEMENT)).unwrap_or(usize::MAX);
    let done = environment.pools.get(pool).and_then(|slot| match operation {
        OPERATION_STAGE => {
            let query = query(environment, call, &header, &slot).inspect_err(|_| {
                // No batch will come of those before.
                slot.staged.borrow_mut().clear();
            })?;
            slot.staged.borrow_mut().push(query);
            Ok(None)
        }
        OPERATION_ANSWER => {
            let mut answer = match word(&header, WORD_PARAMETERS) {
                0 => Ok(None),
                _ => given(environment, call, &header).map(|given| Some(given.values)),
            };
            let asked = slot.asked.take();
            if let Some(question) = asked {
                question.answer(answer.as_mut().ok().and_then(Option::take));
            }
            answer.map(|_| None)
        }
        OPERATION_SUBMIT => {
            slot.pool.submit(job(environment, call, &header, &slot)?)?;
            Ok(None)
        }
        _ => take(environment, call, &mut header, &slot),
    });
    let value = done.unwrap_or_else(|error| {
        fail(environment, &mut header, error);
        None
    });
    let mut parts = environment.shared.parts();
    parts.split().0.copy_from_slice(&header);
    value
}

fn number(header: &Header, index: usize) -> u32 {
    u32::try_from(word(header, index)).unwrap_or(0)
}

/// A limit, or without end for what is no number of that size.
fn limit(header: &Header, slot: usize) -> u64 {
    let limit = f64::from_bits(header[slot]);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast to integers stops at their ends"
    )]
    let limit = limit as u64;
    limit
}

fn job(
    environment: &Environment,
    call: &Call<'_>,
    header: &Header,
    slot: &PoolSlot,
) -> Result<Job> {
    let flags = word(header, WORD_CALL_FLAGS);
    let kind = word(header, WORD_JOB_KIND);
    let read = || query(environment, call, header, slot);
    let hold = Duration::from_millis(limit(header, SLOT_HOLD_MS)).min(LONGEST_HOLD);
    let depth = number(header, WORD_DEPTH);
    let work = match kind {
        JOB_GET => Work::Get(read()?),
        JOB_ALL => Work::All(read()?),
        JOB_ITERATE => Work::Iterate(read()?),
        JOB_RUN => Work::Run(read()?),
        JOB_EXEC => Work::Exec(sql(call, call.argument(0), slot)?),
        JOB_BATCH => Work::Batch(slot.staged.take()),
        JOB_BEGIN => Work::Begin { writes: true, hold },
        JOB_SNAPSHOT => Work::Begin { writes: false, hold },
        JOB_SAVEPOINT => Work::Savepoint(depth),
        JOB_RELEASE => Work::EndSavepoint { depth, keep: true },
        JOB_UNDO => Work::EndSavepoint { depth, keep: false },
        JOB_COMMIT => Work::End { keep: true },
        JOB_ROLLBACK => Work::End { keep: false },
        other => return Err(Error::of(Kind::Bind, &format!("unknown kind of job {other}"))),
    };
    let safe = flags & CALL_SAFE_INTEGERS != 0;
    let lane = number(header, WORD_LANE);
    Ok(Job {
        id: number(header, WORD_JOB),
        rows: RowOptions {
            integers: if safe { Integers::BigInt } else { Integers::Number },
            detach_text: flags & CALL_DETACH_TEXT != 0,
            expand: flags & CALL_EXPAND != 0,
            max_rows: limit(header, SLOT_MAX_ROWS),
            max_bytes: limit(header, SLOT_MAX_BYTES),
        },
        lane: (lane != 0).then_some(lane),
        background: flags & CALL_BACKGROUND != 0,
        since: Instant::now(),
        route: None,
        in_writes: false,
        control: Arc::new(Control::new(
            number(header, WORD_JOB),
            if kind == JOB_ITERATE { BATCHES_OF_STREAM } else { BATCHES_OF_ALL },
        )),
        work,
    })
}

fn sql(call: &Call<'_>, text: Option<Value<'_>>, slot: &PoolSlot) -> Result<Arc<str>> {
    let missing = || Error::of(Kind::Bind, "the SQL text is missing");
    let text = text.ok_or_else(missing)?;
    let read = |bytes: &mut Parameters| call.push_text(text, bytes).map_err(statement_too_long);
    // Node-API makes valid UTF-8 of every string.
    slot.texts.borrow_mut().read(read)?.ok_or_else(missing)
}

/// An argument of the call, or an element of its only one.
fn argument<'call>(call: &Call<'call>, header: &Header, position: usize) -> Result<Value<'call>> {
    let missing = || Error::of(Kind::Bind, "an argument is missing");
    if word(header, WORD_CALL_FLAGS) & CALL_ARGUMENT_ARRAY == 0 {
        return call.argument(position).ok_or_else(missing);
    }
    call.element(call.argument(0).ok_or_else(missing)?, position)
}

/// The call's arguments are the SQL text, the names joined by NUL, and the values that have no slot.
fn query(
    environment: &Environment,
    call: &Call<'_>,
    header: &Header,
    slot: &PoolSlot,
) -> Result<Query> {
    let given = given(environment, call, header)?;
    Ok(Query { sql: sql(call, Some(argument(call, header, 0)?), slot)?, given })
}

/// The values of a call.
fn given(environment: &Environment, call: &Call<'_>, header: &Header) -> Result<Given> {
    let argument = |position| argument(call, header, position);
    let mut given = Given::default();
    let count = usize::try_from(word(header, WORD_PARAMETERS)).unwrap_or(0);
    let mut next = 2;
    environment.parameters.read(count, |position, slot| {
        let values = &mut given.values;
        let mut fault = |fault| {
            given.faults.push((position, fault));
            Parameter::Null
        };
        let mut following = || {
            next += 1;
            argument(next - 1)
        };
        match tag(slot) {
            TAG_NULL => values.push(Parameter::Null),
            TAG_TEXT_ARGUMENT => call.push_text(following()?, values)?,
            TAG_BLOB_ARGUMENT => call.push_blob(following()?, values)?,
            TAG_BIGINT_ARGUMENT => match call.int64(following()?)? {
                Some(integer) => values.push(Parameter::Integer(integer)),
                None => values.push(fault(Fault::TooBig)),
            },
            TAG_UNBINDABLE => values.push(fault(Fault::Unbindable)),
            TAG_NOT_PLAIN => values.push(fault(Fault::NotPlain)),
            TAG_SECOND_OBJECT => values.push(fault(Fault::SecondObject)),
            TAG_TOO_BIG => values.push(fault(Fault::TooBig)),
            _ => values.push(Parameter::Real(f64::from_bits(slot))),
        }
        Ok(())
    })?;
    if let Ok(at) = usize::try_from(word(header, WORD_NAMED_AT)) {
        let count = usize::try_from(word(header, WORD_NAMED_COUNT)).unwrap_or(0);
        let joined = if count == 0 { Vec::new() } else { call.text(argument(1)?)? };
        let joined = String::from_utf8_lossy(&joined).into_owned();
        let names = joined.split('\0').take(count).map(str::to_owned).collect();
        given.named = Some(Named { at, names });
    }
    Ok(given)
}

/// Answers with the next event.
fn take<'call>(
    environment: &Environment,
    call: &Call<'call>,
    header: &mut Header,
    slot: &PoolSlot,
) -> Result<Option<Value<'call>>> {
    set_word(header, WORD_BATCH_FLAGS, 0);
    let Some(Event { job, last, what, .. }) = slot.pool.take() else {
        set_word(header, WORD_EVENT, EVENT_NONE);
        return Ok(None);
    };
    set_word(header, WORD_JOB, job.cast_signed());
    // What it is if no value can be made of it.
    set_word(header, WORD_EVENT, EVENT_FAILED);
    set_word(header, WORD_BATCH_FLAGS, BATCH_LAST);
    let mut flags = if last { BATCH_LAST } else { 0 };
    let mut value = None;
    let event = match what {
        What::Changes(changes) => {
            set_changes(header, changes);
            EVENT_CHANGES
        }
        What::Done => EVENT_DONE,
        What::Closed => EVENT_CLOSED,
        What::Failed(error) => failed(environment, header, error, EVENT_FAILED),
        What::OpenFailed(error) => failed(environment, header, error, EVENT_OPEN_FAILED),
        What::LaneEnded(error) => failed(environment, header, error, EVENT_LANE_ENDED),
        What::Call { function, batch, columns, question } => {
            slot.asked.replace(Some(Arc::clone(&question)));
            set_word(header, WORD_ROWS, 1);
            set_word(header, WORD_COLUMNS, i32::try_from(columns).unwrap_or(i32::MAX));
            set_word(header, WORD_SHAPE, function.cast_signed());
            flags |= if batch.has_extras { BATCH_EXTRAS } else { 0 };
            write(environment, &batch);
            value = values(call, &batch).inspect_err(|_| question.answer(None))?;
            EVENT_CALL
        }
        What::Rows { batch, shape, more } => {
            flags |= if more { BATCH_MORE } else { 0 };
            flags |= if batch.has_extras { BATCH_EXTRAS } else { 0 };
            set_word(header, WORD_ROWS, i32::try_from(batch.rows).unwrap_or(i32::MAX));
            let columns = batch.cells.len().checked_div(batch.rows).unwrap_or(0);
            set_word(header, WORD_COLUMNS, i32::try_from(columns).unwrap_or(i32::MAX));
            set_word(header, WORD_SHAPE, shape.number.cast_signed());
            write(environment, &batch);
            value = values(call, &batch)?;
            if let Some(told) = tell(call, &shape, slot, &mut flags)? {
                let rows = value.map_or_else(|| call.undefined(), Ok)?;
                value = Some(call.array(&[rows, told])?);
            }
            EVENT_ROWS
        }
    };
    set_word(header, WORD_EVENT, event);
    set_word(header, WORD_BATCH_FLAGS, flags);
    Ok(value)
}

/// Puts a batch where it is read.
fn write(environment: &Environment, batch: &OwnedBatch) {
    let mut parts = environment.shared.parts();
    let (_, cells, blobs) = parts.split();
    batch.copy_to(cells, blobs);
}

fn failed(environment: &Environment, header: &mut Header, error: Error, event: i32) -> i32 {
    fail(environment, header, error);
    event
}

/// The strings and long values of a batch, as a synchronous execution answers with them.
fn values<'call>(call: &Call<'call>, batch: &OwnedBatch) -> Result<Option<Value<'call>>> {
    if batch.has_extras {
        let mut values =
            vec![call.one_byte_string(&batch.one_byte)?, call.two_byte_string(&batch.two_byte)?];
        for extra in &batch.extras {
            values.push(match extra {
                Extra::Text(utf8) => call.string(utf8)?,
                Extra::Blob(bytes) => call.buffer(bytes)?,
            });
        }
        return call.array(&values).map(Some);
    }
    if batch.one_byte.is_empty() {
        return Ok(None);
    }
    call.one_byte_string(&batch.one_byte).map(Some)
}

/// A shape that JavaScript does not know yet.
fn tell<'call>(
    call: &Call<'call>,
    shape: &Shape,
    slot: &PoolSlot,
    flags: &mut i32,
) -> Result<Option<Value<'call>>> {
    let mut known = slot.shapes.borrow_mut();
    if known.contains(&shape.number) {
        return Ok(None);
    }
    if known.len() >= MOST_SHAPES {
        known.clear();
        *flags |= BATCH_FORGET_SHAPES;
    }
    let mut values = vec![call.string(shape.names.as_bytes())?];
    for table in shape.tables.iter().flatten() {
        values.push(match table {
            Some(name) => call.string(name.as_bytes())?,
            None => call.cell(Cell::Null, false)?,
        });
    }
    let told = call.array(&values)?;
    known.insert(shape.number);
    *flags |= BATCH_SHAPE;
    Ok(Some(told))
}
