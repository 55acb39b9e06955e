//! What a connection needs to know and to undo when it ends without its user's doing.

use std::ffi::{c_char, c_int};
use std::ptr::{self, NonNull};

use rusqlite::ffi;

use super::c_text;
use super::descriptors::is_descriptor_name;
use super::handle::Handle;

unsafe extern "C" {
    /// In `csrc/engine.c`. `db` is open.
    fn frl_is_executing(db: *mut ffi::sqlite3) -> c_int;
}

/// A database file that a connection has open, and may leave a log beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// Its full path.
    pub path: String,
    /// Whether the connection may only read it.
    pub readonly: bool,
}

impl Handle {
    /// Whether a statement of this connection is executing or being compiled further up the stack.
    /// One that stands on a row and waits for its next step is not.
    pub fn is_executing(&self) -> bool {
        // SAFETY: the handle is open (promise 1 of the module).
        unsafe { frl_is_executing(self.raw()) != 0 }
    }

    /// Takes away everything by which SQLite could call back or wait while the connection ends.
    pub fn silence(&self) {
        let db = self.raw();
        // SAFETY: the handle is open (promise 1 of the module). This also replaces a busy handler.
        unsafe { ffi::sqlite3_busy_timeout(db, 0) };
        // SAFETY: as above; without a function there is nothing to call.
        unsafe { ffi::sqlite3_progress_handler(db, 0, None, ptr::null_mut()) };
        // SAFETY: as above.
        unsafe { ffi::sqlite3_trace_v2(db, 0, None, ptr::null_mut()) };
        // SAFETY: as above.
        unsafe { ffi::sqlite3_rollback_hook(db, None, ptr::null_mut()) };
        // SAFETY: as above.
        unsafe { ffi::sqlite3_set_authorizer(db, None, ptr::null_mut()) };
    }

    /// Sees to it that closing rolls back what a statement that writes has done so far. Outside of a
    /// transaction, finalizing a statement that has not come to its end would commit that.
    pub fn hold_back_writes(&self) {
        if self.is_autocommit() && self.has_paused_writer() {
            let begin = c"BEGIN".as_ptr();
            // SAFETY: the handle is open (promise 1 of the module), the text ends with NUL, and the
            // other arguments may be null. A failure leaves what finalizing does.
            unsafe { ffi::sqlite3_exec(self.raw(), begin, None, ptr::null_mut(), ptr::null_mut()) };
        }
    }

    /// Whether a statement that writes stands on a row.
    fn has_paused_writer(&self) -> bool {
        let mut stmt = ptr::null_mut();
        loop {
            // SAFETY: the handle is open (promise 1 of the module); `stmt` is null or one of its
            // statements, of which none is finalized during the loop.
            stmt = unsafe { ffi::sqlite3_next_stmt(self.raw(), stmt) };
            if stmt.is_null() {
                return false;
            }
            // SAFETY: `stmt` is a live statement, as above.
            let busy = unsafe { ffi::sqlite3_stmt_busy(stmt) } != 0;
            // SAFETY: as above.
            if busy && unsafe { ffi::sqlite3_stmt_readonly(stmt) } == 0 {
                return true;
            }
        }
    }

    /// The texts of the statements that stand on a row or are being executed.
    pub fn busy_statements(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let mut stmt = ptr::null_mut();
        loop {
            // SAFETY: as for `has_paused_writer`.
            stmt = unsafe { ffi::sqlite3_next_stmt(self.raw(), stmt) };
            if stmt.is_null() {
                return texts;
            }
            // SAFETY: `stmt` is a live statement, as above.
            if unsafe { ffi::sqlite3_stmt_busy(stmt) } == 0 {
                continue;
            }
            // SAFETY: as above.
            let text = unsafe { ffi::sqlite3_sql(stmt) };
            // SAFETY: null, or a text that lives as long as the statement.
            texts.extend(unsafe { c_text(text) });
        }
    }

    /// The files of the connection's databases, attached ones included. Those in memory, temporary
    /// and immutable ones and those on descriptors have no log and are not among them.
    pub fn open_files(&self) -> Vec<OpenFile> {
        (0..)
            .map_while(|index| NonNull::new(self.schema(index).cast_mut()))
            .filter_map(|schema| self.open_file(schema))
            .collect()
    }

    /// The name of the database at `index`, `main` being the first; null behind the last.
    fn schema(&self, index: c_int) -> *const c_char {
        // SAFETY: the handle is open (promise 1 of the module); SQLite answers null for an index
        // out of range.
        unsafe { ffi::sqlite3_db_name(self.raw(), index) }
    }

    /// The file of the database that `schema` names, one of [`Handle::schema`]'s answers.
    fn open_file(&self, schema: NonNull<c_char>) -> Option<OpenFile> {
        // SAFETY: the handle is open (promise 1 of the module), and the name is SQLite's own.
        let name = unsafe { ffi::sqlite3_db_filename(self.raw(), schema.as_ptr()) };
        // SAFETY: null, or a text of SQLite's that lives as long as the database is attached.
        let path =
            unsafe { c_text(name) }.filter(|path| !path.is_empty() && !is_descriptor_name(path))?;
        // SAFETY: `name` is a name that SQLite has given, which is what this function asks for.
        let immutable = unsafe { ffi::sqlite3_uri_boolean(name, c"immutable".as_ptr(), 0) } != 0;
        // SAFETY: as for the name.
        let readonly = unsafe { ffi::sqlite3_db_readonly(self.raw(), schema.as_ptr()) } != 0;
        (!immutable).then_some(OpenFile { path, readonly })
    }
}

#[cfg(test)]
#[path = "ending_tests.rs"]
mod tests;
