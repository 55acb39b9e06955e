//! Connections: open, execute, close.

use napi::Env;
use napi::bindgen_prelude::{ArrayBuffer, Error as NapiError, Result as NapiResult};
use napi_derive::napi;

use super::environment::Environment;
use super::error::settle;
use super::raw::is_running;
use crate::batch::layout::FORMAT_VERSION;
use crate::conn::{Connection, OpenOptions};
use crate::error::Result;
use crate::sqlite::{Descriptors, Handle, OpenMode, Waiting};

/// What a call answers that has left an error to be taken.
pub const FAILED: i32 = -1;

/// The version of the row-batch format that this addon writes.
#[napi(catch_unwind)]
pub fn format_version() -> i32 {
    FORMAT_VERSION
}

/// The version of the package that this addon belongs to.
#[napi(catch_unwind)]
pub fn package_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The buffer that holds the header, the cells and the blobs of each batch.
#[napi(catch_unwind)]
pub fn shared_buffer(env: Env) -> NapiResult<ArrayBuffer<'static>> {
    Environment::current(env)?.shared.array_buffer(env)
}

/// The buffer of parameter slots.
#[napi(catch_unwind)]
pub fn parameter_buffer(env: Env) -> NapiResult<ArrayBuffer<'static>> {
    Environment::current(env)?.parameters.array_buffer(env)
}

/// Adds the table of rows that statements are given to a connection; see `sqlite/given_rows.rs`.
#[napi(catch_unwind)]
pub fn define_given_rows(env: Env, database: u32) -> NapiResult<i32> {
    with_handle(env, database, Handle::define_given_rows)
}

/// Opens a database and answers its number. `mode`: 0 creates a missing file, 1 needs the file to
/// exist, 2 reads only, 3 reads a file that nothing changes. `uri`: names that begin with `file:` are
/// URIs.
#[napi(catch_unwind)]
pub fn open_database(
    env: Env,
    path: String,
    mode: u32,
    uri: bool,
    busy_timeout_ms: i32,
) -> NapiResult<i32> {
    let mode = open_mode(mode)?;
    let opened = Connection::open(&OpenOptions { path, mode, uri, busy_timeout_ms });
    number_database(env, opened)
}

/// What keeps a database from being opened on two file descriptors: 0, or a number of
/// `csrc/fd_vfs.c`.
#[napi(catch_unwind)]
pub fn descriptor_fault(database: i32, journal: i32, readonly: bool) -> i32 {
    Descriptors { database, journal }.fault(readonly)
}

/// Opens a database on copies of two file descriptors without fault, and answers its number. `mode`
/// and `uri` are those of [`open_database`].
#[napi(catch_unwind)]
pub fn open_descriptors(
    env: Env,
    database: i32,
    journal: i32,
    mode: u32,
    uri: bool,
    busy_timeout_ms: i32,
) -> NapiResult<i32> {
    let descriptors = Descriptors { database, journal };
    let options = OpenOptions { path: String::new(), mode: open_mode(mode)?, uri, busy_timeout_ms };
    number_database(env, Connection::open_descriptors(descriptors, &options))
}

/// Answers the number that a new connection gets.
pub fn number_database(env: Env, opened: Result<Connection>) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let opened = opened.map(|connection| number(environment.add_database(connection)));
    Ok(settle(&environment, opened, FAILED))
}

/// Does something with an open connection. Answers 0.
pub fn with_handle(
    env: Env,
    database: u32,
    act: impl FnOnce(&Handle) -> Result<()>,
) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let done = environment
        .database(database)
        .and_then(|connection| connection.handle())
        .and_then(|handle| act(&handle));
    Ok(settle(&environment, done.map(|()| 0), FAILED))
}

/// The mode of a number.
pub fn open_mode(mode: u32) -> NapiResult<OpenMode> {
    match mode {
        0 => Ok(OpenMode::Create),
        1 => Ok(OpenMode::ReadWrite),
        2 => Ok(OpenMode::ReadOnly),
        3 => Ok(OpenMode::ImmutableUri),
        _ => Err(NapiError::from_reason(format!("unknown open mode {mode}"))),
    }
}

/// Lets the end of this thread stop what the connection does and waits for.
#[napi(catch_unwind)]
pub fn end_with_thread(env: Env, database: u32) -> NapiResult<()> {
    let connection = Environment::current(env)?.database(database);
    if let Ok(handle) = connection.and_then(|connection| connection.handle()) {
        handle.watch(Box::new(move || is_running(env)), Waiting::BackingOff);
    }
    Ok(())
}

/// Runs every statement of `sql`. Answers 0.
#[napi(catch_unwind)]
pub fn execute_all(env: Env, database: u32, sql: String) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let done = environment.database(database).and_then(|connection| {
        let _sharing = environment.scopes.share();
        connection.execute_all(sql)
    });
    Ok(settle(&environment, done.map(|()| 0), FAILED))
}

/// Switches SQLite's defensive mode. Answers 0.
#[napi(catch_unwind)]
pub fn set_defensive(env: Env, database: u32, on: bool) -> NapiResult<i32> {
    with_handle(env, database, |handle| handle.set_defensive(on))
}

/// Loads an extension. Answers 0.
#[napi(catch_unwind)]
pub fn load_extension(
    env: Env,
    database: u32,
    path: String,
    entry_point: Option<String>,
) -> NapiResult<i32> {
    with_handle(env, database, |handle| handle.load_extension(&path, entry_point.as_deref()))
}

/// Whether a transaction is open.
#[napi(catch_unwind)]
pub fn in_transaction(env: Env, database: u32) -> NapiResult<bool> {
    let environment = Environment::current(env)?;
    Ok(environment.database(database).is_ok_and(|connection| connection.in_transaction()))
}

/// Finalizes the statements of a connection and closes it. Answers 0.
#[napi(catch_unwind)]
pub fn close_database(env: Env, database: u32) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let closed = environment.close_database(database);
    Ok(settle(&environment, closed.map(|()| 0), FAILED))
}

/// Closes a connection whose JavaScript object is gone. Answers 0.
#[napi(catch_unwind)]
pub fn release_database(env: Env, database: u32) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let released = environment.release_database(database);
    Ok(settle(&environment, released.map(|()| 0), FAILED))
}

/// The number of a new database or statement. There are never 2^31 of them: each takes kilobytes.
pub fn number(key: usize) -> i32 {
    i32::try_from(key).unwrap_or(i32::MAX)
}
