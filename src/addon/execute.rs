//! The function that runs for every execution of a statement.
//!
//! The call travels in the header and the parameter slots, the answer in the header and the
//! batch; `docs/row-batch.md` describes both. Strings, bigints and blobs among the parameters are
//! the call's arguments. The answer's text is the call's value: a string, or, where that is not
//! enough, an array of the one-byte string, the two-byte string and the extras.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::environment::Environment;
use super::pool_call;
use super::raw::{Call, Extras, Value};
use crate::batch::layout::{
    BATCH_EXTRAS, BATCH_MORE, BATCH_REPREPARED, CALL_ARGUMENT_ARRAY, CALL_DETACH_TEXT,
    CALL_SAFE_INTEGERS, OPERATION_ALL, OPERATION_ANSWER, OPERATION_BIND, OPERATION_CLOSE,
    OPERATION_GET, OPERATION_NEXT, OPERATION_OPEN, OPERATION_PREPARE, OPERATION_RUN,
    OPERATION_STAGE, OPERATION_SUBMIT, OPERATION_TAKE, PREPARED_NAMES, PREPARED_READONLY,
    SLOT_CHANGES, SLOT_LAST_ROWID, SLOT_LAST_ROWID_EXACT, TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT,
    TAG_NULL, TAG_TEXT_ARGUMENT, WORD_BATCH_FLAGS, WORD_CALL_FLAGS, WORD_COLUMNS, WORD_MAX_ROWS,
    WORD_OPERATION, WORD_PARAMETERS, WORD_ROWS, WORD_STATEMENT, WORD_STATUS, tag,
};
use crate::batch::{Integers, RowBatch};
use crate::conn::{Changes, Statement};
use crate::error::{Error, Kind, Result};
use crate::sqlite::{Cell as Stored, Parameter, Parameters};

/// See <https://sqlite.org/rescode.html#toobig>.
const SQLITE_TOOBIG: i32 = 18;

/// What the header asks for.
struct Request {
    statement: usize,
    operation: i32,
    max_rows: usize,
    parameters: i32,
    flags: i32,
}

/// Runs the operation that the header asks for. A failure is kept by the environment and its kind
/// put into the header.
///
/// Where code of the user can run during the execution, that code may execute other statements: the
/// batch is then collected in memory of its own and reaches the shared buffer at the end.
///
/// `running` becomes the statement's number, for [`abandon`].
pub fn execute<'call>(
    environment: &Environment,
    call: &Call<'call>,
    running: &Cell<Option<usize>>,
) -> Option<Value<'call>> {
    let mut parts = environment.shared.parts();
    let (header, cells, blobs) = parts.split();
    let request = Request::read(header);
    match request.operation {
        OPERATION_PREPARE => {
            drop(parts);
            return prepare(environment, call, &request);
        }
        OPERATION_SUBMIT | OPERATION_STAGE | OPERATION_TAKE | OPERATION_ANSWER => {
            drop(parts);
            return pool_call::execute(environment, call, request.operation);
        }
        _ => {}
    }
    running.set(Some(request.statement));
    let statement = environment.statement(request.statement);
    if !statement.as_ref().is_ok_and(may_call_back) {
        let mut text = environment.text.borrow_mut();
        let mut batch = RowBatch::new(cells, blobs, &mut text, request.integers())
            .detaching_text(request.detaches_text());
        return answer(environment, call, &request, statement, header, &mut batch, false);
    }
    drop(parts);
    let mut memory = environment.take_memory();
    let (header, cells, blobs, text) = memory.split();
    let mut batch = RowBatch::new(cells, blobs, text, request.integers())
        .detaching_text(request.detaches_text());
    let value = answer(environment, call, &request, statement, header, &mut batch, true);
    let used = batch.used();
    memory.copy_to(&used, environment.shared.parts().split());
    environment.keep_memory(memory);
    value
}

/// Compiles a statement. Code of the user can run meanwhile, and use the header: it is filled at the end.
fn prepare<'call>(
    environment: &Environment,
    call: &Call<'call>,
    request: &Request,
) -> Option<Value<'call>> {
    let prepared = prepare_for(environment, call, request.statement);
    let mut parts = environment.shared.parts();
    let (header, ..) = parts.split();
    set_word(header, WORD_STATUS, 0);
    match prepared {
        Ok(prepared) => {
            let named = if prepared.named { PREPARED_NAMES } else { 0 };
            let readonly = if prepared.readonly { PREPARED_READONLY } else { 0 };
            set_word(header, WORD_STATEMENT, word_of(prepared.number));
            set_word(header, WORD_PARAMETERS, word_of(prepared.parameters));
            set_word(header, WORD_COLUMNS, word_of(prepared.columns));
            set_word(header, WORD_BATCH_FLAGS, named | readonly);
            prepared.value
        }
        Err(error) => {
            fail(environment, header, error);
            None
        }
    }
}

