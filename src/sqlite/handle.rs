//! One open connection to a database file.

use std::cell::{Cell, OnceCell};
use std::ffi::{CString, c_int};
use std::fmt;
use std::ptr;

use rusqlite::ffi;

use super::c_text;
use super::descriptors::take_refusal;
use super::guard::Guard;
use super::locks::watch_descriptors;
use super::readers::Listed;
use super::watch::Watch;
use crate::error::{Error, Kind, Result};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Reading only; the file must exist.
    ReadOnly,
    /// Reading and writing; the file must exist.
    ReadWrite,
    /// Reading and writing; a missing file is created.
    Create,
    /// Reading a file that nothing changes: no locks, no log. The path is a `file:` URI.
    /// See <https://sqlite.org/uri.html#uriimmutable>.
    ImmutableUri,
}

impl OpenMode {
    /// The flags of `sqlite3_open_v2()`.
    pub(super) fn flags(self, uri: bool) -> c_int {
        ffi::SQLITE_OPEN_NOMUTEX
            | ffi::SQLITE_OPEN_EXRESCODE
            | if uri { ffi::SQLITE_OPEN_URI } else { 0 }
            | match self {
                Self::ReadOnly => ffi::SQLITE_OPEN_READONLY,
                Self::ReadWrite => ffi::SQLITE_OPEN_READWRITE,
                Self::Create => ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE,
                Self::ImmutableUri => ffi::SQLITE_OPEN_READONLY | ffi::SQLITE_OPEN_URI,
            }
    }
}

/// The largest string, blob and SQL text: better-sqlite3's limit, below V8's longest string.
pub const MAX_LENGTH: usize = (1 << 29) - 24;

/// Hears of every statement before it executes.
pub trait Log: 'static {
    /// `sql` is the statement with its parameters' values in place. An error keeps it from executing.
    fn log(&self, sql: &[u8]) -> Result<()>;
}

