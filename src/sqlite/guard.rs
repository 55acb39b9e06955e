//! Hearing, while a statement is compiled, what it will do; refusing what a connection must not do.
//!
//! SQLite tells its authorizer of every table, function and pragma that a statement names. That is
//! knowledge which no reading of the SQL text could give.
//! See <https://sqlite.org/c3ref/set_authorizer.html>.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use rusqlite::ffi;

use super::c_text;
use super::handle::Handle;
use crate::error::Result;

/// What is refused, with `SQLITE_AUTH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    Nothing,
    /// To begin, end or divide a transaction.
    Transactions,
    /// Whatever changes the connection or depends on what it did before: every connection that
    /// executes the statement would give another answer.
    State,
}

/// What was heard of the statements compiled since [`Handle::take_seen`] was last called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Seen {
    /// Rows are inserted, updated or deleted; also those of the schema.
    pub writes: bool,
    /// A transaction is begun, ended or divided.
    pub transactions: bool,
    /// It changes the connection or depends on what that did before.
    pub state: bool,
    /// A table is read, or the schema.
    pub reads: bool,
    /// A temporary table or view is made, which may have the name of another.
    pub makes_temporary: bool,
}

/// What the authorizer knows.
pub(super) struct Guard {
    rule: Cell<Rule>,
    seen: Cell<Seen>,
}

/// Pragmas that only ask, whatever their argument.
const QUERIES: &[&str] = &[
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that only ask, and of the file, as long as they have no argument.
const QUESTIONS: &[&str] = &[
    "application_id",
    "auto_vacuum",
    "collation_list",
    "compile_options",
    "data_version",
    "encoding",
    "freelist_count",
    "function_list",
    "journal_mode",
    "module_list",
    "page_count",
    "page_size",
    "pragma_list",
    "schema_version",
    "user_version",
];

/// Functions that tell of what the connection did before.
const STATE_FUNCTIONS: &[&str] = &["changes", "last_insert_rowid", "total_changes"];

/// Tables that are only another form of their arguments.
const PURE_TABLES: &[&str] = &["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// One thing that a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Transaction,
    State,
    Temporary,
    Write,
    Read,
    Other,
}

impl Handle {
    /// Listens from here on, and refuses what `rule` says.
    pub fn guard(&self, rule: Rule) -> Result<()> {
        let new = || Box::new(Guard { rule: Cell::new(rule), seen: Cell::default() });
        let guard = self.guard.get_or_init(new);
        guard.rule.set(rule);
        let data = ptr::from_ref(&**guard).cast_mut().cast();
        // SAFETY: the handle is open (promise 1 of the module); the box is dropped after it.
        self.check(unsafe { ffi::sqlite3_set_authorizer(self.raw(), Some(authorize), data) })
    }

    /// Refuses something else from here on. Without effect on a connection that is not guarded.
    pub fn set_rule(&self, rule: Rule) {
        if let Some(guard) = self.guard.get() {
            guard.rule.set(rule);
        }
    }

    /// What was heard since the last call.
    pub fn take_seen(&self) -> Seen {
        self.guard.get().map(|guard| guard.seen.take()).unwrap_or_default()
    }

    /// Whether a foreign key is violated that is checked at the end of the transaction only.
    pub fn has_deferred_violations(&self) -> bool {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the handle is open (promise 1 of the module); both counters live during the call.
        let code = unsafe {
            ffi::sqlite3_db_status(
                self.raw(),
                ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
                &raw mut current,
                &raw mut highest,
                0,
            )
        };
        code == ffi::SQLITE_OK && current > 0
    }
}

/// Called by SQLite for each thing that a statement does.
unsafe extern "C" fn authorize(
    guard: *mut c_void,
    code: c_int,
    first: *const c_char,
    second: *const c_char,
    schema: *const c_char,
    _trigger: *const c_char,
) -> c_int {
    // SAFETY: `Handle::guard` gives a `Guard` that outlives the connection.
    let guard = unsafe { &*guard.cast::<Guard>() };
    // SAFETY: SQLite's names, which live during the call and end with NUL, or null.
    let action = unsafe { action_of(code, first, second, schema) };
    let mut seen = guard.seen.get();
    let refused = match action {
        Action::Transaction => {
            seen.transactions = true;
            guard.rule.get() != Rule::Nothing
        }
        Action::State | Action::Temporary => {
            seen.state = true;
            seen.makes_temporary |= action == Action::Temporary;
            guard.rule.get() == Rule::State
        }
        Action::Write => {
            seen.writes = true;
            false
        }
        Action::Read => {
            seen.reads = true;
            false
        }
        Action::Other => false,
    };
    guard.seen.set(seen);
    if refused { ffi::SQLITE_DENY } else { ffi::SQLITE_OK }
}

/// Whether it is a table that every connection has.
fn is_system(table: &str) -> bool {
    ["sqlite_", "pragma_"].iter().any(|prefix| table.starts_with(prefix))
}

/// # Safety
///
/// The pointers are those that SQLite gives to an authorizer.
unsafe fn action_of(
    code: c_int,
    first: *const c_char,
    second: *const c_char,
    schema: *const c_char,
) -> Action {
    match code {
        ffi::SQLITE_TRANSACTION | ffi::SQLITE_SAVEPOINT => Action::Transaction,
        ffi::SQLITE_CREATE_TEMP_TABLE | ffi::SQLITE_CREATE_TEMP_VIEW => Action::Temporary,
        ffi::SQLITE_ATTACH
        | ffi::SQLITE_DETACH
        | ffi::SQLITE_CREATE_TEMP_INDEX
        | ffi::SQLITE_CREATE_TEMP_TRIGGER
        | ffi::SQLITE_DROP_TEMP_INDEX
        | ffi::SQLITE_DROP_TEMP_TABLE
        | ffi::SQLITE_DROP_TEMP_TRIGGER
        | ffi::SQLITE_DROP_TEMP_VIEW => Action::State,
        ffi::SQLITE_PRAGMA => {
            // SAFETY: the caller's promise.
            let name = unsafe { c_text(first) }.unwrap_or_default().to_ascii_lowercase();
            let asks = QUERIES.contains(&name.as_str())
                || second.is_null() && QUESTIONS.contains(&name.as_str());
            if asks { Action::Other } else { Action::State }
        }
        ffi::SQLITE_FUNCTION => {
            // SAFETY: the caller's promise.
            let name = unsafe { c_text(second) }.unwrap_or_default().to_ascii_lowercase();
            if STATE_FUNCTIONS.contains(&name.as_str()) { Action::State } else { Action::Other }
        }
        ffi::SQLITE_READ => {
            // SAFETY: the caller's promise.
            let schema = unsafe { c_text(schema) };
            if schema.as_deref() == Some("temp") {
                return Action::State;
            }
            // SAFETY: the caller's promise.
            let table = unsafe { c_text(first) }.unwrap_or_default();
            // SAFETY: the caller's promise.
            let column = unsafe { c_text(second) }.unwrap_or_default();
            // What no column is read of may also be a part of the statement that has a name.
            let is_part = column.is_empty() && schema.is_none() && !is_system(&table);
            if is_part || PURE_TABLES.contains(&table.as_str()) {
                Action::Other
            } else {
                Action::Read
            }
        }
        ffi::SQLITE_INSERT | ffi::SQLITE_UPDATE | ffi::SQLITE_DELETE => Action::Write,
        _ => Action::Other,
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