/// A statement as it is described to JavaScript.
struct Prepared<'call> {
    number: usize,
    parameters: usize,
    columns: usize,
    readonly: bool,
    /// Whether `value` is an array, of the names of the columns and of each parameter.
    named: bool,
    /// The names of the columns joined by NUL, which no name can hold; nothing without columns.
    value: Option<Value<'call>>,
}

fn prepare_for<'call>(
    environment: &Environment,
    call: &Call<'call>,
    connection: usize,
) -> Result<Prepared<'call>> {
    let no_sql = || Error::of(Kind::Bind, "the SQL text is missing");
    let sql = call.text(call.argument(0).ok_or_else(no_sql)?).map_err(statement_too_long)?;
    let database = u32::try_from(connection).map_err(|_| Error::closed())?;
    // Node-API makes valid UTF-8 of every string.
    let sql = String::from_utf8(sql).map_err(|_| no_sql())?;
    let mut statement = environment.database(database)?.prepare(sql)?;
    let (columns, readonly) = (statement.column_count(), statement.is_readonly());
    let parameter_names = statement.parameter_names();
    let column_names = if columns == 0 {
        None
    } else {
        Some(call.string(statement.column_names().join("\0").as_bytes())?)
    };
    let named = parameter_names.iter().any(Option::is_some);
    let value = if named {
        let mut values = vec![column_names.map_or_else(|| call.string(b""), Ok)?];
        for name in &parameter_names {
            values.push(match name {
                Some(name) => call.string(name.as_bytes())?,
                None => call.cell(Stored::Null, false)?,
            });
        }
        Some(call.array(&values)?)
    } else {
        column_names
    };
    Ok(Prepared {
        number: environment.add_statement(database, statement),
        parameters: parameter_names.len(),
        columns,
        readonly,
        named,
        value,
    })
}

/// The error of an SQL text that cannot be read: for its length, as SQLite says it.
pub(super) fn statement_too_long(error: Error) -> Error {
    if error.kind != Kind::TooBig {
        return error;
    }
    let message = "statement too long".to_owned();
    Error { kind: Kind::Sqlite, code: SQLITE_TOOBIG, message, offset: None }
}

fn word_of(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

type Slot = Rc<RefCell<Statement>>;

/// Whether code of the user can run while the statement executes.
fn may_call_back(statement: &Slot) -> bool {
    statement.try_borrow().is_ok_and(|statement| statement.has_callbacks())
}

/// Runs an operation, in which code of the user can run if it `calls_back`, and completes header and
/// batch with what it gave.
fn answer<'call>(
    environment: &Environment,
    call: &Call<'call>,
    request: &Request,
    statement: Result<Slot>,
    header: &mut [u64],
    batch: &mut RowBatch<'_>,
    calls_back: bool,
) -> Option<Value<'call>> {
    let mut extras = Extras::new(call, &environment.scopes);
    set_word(header, WORD_STATUS, 0);
    set_word(header, WORD_BATCH_FLAGS, 0);
    let ran = statement.and_then(|slot| {
        let _sharing = calls_back.then(|| environment.scopes.share());
        run(environment, call, request, &slot, header, batch, &mut extras)
    });
    if let Err(error) = ran {
        fail(environment, header, error);
    }
    finish(call, header, batch, extras).unwrap_or_else(|error| {
        fail(environment, header, error);
        None
    })
}

/// Closes the statement of a call that ended in a panic. The header may tell of another call by then.
pub fn abandon(environment: &Environment, running: Option<usize>) {
    if let Some(number) = running
        && let Ok(statement) = environment.statement(number)
        && let Ok(mut statement) = statement.try_borrow_mut()
    {
        // The panic is what is reported.
        let _ = statement.close();
    }
}

fn run(
    environment: &Environment,
    call: &Call<'_>,
    request: &Request,
    slot: &Slot,
    header: &mut [u64],
    batch: &mut RowBatch<'_>,
    extras: &mut Extras<'_, '_>,
) -> Result<()> {
    let mut statement =
        slot.try_borrow_mut().map_err(|_| Error::of(Kind::Busy, "the statement is executing"))?;
    let statement = &mut *statement;
    if request.parameters > 0 {
        statement.collect(|parameters| read_parameters(environment, call, request, parameters))?;
    }
    let more = match request.operation {
        OPERATION_RUN => {
            let changes = statement.run()?;
            set_changes(header, changes);
            return Ok(());
        }
        OPERATION_GET => statement.first(batch, extras).map(|()| false),
        OPERATION_ALL => {
            statement.open()?;
            statement.next(batch, extras, request.max_rows)
        }
        OPERATION_OPEN => return statement.open(),
        OPERATION_NEXT => statement.next(batch, extras, request.max_rows),
        OPERATION_CLOSE => return statement.close(),
        OPERATION_BIND => return statement.bind_for_good(),
        other => return Err(Error::of(Kind::Bind, &format!("unknown operation {other}"))),
    };
    // Also behind an error: the rows before it are delivered, so their shape must be known.
    describe(header, statement, matches!(more, Ok(true)));
    more.map(|_| ())
}

