//! What SQLite counts of a connection, and small queries about a database.

use std::ffi::c_int;
use std::ptr;

use rusqlite::ffi;

use super::handle::Handle;
use crate::error::{Error, Kind, Result};

/// A cell of a small query.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// NULL, a real or a blob: nothing that such a query asks for.
    Other,
    /// An integer.
    Integer(i64),
    /// Text; invalid UTF-8 becomes U+FFFD.
    Text(String),
}

impl Plain {
    /// The integer, or 0.
    pub fn integer(&self) -> i64 {
        if let Self::Integer(value) = self { *value } else { 0 }
    }

    /// The text, or none of it.
    pub fn text(&self) -> String {
        if let Self::Text(value) = self { value.clone() } else { String::new() }
    }
}

/// The counters of a connection. See <https://sqlite.org/c3ref/c_dbstatus_options.html>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionStatus {
    /// Pages that were found in the cache.
    pub cache_hits: c_int,
    /// Pages that were not.
    pub cache_misses: c_int,
    /// Pages that were written.
    pub cache_writes: c_int,
    /// Pages that were written in the middle of a transaction, because the cache was full.
    pub cache_spills: c_int,
    /// Bytes of the cache.
    pub cache_bytes: c_int,
    /// Bytes of the schema.
    pub schema_bytes: c_int,
    /// Bytes of prepared statements.
    pub statement_bytes: c_int,
    /// Prepared statements.
    pub statements: u32,
    /// Those that stand on a row or are being executed.
    pub busy_statements: u32,
}

impl Handle {
    /// The counters of this connection, which go on counting.
    pub fn status(&self) -> ConnectionStatus {
        let (statements, busy_statements) = self.count_statements();
        ConnectionStatus {
            cache_hits: self.counter(ffi::SQLITE_DBSTATUS_CACHE_HIT),
            cache_misses: self.counter(ffi::SQLITE_DBSTATUS_CACHE_MISS),
            cache_writes: self.counter(ffi::SQLITE_DBSTATUS_CACHE_WRITE),
            cache_spills: self.counter(ffi::SQLITE_DBSTATUS_CACHE_SPILL),
            cache_bytes: self.counter(ffi::SQLITE_DBSTATUS_CACHE_USED),
            schema_bytes: self.counter(ffi::SQLITE_DBSTATUS_SCHEMA_USED),
            statement_bytes: self.counter(ffi::SQLITE_DBSTATUS_STMT_USED),
            statements,
            busy_statements,
        }
    }

    fn counter(&self, counter: c_int) -> c_int {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the handle is open (promise 1 of the module); both numbers live during the call, and
        // an unknown counter leaves them as they are.
        unsafe {
            ffi::sqlite3_db_status(self.raw(), counter, &raw mut current, &raw mut highest, 0)
        };
        current
    }

    fn count_statements(&self) -> (u32, u32) {
        let (mut all, mut busy) = (0, 0);
        let mut stmt = ptr::null_mut();
        loop {
            // SAFETY: the handle is open (promise 1 of the module); `stmt` is null or one of its
            // statements, of which none is finalized during the loop.
            stmt = unsafe { ffi::sqlite3_next_stmt(self.raw(), stmt) };
            if stmt.is_null() {
                return (all, busy);
            }
            all += 1;
            // SAFETY: `stmt` is a live statement, as above.
            busy += u32::from(unsafe { ffi::sqlite3_stmt_busy(stmt) } != 0);
        }
    }

    /// All rows of a query about the database.
    ///
    /// # Errors
    ///
    /// SQLite's codes.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<Plain>>> {
        let read = || -> rusqlite::Result<Vec<Vec<Plain>>> {
            let mut statement = self.connection().prepare(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|column| plain(row, column));
                all.push(cells.collect::<rusqlite::Result<_>>()?);
            }
            Ok(all)
        };
        read().map_err(|error| match error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let error = self.error(failure.extended_code);
                Error { message: message.unwrap_or(error.message), ..error }
            }
            error => Error::of(Kind::Sqlite, &error.to_string()),
        })
    }
}

fn plain(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Plain> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(value) => Plain::Integer(value),
        ValueRef::Text(text) => Plain::Text(String::from_utf8_lossy(text).into_owned()),
        _ => Plain::Other,
    })
}
