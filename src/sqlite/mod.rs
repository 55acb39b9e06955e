//! The boundary to the C library: safe types over SQLite's handles.
//!
//! `unsafe` and `rusqlite::ffi` live in this folder (the raw Node-API calls in `addon/raw` are
//! the only other place with `unsafe`). Two promises make everything here sound:
//!
//! 1. A [`Handle`] is open for as long as it exists, and every [`RawStatement`] keeps the handle
//!    that prepared it alive.
//! 2. Neither type is `Sync`, and handles are shared by `Rc`: one thread uses a connection at a
//!    time, which is what `SQLITE_THREADSAFE=2` asks for.
//!
//! Nothing here decides anything: no defaults, no policy, no JavaScript.
#![expect(unsafe_code, reason = "this folder is the boundary to C")]

mod backup;
mod bind;
#[cfg(test)]
mod callback_tests;
mod descriptors;
mod ending;
mod expression;
mod extension;
mod function;
mod given_rows;
#[cfg(test)]
mod given_rows_tests;
mod guard;
mod handle;
mod locks;
mod parameters;
mod readers;
mod row;
mod scalar;
mod serialize;
mod statement;
mod status;
mod value;
mod vtab;
mod wal;
mod watch;

pub use backup::{BackupStep, RawBackup, full_path};
pub use descriptors::Descriptors;
pub use ending::OpenFile;
pub use expression::Expression;
pub use function::{AggregateFunction, Arguments, FunctionOptions};
pub use guard::{Rule, Seen};
pub use handle::{Handle, Log, OpenMode};
pub use locks::{
    ConnectionLocks, FileLocks, ForeignDescriptor, Held, Lock, foreign_descriptors, lock_state,
    lost_files,
};
pub use parameters::{Parameter, Parameters};
pub use readers::{WalReader, WhoReads, connections_to};
pub use row::{Cell, Row};
pub use scalar::{ScalarCall, ScalarFunction};
pub use serialize::serialize;
pub use statement::{ColumnInfo, RawStatement, Step};
pub use status::{ConnectionStatus, Plain};
pub use value::Output;
pub use vtab::{Rows, TableDefinition, TableModule, TableSource};
pub use wal::{CheckpointMode, CheckpointOutcome, Interrupter};
pub use watch::Waiting;

use std::ffi::{CStr, c_char};
use std::path::PathBuf;

/// Copies a C string that SQLite ends with NUL by its own definition: names and messages, never
/// values. Invalid UTF-8 becomes U+FFFD; a null pointer gives `None`.
///
/// # Safety
///
/// `text` is null or points at a NUL-terminated string that lives during the call.
#[expect(clippy::disallowed_methods, reason = "the one place for strings that cannot hold NUL")]
unsafe fn c_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Copies a path that SQLite ends with NUL. An empty one, and a null pointer, give `None`.
///
/// # Safety
///
/// As for [`c_text`].
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a path cannot hold NUL")]
unsafe fn c_path(path: *const c_char) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
    (!bytes.is_empty()).then(|| std::ffi::OsStr::from_bytes(bytes).into())
}

/// Copies a path that SQLite ends with NUL. An empty one, and a null pointer, give `None`.
///
/// # Safety
///
/// As for [`c_text`].
#[cfg(not(unix))]
unsafe fn c_path(path: *const c_char) -> Option<PathBuf> {
    // SAFETY: the caller's promise.
    unsafe { c_text(path) }.filter(|path| !path.is_empty()).map(PathBuf::from)
}
