//! The one error of the native side.
//!
//! SQLite's failures carry its extended result code and its own words. Our own cases have a kind
//! each, so that JavaScript can choose the exception that the contract asks for. Only
//! `addon/error.rs` turns an [`Error`] into something JavaScript sees.

use std::fmt;

/// Which of the cases that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// SQLite answered with a result code; `code` holds the extended one.
    Sqlite = 1,
    /// The connection, or the connection of the statement, is closed.
    Closed = 2,
    /// The statement is executing further up the call stack.
    Busy = 3,
    /// The SQL text holds no statement.
    NoStatement = 4,
    /// The SQL text holds more than one statement.
    SeveralStatements = 5,
    /// A bound value exceeds what SQLite can store.
    TooBig = 6,
    /// Memory ran out.
    NoMemory = 7,
    /// SQLite refused a bound value for another reason.
    Bind = 8,
    /// A path holds a NUL byte, which no file name can.
    BadPath = 9,
    /// JavaScript that ran in between has thrown, and its exception waits to surface.
    Thrown = 10,
    /// The target of a backup is the file of its source.
    SameFile = 11,
    /// Rows were asked of a statement that returns no data.
    NoColumns = 12,
    /// Fewer values than parameters.
    TooFewValues = 13,
    /// More values than parameters.
    TooManyValues = 14,
    /// A named parameter has no value; the message is its name.
    MissingValue = 15,
    /// Parameters have names, and no object came with values for them.
    NoNamedValues = 16,
    /// A value that SQLite cannot store.
    Unbindable = 17,
    /// An object for named parameters that is no plain one.
    NotPlain = 18,
    /// The pool is closed.
    PoolClosed = 19,
    /// The call was cancelled before it had an effect.
    Cancelled = 20,
    /// A result has more rows than its call allows.
    TooManyRows = 21,
    /// A result has more bytes than its call allows.
    TooManyBytes = 22,
    /// The transaction or snapshot of the call has ended.
    LaneEnded = 23,
    /// The transaction or snapshot was held for too long.
    HoldTimeout = 24,
    /// A statement that begins or ends a transaction came by itself.
    TransactionStatement = 25,
    /// A script has left a transaction open, which was rolled back.
    TransactionLeftOpen = 26,
    /// The system gave no thread; the message is its reason.
    NoThread = 27,
    /// The file cannot have a write-ahead log; the message is the journal mode in force.
    NoWal = 28,
    /// A pragma that SQLite does not know; the message is its name.
    UnknownPragma = 29,
    /// A defect of this crate was caught.
    Defect = 30,
    /// Two objects came with values for named parameters.
    TwoObjects = 31,
    /// The file of a pool was deleted, or another one has taken its name.
    FileReplaced = 32,
    /// The text for a function is not one expression, or not of its arguments alone.
    NotPure = 33,
    /// There is a function of this name; the message is the name.
    FunctionExists = 34,
    /// The database has no write-ahead log, because its journal mode is another one.
    NotWal = 40,
}

/// A failed operation: what happened, in whose words, and where in the SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The case.
    pub kind: Kind,
    /// SQLite's extended result code, or 0 where SQLite was not involved.
    /// See <https://sqlite.org/rescode.html>.
    pub code: i32,
    /// SQLite's message for [`Kind::Sqlite`], otherwise our own.
    pub message: String,
    /// Byte offset of the offending token in the SQL text, where SQLite knows it.
    pub offset: Option<i32>,
}

/// The result of every fallible operation of the native side.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// One of our own cases; its message is for developers of this crate.
    pub fn of(kind: Kind, message: &str) -> Self {
        Self { kind, code: 0, message: message.to_owned(), offset: None }
    }

    /// Whether another connection held a lock that this one waited for in vain (`SQLITE_BUSY` and
    /// its extended codes).
    pub fn is_busy(&self) -> bool {
        self.kind == Kind::Sqlite && self.code & 0xff == 5
    }

    /// Whether the work was stopped from outside (`SQLITE_INTERRUPT`).
    pub fn is_interrupt(&self) -> bool {
        self.kind == Kind::Sqlite && self.code & 0xff == 9
    }

    /// Whether a lock was in the way, of another connection or of this one: the same call may succeed
    /// later (`SQLITE_BUSY`, `SQLITE_LOCKED` and their extended codes).
    pub fn may_pass(&self) -> bool {
        self.is_busy() || self.kind == Kind::Sqlite && self.code & 0xff == 6
    }

    /// The answer of a closed connection.
    pub fn closed() -> Self {
        Self::of(Kind::Closed, "the database connection is not open")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}, code {})", self.message, self.kind, self.code)
    }
}

impl std::error::Error for Error {}
