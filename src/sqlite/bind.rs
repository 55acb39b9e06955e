//! Binding of parameter values.

use std::ffi::c_int;

use rusqlite::ffi;

use super::handle::Handle;
use super::parameters::{Parameter, Parameters};
use crate::error::{Error, Kind, Result};

/// `SQLITE_UTF8`, in the type that `sqlite3_bind_text64` takes.
const UTF8: u8 = 1;
const _: () = assert!(ffi::SQLITE_UTF8 == 1);

/// Binds every value to the parameter of its position.
///
/// # Safety
///
/// 1. `stmt` is live, was prepared by `handle`, and is not running.
/// 2. `parameters` is neither changed nor dropped before `stmt` is bound again, its bindings are
///    cleared, or it is finalized: SQLite keeps pointers into it.
pub(super) unsafe fn bind_all(
    handle: &Handle,
    stmt: *mut ffi::sqlite3_stmt,
    parameters: &Parameters,
) -> Result<()> {
    let bytes = parameters.bytes();
    for (index, value) in (1..).zip(parameters.values()) {
        let code = match value {
            // SAFETY: (1).
            Parameter::Null => unsafe { ffi::sqlite3_bind_null(stmt, index) },
            // SAFETY: (1).
            Parameter::Integer(value) => unsafe { ffi::sqlite3_bind_int64(stmt, index, *value) },
            // SAFETY: (1).
            Parameter::Real(value) => unsafe { ffi::sqlite3_bind_double(stmt, index, *value) },
            Parameter::Text(range) => {
                // SAFETY: (1).
                unsafe { bind_text(stmt, index, &bytes[range.clone()]) }
            }
            Parameter::Blob(range) => {
                // SAFETY: (1).
                unsafe { bind_blob(stmt, index, &bytes[range.clone()]) }
            }
        };
        if code != ffi::SQLITE_OK {
            return Err(bind_error(handle, code));
        }
    }
    Ok(())
}

/// Binds a text without copying it.
///
/// # Safety
///
/// As for [`bind_all`], with `text` in the place of the parameters.
unsafe fn bind_text(stmt: *mut ffi::sqlite3_stmt, index: c_int, text: &[u8]) -> c_int {
    let size = text.len() as u64;
    // SAFETY: promise 1 for the statement, promise 2 for the bytes that SQLITE_STATIC leaves here.
    unsafe {
        ffi::sqlite3_bind_text64(
            stmt,
            index,
            text.as_ptr().cast(),
            size,
            ffi::SQLITE_STATIC(),
            UTF8,
        )
    }
}

/// Binds a blob without copying it. An empty one stays a blob: the pointer is never null.
///
/// # Safety
///
/// As for [`bind_all`], with `blob` in the place of the parameters.
unsafe fn bind_blob(stmt: *mut ffi::sqlite3_stmt, index: c_int, blob: &[u8]) -> c_int {
    let size = blob.len() as u64;
    // SAFETY: as in `bind_text`.
    unsafe {
        ffi::sqlite3_bind_blob64(stmt, index, blob.as_ptr().cast(), size, ffi::SQLITE_STATIC())
    }
}

fn bind_error(handle: &Handle, code: c_int) -> Error {
    match code & 0xff {
        ffi::SQLITE_TOOBIG => Error::of(Kind::TooBig, "the bound value is too big"),
        ffi::SQLITE_NOMEM => Error::of(Kind::NoMemory, "out of memory"),
        _ => Error { kind: Kind::Bind, ..handle.error(code) },
    }
}
