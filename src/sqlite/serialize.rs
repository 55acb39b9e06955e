//! Databases as bytes: an image of a schema, and a connection to an image.
//!
//! Opening an image is rusqlite's `serialize` feature. Making one is not: rusqlite wants the
//! connection for itself, while a handle is shared with its statements, and `sqlite3_serialize`
//! makes a copy of its own and puts zeros in the place of pages that it cannot read. `frl_image` in
//! `csrc/engine.c` copies pages straight into the caller's memory and reports the first that fails.

use std::ffi::{CString, c_char, c_int, c_uchar};
use std::io::Read;
use std::ptr::NonNull;
use std::rc::Rc;
use std::slice;

use rusqlite::serialize::OwnedData;
use rusqlite::{MAIN_DB, ffi};

use super::handle::{Handle, OpenMode, error_for};
use super::statement::RawStatement;
use crate::error::{Error, Kind, Result};

unsafe extern "C" {
    /// See `csrc/engine.c`.
    fn frl_image(
        db: *mut ffi::sqlite3,
        schema: *const c_char,
        target: *mut c_uchar,
        capacity: i64,
        size: *mut i64,
    ) -> c_int;
}

impl Handle {
    /// Opens a database in memory with the `size` bytes of an image that `image` gives.
    ///
    /// The bytes are copied. Whether they are a database shows at the first query; an image of a
    /// database in WAL mode answers every query with `SQLITE_CANTOPEN`.
    /// See <https://sqlite.org/c3ref/deserialize.html>.
    pub fn open_image(
        image: impl Read,
        size: usize,
        readonly: bool,
        busy_timeout_ms: c_int,
    ) -> Result<Self> {
        let mut handle = Self::open(":memory:", OpenMode::Create, false, busy_timeout_ms)?;
        let connection = handle.connection_mut();
        let opened = if size == 0 {
            connection.deserialize(MAIN_DB, no_bytes()?, readonly)
        } else {
            connection.deserialize_read_exact(MAIN_DB, image, size, readonly)
        };
        opened.map(|()| handle).map_err(|error| match error {
            rusqlite::Error::SqliteFailure(failure, _)
                if failure.extended_code == ffi::SQLITE_NOMEM =>
            {
                no_memory()
            }
            rusqlite::Error::SqliteFailure(failure, _) => error_for(failure.extended_code),
            _ => error_for(ffi::SQLITE_ERROR),
        })
    }

    /// A schema's name for C.
    ///
    /// # Errors
    ///
    /// `SQLITE_ERROR`, in the words of SQLite's backup, if the connection has no such schema.
    pub(super) fn schema_name(&self, name: &str) -> Result<CString> {
        let known = CString::new(name).ok().filter(|name| {
            // SAFETY: the handle is open (promise 1 of the module) and the name ends with NUL.
            unsafe { ffi::sqlite3_txn_state(self.raw(), name.as_ptr()) >= 0 }
        });
        known.ok_or_else(|| Error {
            kind: Kind::Sqlite,
            code: ffi::SQLITE_ERROR,
            message: format!("unknown database {name}"),
            offset: None,
        })
    }
}

/// Writes an image of `schema` into `target`, and answers how many bytes it has. Nothing is written
/// unless `target` has exactly that size.
///
/// An empty database is given its first page if it may be written, and has no bytes otherwise. What
/// an open transaction has changed is part of the image.
///
/// # Errors
///
/// `SQLITE_ERROR` if the connection has no such schema; what reading the database meets.
pub fn serialize(handle: &Rc<Handle>, schema: &str, target: &mut [u8]) -> Result<usize> {
    let name = handle.schema_name(schema)?;
    // SQLite opens temp when it is first used.
    let _temp =
        if schema.eq_ignore_ascii_case("temp") { Some(read(handle, schema)?) } else { None };
    let mut size = -1;
    // SAFETY: the handle is open (promise 1 of the module), the name ends with NUL, `size` lives
    // during the call.
    let bytes = unsafe {
        ffi::sqlite3_serialize(
            handle.raw(),
            name.as_ptr(),
            &raw mut size,
            ffi::SQLITE_SERIALIZE_NOCOPY,
        )
    };
    if size < 0 {
        let error = handle.last_error();
        return Err(if error.code == ffi::SQLITE_OK { no_memory() } else { error });
    }
    if bytes.is_null() {
        return copy_pages(handle, schema, &name, target);
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // SAFETY: the database is one contiguous image of `size` bytes at `bytes`, and nothing uses the
    // connection while they are borrowed.
    let image = unsafe { slice::from_raw_parts(bytes, size) };
    if size == target.len() {
        target.copy_from_slice(image);
    }
    Ok(size)
}

fn copy_pages(
    handle: &Rc<Handle>,
    schema: &str,
    name: &CString,
    target: &mut [u8],
) -> Result<usize> {
    let _transaction = read(handle, schema)?;
    let mut size = 0;
    let capacity = i64::try_from(target.len()).unwrap_or(i64::MAX);
    // SAFETY: the handle is open (promise 1 of the module) and reads, `target` has `capacity` bytes,
    // the rest lives during the call.
    let code = unsafe {
        frl_image(handle.raw(), name.as_ptr(), target.as_mut_ptr(), capacity, &raw mut size)
    };
    if code == ffi::SQLITE_OK {
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    } else {
        Err(handle.error(code))
    }
}

/// Begins to read a schema: its pages stay as they are until the statement is dropped.
fn read(handle: &Rc<Handle>, schema: &str) -> Result<RawStatement> {
    let sql = format!("PRAGMA \"{}\".page_count", schema.replace('"', "\"\""));
    let mut statement = RawStatement::prepare(handle, sql)?;
    statement.step()?;
    Ok(statement)
}

/// An image without bytes, in memory of SQLite's as it demands.
fn no_bytes() -> Result<OwnedData> {
    // SAFETY: any size is allowed; without memory the answer is null.
    let memory = unsafe { ffi::sqlite3_malloc64(1) };
    let memory = NonNull::new(memory.cast::<u8>()).ok_or_else(no_memory)?;
    // SAFETY: `memory` is SQLite's own; none of its bytes are part of the image.
    Ok(unsafe { OwnedData::from_raw_nonnull(memory, 0) })
}

fn no_memory() -> Error {
    Error::of(Kind::NoMemory, "out of memory")
}

#[cfg(test)]
#[path = "serialize_tests.rs"]
mod tests;
