//! Online backup: the pages of a schema, copied into the main database of another connection.
//!
//! rusqlite's `backup` feature is not used: its `Backup` borrows both connections, which a value that
//! JavaScript holds cannot, it waits for locks inside a step, and it takes extended busy codes for
//! fatal ones. See <https://sqlite.org/c3ref/backup_finish.html>.

use std::ffi::{CString, c_int};
use std::path::PathBuf;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use rusqlite::ffi;

use super::c_path;
use super::handle::{Handle, error_for};
use crate::error::{Error, Kind, Result};

unsafe extern "C" {
    /// See `csrc/engine.c`.
    fn frl_backup_step(backup: *mut ffi::sqlite3_backup, pages: c_int) -> c_int;
    /// See `csrc/engine.c`.
    fn frl_busy_timeout(db: *mut ffi::sqlite3) -> c_int;
}

/// What a step that succeeded has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupStep {
    /// Pages to copy.
    More,
    /// Nothing: the target is whole and committed.
    Done,
}

/// A backup under way. The target is locked from the first step that succeeds until the end; without
/// one that was [`BackupStep::Done`] the end rolls it back.
pub struct RawBackup {
    /// `None` until the next step begins anew. Finished before the connections go.
    backup: Option<NonNull<ffi::sqlite3_backup>>,
    source: Rc<Handle>,
    schema: CString,
    /// Used by nobody else, as SQLite demands.
    target: Handle,
}

impl RawBackup {
    /// Prepares to copy `schema` of `source`; nothing is read or written yet.
    ///
    /// # Errors
    ///
    /// `SQLITE_ERROR` if there is no such schema, or if only one of the databases is encrypted.
    pub fn start(source: Rc<Handle>, schema: &str, target: Handle) -> Result<Self> {
        let schema = source.schema_name(schema)?;
        let mut backup = Self { backup: None, source, schema, target };
        backup.begin()?;
        Ok(backup)
    }

    fn begin(&mut self) -> Result<NonNull<ffi::sqlite3_backup>> {
        if let Some(backup) = self.backup {
            return Ok(backup);
        }
        // SAFETY: both handles are open (promise 1 of the module) and owned by `self`, which
        // finishes the backup before it lets go of them; the names end with NUL.
        let backup = unsafe {
            ffi::sqlite3_backup_init(
                self.target.raw(),
                c"main".as_ptr(),
                self.source.raw(),
                self.schema.as_ptr(),
            )
        };
        self.backup = NonNull::new(backup);
        self.backup.ok_or_else(|| self.target.last_error())
    }

    /// Copies up to `pages` pages without waiting for a lock.
    ///
    /// # Errors
    ///
    /// After `SQLITE_BUSY` and `SQLITE_LOCKED`, extended or not, another step may succeed; after other
    /// codes none does.
    pub fn step(&mut self, pages: c_int) -> Result<BackupStep> {
        let backup = self.begin()?;
        // SAFETY: `backup` is live, and so are its connections.
        match unsafe { frl_backup_step(backup.as_ptr(), pages) } {
            ffi::SQLITE_OK => Ok(BackupStep::More),
            ffi::SQLITE_DONE => Ok(BackupStep::Done),
            code => {
                // SQLite repeats an extended code for ever: only a new backup can go on.
                if matches!(code & 0xff, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) && code > 0xff {
                    self.finish();
                }
                Err(error_for(code))
            }
        }
    }

    /// How many pages the source had at the last step that succeeded, and how many of them are left.
    pub fn pages(&self) -> (c_int, c_int) {
        self.backup.map_or((0, 0), |backup| {
            // SAFETY: `backup` is live.
            let total = unsafe { ffi::sqlite3_backup_pagecount(backup.as_ptr()) };
            // SAFETY: as above.
            let remaining = unsafe { ffi::sqlite3_backup_remaining(backup.as_ptr()) };
            (total, remaining)
        })
    }

    /// Ends the backup and closes the target.
    ///
    /// # Errors
    ///
    /// `SQLITE_READONLY_DBMOVED` if the target's file is no longer where it was opened: then there is
    /// no backup, whatever the steps said.
    pub fn close(mut self) -> Result<()> {
        self.finish();
        if self.target.has_moved() {
            return Err(Error {
                kind: Kind::Sqlite,
                code: ffi::SQLITE_READONLY_DBMOVED,
                message: "the backup was moved or deleted while it was written".to_owned(),
                offset: None,
            });
        }
        Ok(())
    }

    fn finish(&mut self) {
        if let Some(backup) = self.backup.take() {
            // SAFETY: `backup` is live and not used again. The code that this repeats was reported by
            // the step that met it.
            unsafe { ffi::sqlite3_backup_finish(backup.as_ptr()) };
        }
    }
}

impl Drop for RawBackup {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Handle {
    /// How long a statement of this connection waits for a lock, in milliseconds.
    pub fn busy_timeout(&self) -> c_int {
        // SAFETY: the handle is open (promise 1 of the module).
        unsafe { frl_busy_timeout(self.raw()) }
    }

    /// The full path of a schema's file; `None` if it has none, or there is no such schema.
    pub fn file_of(&self, schema: &str) -> Option<PathBuf> {
        let schema = CString::new(schema).ok()?;
        // SAFETY: the handle is open (promise 1 of the module) and the name ends with NUL.
        let name = unsafe { ffi::sqlite3_db_filename(self.raw(), schema.as_ptr()) };
        // SAFETY: null, or a text of SQLite's that lives as long as the database is attached.
        unsafe { c_path(name) }
    }

    /// Whether the main database has no file any more where it was opened.
    pub fn has_moved(&self) -> bool {
        let mut moved: c_int = 0;
        // SAFETY: the handle is open (promise 1 of the module), the name ends with NUL, and this
        // operation writes an int. Where the system does not know, nothing is written.
        unsafe {
            ffi::sqlite3_file_control(
                self.raw(),
                c"main".as_ptr(),
                ffi::SQLITE_FCNTL_HAS_MOVED,
                (&raw mut moved).cast(),
            )
        };
        moved != 0 || self.file_of("main").is_none_or(|file| !file.exists())
    }
}

/// The path that SQLite opens for `name`: absolute, and without symbolic links. `None` where SQLite
/// cannot tell.
pub fn full_path(name: &str) -> Option<PathBuf> {
    let name = CString::new(name).ok()?;
    // SAFETY: null asks for the default file system, which is there for as long as the process.
    let system = NonNull::new(unsafe { ffi::sqlite3_vfs_find(ptr::null()) })?;
    // SAFETY: as above; nobody changes it.
    let vfs = unsafe { system.as_ref() };
    let (resolve, size) = (vfs.xFullPathname?, vfs.mxPathname.checked_add(1)?);
    let mut path = vec![0; usize::try_from(size).ok()?];
    // SAFETY: the function is that of `system`; the name ends with NUL; `path` has `size` bytes.
    let code = unsafe { resolve(system.as_ptr(), name.as_ptr(), size, path.as_mut_ptr()) };
    if !matches!(code, ffi::SQLITE_OK | ffi::SQLITE_OK_SYMLINK) {
        return None;
    }
    // SAFETY: SQLite ends the path with NUL within the buffer.
    unsafe { c_path(path.as_ptr()) }
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