/// Collects the parameters of the call.
fn read_parameters(
    environment: &Environment,
    call: &Call<'_>,
    request: &Request,
    parameters: &mut Parameters,
) -> Result<()> {
    let count = usize::try_from(request.parameters).unwrap_or(0);
    let array = if request.flags & CALL_ARGUMENT_ARRAY == 0 { None } else { call.argument(0) };
    let argument = |position: usize| match array {
        Some(array) => call.element(array, position),
        None => {
            call.argument(position).ok_or_else(|| Error::of(Kind::Bind, "an argument is missing"))
        }
    };
    environment.parameters.read(count, |position, slot| {
        match tag(slot) {
            TAG_NULL => parameters.push(Parameter::Null),
            TAG_TEXT_ARGUMENT => call.push_text(argument(position)?, parameters)?,
            TAG_BLOB_ARGUMENT => call.push_blob(argument(position)?, parameters)?,
            TAG_BIGINT_ARGUMENT => match call.int64(argument(position)?)? {
                Some(integer) => parameters.push(Parameter::Integer(integer)),
                None => return Err(Error::of(Kind::TooBig, "the bigint needs more than 64 bits")),
            },
            _ => parameters.push(Parameter::Real(f64::from_bits(slot))),
        }
        Ok(())
    })
}

fn describe(header: &mut [u64], statement: &Statement, more: bool) {
    let more = if more { BATCH_MORE } else { 0 };
    let reprepared = if statement.was_reprepared() { BATCH_REPREPARED } else { 0 };
    set_word(header, WORD_BATCH_FLAGS, more | reprepared);
    set_word(header, WORD_COLUMNS, i32::try_from(statement.column_count()).unwrap_or(i32::MAX));
}

/// Completes the header and makes the strings of the batch.
fn finish<'call>(
    call: &Call<'call>,
    header: &mut [u64],
    batch: &RowBatch<'_>,
    extras: Extras<'_, 'call>,
) -> Result<Option<Value<'call>>> {
    set_word(header, WORD_ROWS, i32::try_from(batch.rows()).unwrap_or(i32::MAX));
    let text = batch.text();
    if batch.has_extras() {
        let mut values =
            vec![call.one_byte_string(&text.one_byte)?, call.two_byte_string(&text.two_byte)?];
        values.extend(extras.into_values());
        let flags = word(header, WORD_BATCH_FLAGS);
        set_word(header, WORD_BATCH_FLAGS, flags | BATCH_EXTRAS);
        return call.array(&values).map(Some);
    }
    if text.one_byte.is_empty() {
        return Ok(None);
    }
    call.one_byte_string(&text.one_byte).map(Some)
}

pub(super) fn set_changes(header: &mut [u64], changes: Changes) {
    #[expect(clippy::cast_precision_loss, reason = "the contract answers with numbers")]
    let (count, rowid) = (changes.changes as f64, changes.last_insert_rowid as f64);
    header[SLOT_CHANGES] = count.to_bits();
    header[SLOT_LAST_ROWID] = rowid.to_bits();
    header[SLOT_LAST_ROWID_EXACT] = changes.last_insert_rowid.cast_unsigned();
}

pub(super) fn fail(environment: &Environment, header: &mut [u64], error: Error) {
    set_word(header, WORD_STATUS, error.status());
    environment.fail(error);
}

impl Request {
    fn integers(&self) -> Integers {
        if self.flags & CALL_SAFE_INTEGERS == 0 { Integers::Number } else { Integers::BigInt }
    }

    fn detaches_text(&self) -> bool {
        self.flags & CALL_DETACH_TEXT != 0
    }

    fn read(header: &[u64]) -> Self {
        Self {
            statement: usize::try_from(word(header, WORD_STATEMENT)).unwrap_or(usize::MAX),
            operation: word(header, WORD_OPERATION),
            max_rows: usize::try_from(word(header, WORD_MAX_ROWS)).unwrap_or(0),
            parameters: word(header, WORD_PARAMETERS),
            flags: word(header, WORD_CALL_FLAGS),
        }
    }
}

/// The low word of a slot.
fn low_word(slot: u64) -> i32 {
    let low = slot & u64::from(u32::MAX);
    u32::try_from(low).unwrap_or(0).cast_signed()
}

pub(super) fn word(header: &[u64], index: usize) -> i32 {
    low_word(header[index / 2] >> (32 * (index % 2)))
}

pub(super) fn set_word(header: &mut [u64], index: usize, value: i32) {
    let shift = 32 * (index % 2);
    let cleared = header[index / 2] & !(u64::from(u32::MAX) << shift);
    header[index / 2] = cleared | u64::from(value.cast_unsigned()) << shift;
}