/// An open connection, closed when the last owner drops it.
pub struct Handle {
    /// Before the connection, which is closed after it is dropped.
    pub(super) listed: Listed,
    connection: rusqlite::Connection,
    log: OnceCell<Box<dyn Log>>,
    has_callbacks: Cell<bool>,
    /// After the connection, which must be closed before this and the next are dropped.
    pub(super) watch: OnceCell<Box<Watch>>,
    pub(super) guard: OnceCell<Box<Guard>>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Handle {
    /// Opens `path`, with extended result codes and SQLite's defensive mode.
    ///
    /// `""` is a temporary file, `":memory:"` a database in memory. With `uri`, names that begin
    /// with `file:` are URIs, here and in `ATTACH`.
    ///
    /// # Errors
    ///
    /// [`Kind::BadPath`] for a path with a NUL byte, otherwise SQLite's own codes.
    /// See <https://sqlite.org/c3ref/open.html>.
    pub fn open(path: &str, mode: OpenMode, uri: bool, busy_timeout_ms: c_int) -> Result<Self> {
        let path = CString::new(path)
            .map_err(|_| Error::of(Kind::BadPath, "the path holds a NUL byte"))?;
        watch_descriptors();
        let flags = mode.flags(uri);
        let mut db = ptr::null_mut();
        // SAFETY: the path ends with NUL and `db` receives the handle; both live during the call.
        let code = unsafe { ffi::sqlite3_open_v2(path.as_ptr(), &raw mut db, flags, ptr::null()) };
        // SAFETY: `db` was just opened and is owned by nobody else; it is null when memory ran out.
        unsafe { Self::adopt(db, code, busy_timeout_ms) }
    }

    /// Takes over what an open call answered with `code`, and configures it.
    ///
    /// # Safety
    ///
    /// `db` is null, or the handle of that call, and nobody else has it.
    pub(super) unsafe fn adopt(
        db: *mut ffi::sqlite3,
        code: c_int,
        busy_timeout_ms: c_int,
    ) -> Result<Self> {
        if db.is_null() {
            return Err(Error::of(Kind::NoMemory, "out of memory"));
        }
        if code != ffi::SQLITE_OK {
            let error = error_of(db, code);
            // SAFETY: a handle that failed to open must be closed; nobody else has it (the caller's promise).
            unsafe { ffi::sqlite3_close(db) };
            return Err(error);
        }
        // SAFETY: `db` is open, and owned by nobody else (the caller's promise).
        let connection = unsafe { rusqlite::Connection::from_handle_owned(db) }
            .map_err(|error| Error::of(Kind::Sqlite, &error.to_string()))?;
        let handle = Self {
            listed: Listed::new(db),
            connection,
            log: OnceCell::new(),
            has_callbacks: Cell::new(false),
            watch: OnceCell::new(),
            guard: OnceCell::new(),
        };
        handle.configure(busy_timeout_ms)?;
        Ok(handle)
    }

    fn configure(&self, busy_timeout_ms: c_int) -> Result<()> {
        let db = self.raw();
        // SAFETY: `db` is open (promise 1 of the module).
        self.check(unsafe { ffi::sqlite3_busy_timeout(db, busy_timeout_ms) })?;
        let length = c_int::try_from(MAX_LENGTH).unwrap_or(c_int::MAX);
        for limit in [ffi::SQLITE_LIMIT_LENGTH, ffi::SQLITE_LIMIT_SQL_LENGTH] {
            // SAFETY: `db` is open, the limit is one of SQLite's.
            unsafe { ffi::sqlite3_limit(db, limit, length) };
        }
        self.allow_extensions()?;
        self.set_defensive(true)
    }

    /// Whether SQL is kept from damaging the file on purpose.
    /// See <https://sqlite.org/c3ref/c_dbconfig_defensive.html>.
    pub fn set_defensive(&self, on: bool) -> Result<()> {
        self.connection
            .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, on)
            .map(|_| ())
            .map_err(|_| self.error(ffi::SQLITE_ERROR))
    }

    /// Makes `log` hear of every statement. Once only: a second one is dropped.
    pub fn set_log(&self, log: Box<dyn Log>) {
        if self.log.set(log).is_ok() {
            self.has_callbacks.set(true);
        }
    }

    /// Who hears of every statement.
    pub(super) fn log(&self) -> Option<&dyn Log> {
        self.log.get().map(AsRef::as_ref)
    }

    /// Whether code of the user can run while a statement is compiled or executed.
    pub fn has_callbacks(&self) -> bool {
        self.has_callbacks.get()
    }

    /// A callback was registered.
    pub(super) fn now_has_callbacks(&self) {
        self.has_callbacks.set(true);
    }

    /// What rusqlite answered to the registration of a callback.
    pub(super) fn check_callback(&self, created: rusqlite::Result<()>) -> Result<()> {
        match created {
            Ok(()) => {
                self.now_has_callbacks();
                Ok(())
            }
            Err(rusqlite::Error::SqliteFailure(failure, message)) => {
                let error = self.error(failure.extended_code);
                Err(Error { message: message.unwrap_or(error.message), ..error })
            }
            Err(rusqlite::Error::NulError(_)) => {
                Err(Error::of(Kind::BadPath, "the name holds a NUL byte"))
            }
            Err(error) => Err(Error::of(Kind::Sqlite, &error.to_string())),
        }
    }

    /// The connection as rusqlite has it.
    pub(super) fn connection(&self) -> &rusqlite::Connection {
        &self.connection
    }

    /// The C handle. It is open for as long as `self` exists.
    pub(super) fn raw(&self) -> *mut ffi::sqlite3 {
        // SAFETY: the pointer is only read; nothing here closes it.
        unsafe { self.connection.handle() }
    }

