//! Values on their way between SQLite and callbacks.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::row::Cell;
use crate::error::{Error, Kind, Result};

/// What SQLite reports where a callback has panicked.
pub(super) const DEFECT: &str = "ferrolite: a defect in the addon was caught; please report it";

/// A value that a callback gives to SQLite, owned until SQLite has copied it.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double; SQLite makes NULL of NaN.
    Real(f64),
    /// UTF-8 text.
    Text(Vec<u8>),
    /// A blob.
    Blob(Vec<u8>),
}

impl ToSql for Output {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(utf8) => ValueRef::Text(utf8),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Output {
    /// The value, borrowed.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(value) => Cell::Integer(*value),
            Self::Real(value) => Cell::Real(*value),
            Self::Text(utf8) => Cell::Text(utf8),
            Self::Blob(bytes) => Cell::Blob(bytes),
        }
    }
}

impl From<Cell<'_>> for Output {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(value) => Self::Integer(value),
            Cell::Real(value) => Self::Real(value),
            Cell::Text(utf8) => Self::Text(utf8.to_vec()),
            Cell::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl<'value> From<ValueRef<'value>> for Cell<'value> {
    fn from(value: ValueRef<'value>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(utf8) => Self::Text(utf8),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

/// The code that SQLite reports for the failure of a callback; `None` where its message says more.
pub(super) fn code_of(error: &Error) -> Option<c_int> {
    match error.kind {
        Kind::TooBig => Some(rusqlite::ffi::SQLITE_TOOBIG),
        Kind::NoMemory => Some(rusqlite::ffi::SQLITE_NOMEM),
        _ => None,
    }
}

/// What SQLite reports for the failure of a callback, where the callback has not left a better one.
fn callback_error(error: Error) -> rusqlite::Error {
    match code_of(&error) {
        Some(code) => rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None),
        None => rusqlite::Error::UserFunctionError(error.message.into()),
    }
}

/// Runs what may call the user's code: a panic must not reach SQLite.
pub(super) fn fenced<T>(call: impl FnOnce() -> Result<T>) -> rusqlite::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).map_or_else(
        |_| Err(rusqlite::Error::UserFunctionError(DEFECT.into())),
        |called| called.map_err(callback_error),
    )
}

/// Something that stays on its connection's thread, where rusqlite asks for more.
pub(super) struct OneThread<T>(pub(super) T);

// SAFETY: a connection and all that belongs to it is used by one thread (promise 2 of the module).
unsafe impl<T> Send for OneThread<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for OneThread<T> {}
