//! Databases on file descriptors that the caller has opened; `csrc/fd_vfs.c` does the work.

use std::ffi::{CString, c_char, c_int};
use std::ptr;

use rusqlite::ffi;

use super::c_text;
use super::handle::{Handle, OpenMode};
use super::locks::watch_descriptors;
use crate::error::{Error, Kind, Result};

/// `FRL_FCNTL_TAKE_REFUSAL` of `csrc/fd_vfs.c`.
const TAKE_REFUSAL: c_int = 0x4672_4c01;
/// `FRL_FCNTL_FILE_NUMBER` of `csrc/fd_vfs.c`.
const FILE_NUMBER: c_int = 0x4672_4c02;

unsafe extern "C" {
    fn frl_fd_fault(fd: c_int, journal_fd: c_int, readonly: c_int) -> c_int;
    fn frl_fd_open(
        fd: c_int,
        journal_fd: c_int,
        flags: c_int,
        db: *mut *mut ffi::sqlite3,
        refusal: *mut *const c_char,
    ) -> c_int;
}

/// The numbers of two open files: the database, and what serves it as rollback journal.
///
/// Only numbers: they stay the caller's to close. POSIX drops a process's locks on a file when any of
/// its descriptors of that file is closed, so closing them while a transaction is open loses its locks.
#[derive(Debug, Clone, Copy)]
pub struct Descriptors {
    /// The database's.
    pub database: c_int,
    /// The journal's.
    pub journal: c_int,
}

impl Descriptors {
    /// What keeps a database from being opened on them: 0, or a number that `csrc/fd_vfs.c` defines
    /// and `ts/core/descriptors.ts` has the texts for.
    pub fn fault(self, readonly: bool) -> c_int {
        // SAFETY: any numbers are allowed; nothing is opened or closed.
        unsafe { frl_fd_fault(self.database, self.journal, c_int::from(readonly)) }
    }
}

impl Handle {
    /// Opens a database on copies of descriptors that have no [fault](Descriptors::fault).
    ///
    /// Of `mode`, [`OpenMode::Create`] only says that `ATTACH` may create files.
    ///
    /// # Errors
    ///
    /// `SQLITE_CANTOPEN` where another connection of the process uses one of the files otherwise.
    pub fn open_descriptors(
        descriptors: Descriptors,
        mode: OpenMode,
        uri: bool,
        busy_timeout_ms: c_int,
    ) -> Result<Self> {
        watch_descriptors();
        let flags = mode.flags(uri);
        let Descriptors { database, journal } = descriptors;
        let (mut db, mut refusal) = (ptr::null_mut(), ptr::null());
        // SAFETY: both pointers live during the call; the numbers may be any.
        let code = unsafe { frl_fd_open(database, journal, flags, &raw mut db, &raw mut refusal) };
        // SAFETY: null, or a text of static life.
        if let Some(message) = unsafe { c_text(refusal) } {
            return Err(Error { kind: Kind::Sqlite, code, message, offset: None });
        }
        // SAFETY: `db` was just opened and is owned by nobody else; it is null when memory ran out.
        unsafe { Self::adopt(db, code, busy_timeout_ms) }
    }

    /// Device and number of a schema's file, if it was opened from a descriptor: it has no path.
    pub fn descriptor_file(&self, schema: &str) -> Option<(u64, u64)> {
        let schema = CString::new(schema).ok()?;
        let mut number = [0_u64; 2];
        // SAFETY: the handle is open (promise 1 of the module) and the name ends with NUL; the control
        // writes two numbers, and other files do not know it.
        let code = unsafe {
            ffi::sqlite3_file_control(
                self.raw(),
                schema.as_ptr(),
                FILE_NUMBER,
                (&raw mut number).cast(),
            )
        };
        (code == ffi::SQLITE_OK && number != [0, 0]).then_some((number[0], number[1]))
    }
}

/// Whether SQLite calls a database on descriptors by `name`. Paths that it gives are absolute.
pub(super) fn is_descriptor_name(name: &str) -> bool {
    name.starts_with("fd:")
}

/// The reason that `csrc/fd_vfs.c` had for the last `SQLITE_CANTOPEN`, once; `None` where it was not
/// the one to refuse.
///
/// # Safety
///
/// `db` is an open handle, or one that failed to open, and no other thread uses it.
pub(super) unsafe fn take_refusal(db: *mut ffi::sqlite3) -> Option<String> {
    let mut refusal: *const c_char = ptr::null();
    // SAFETY: the caller's promise; the control writes one pointer, and other files do not know it.
    let code = unsafe {
        ffi::sqlite3_file_control(db, c"main".as_ptr(), TAKE_REFUSAL, (&raw mut refusal).cast())
    };
    if code != ffi::SQLITE_OK {
        return None;
    }
    // SAFETY: null, or a text of static life.
    unsafe { c_text(refusal) }
}

#[cfg(unix)]
#[cfg(test)]
#[path = "descriptors_tests.rs"]
mod tests;