    /// rusqlite's connection, for what needs it alone: no statement exists yet.
    pub(super) fn connection_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.connection
    }

    /// Whether no transaction is open. See <https://sqlite.org/c3ref/get_autocommit.html>.
    pub fn is_autocommit(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Rows changed by the last completed statement, without triggers and foreign-key actions.
    pub fn changes(&self) -> i64 {
        // SAFETY: the handle is open (promise 1 of the module).
        unsafe { ffi::sqlite3_changes64(self.raw()) }
    }

    /// Rows changed since the connection opened, triggers and foreign-key actions included.
    pub fn total_changes(&self) -> i64 {
        // SAFETY: the handle is open (promise 1 of the module).
        unsafe { ffi::sqlite3_total_changes64(self.raw()) }
    }

    /// The rowid of the connection's last insert.
    pub fn last_insert_rowid(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// Closes the connection, and says why when SQLite refuses to.
    pub fn close(self) -> Result<()> {
        drop(self.listed);
        self.connection.close().map_err(|(connection, error)| {
            let code = match error {
                rusqlite::Error::SqliteFailure(failure, _) => failure.extended_code,
                _ => ffi::SQLITE_ERROR,
            };
            // SAFETY: the connection that did not close is open.
            error_of(unsafe { connection.handle() }, code)
        })
    }

    /// Turns a result code into an error with SQLite's words.
    pub(super) fn check(&self, code: c_int) -> Result<()> {
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.error(code)) }
    }

    /// The error that SQLite reports for `code`.
    pub(super) fn error(&self, code: c_int) -> Error {
        error_of(self.raw(), code)
    }

    /// The error of the last call, for calls that answer without a code.
    pub(super) fn last_error(&self) -> Error {
        // SAFETY: the handle is open (promise 1 of the module).
        self.error(unsafe { ffi::sqlite3_extended_errcode(self.raw()) })
    }
}

/// The error that a code alone tells.
pub(super) fn error_for(code: c_int) -> Error {
    // SAFETY: any number is allowed; the text is static.
    let message = unsafe { ffi::sqlite3_errstr(code) };
    Error {
        kind: Kind::Sqlite,
        code,
        // SAFETY: the text ends with NUL and is static.
        message: unsafe { c_text(message) }.unwrap_or_default(),
        offset: None,
    }
}

/// Reads the error of a connection whose last call answered `code`.
fn error_of(db: *mut ffi::sqlite3, code: c_int) -> Error {
    // SAFETY: callers pass an open handle, or one that failed to open, which may be asked too.
    let extended = unsafe { ffi::sqlite3_extended_errcode(db) };
    // SAFETY: as above.
    let message = unsafe { ffi::sqlite3_errmsg(db) };
    // SAFETY: as above.
    let offset = unsafe { ffi::sqlite3_error_offset(db) };
    // The handle may hold the code of another call, whose message would mislead.
    let matches = extended & 0xff == code & 0xff;
    let message = if matches {
        message
    } else {
        // SAFETY: any number is allowed; the text is static.
        unsafe { ffi::sqlite3_errstr(code) }
    };
    // SAFETY: both functions give a NUL-terminated text that lives until the next call.
    let message = unsafe { c_text(message) }.unwrap_or_default();
    let refusal = if code & 0xff == ffi::SQLITE_CANTOPEN && is_plain(&message, code) {
        // SAFETY: the handle, as above.
        unsafe { take_refusal(db) }
    } else {
        None
    };
    Error {
        kind: Kind::Sqlite,
        code: if matches { extended } else { code },
        message: refusal.unwrap_or(message),
        offset: (matches && offset >= 0).then_some(offset),
    }
}

/// Whether `message` says no more than `code` does.
fn is_plain(message: &str, code: c_int) -> bool {
    // SAFETY: any number is allowed; the text is static.
    let text = unsafe { ffi::sqlite3_errstr(code) };
    // SAFETY: the text is NUL-terminated and static.
    unsafe { c_text(text) }.as_deref() == Some(message)
}
