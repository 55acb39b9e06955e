//! One prepared statement.

use std::ffi::{c_char, c_int};
use std::ptr::{self, NonNull};
use std::rc::Rc;

use rusqlite::ffi;

use super::bind::bind_all;
use super::c_text;
use super::handle::Handle;
use super::parameters::Parameters;
use super::row::{RawValue, Row};
use super::scalar::ScalarCall;
use crate::error::{Error, Kind, Result};

/// What a step led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The statement stands on a row.
    Row,
    /// The statement has run to its end.
    Done,
}

/// A column of a result: what SQLite knows beyond its name. `None` for expressions.
/// See <https://sqlite.org/c3ref/column_database_name.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The name in the result.
    pub name: String,
    /// The column that it comes from.
    pub column: Option<String>,
    /// The table that it comes from.
    pub table: Option<String>,
    /// The schema that the table is in.
    pub database: Option<String>,
    /// The declared type.
    pub declared_type: Option<String>,
}

/// A compiled statement, finalized when dropped. Its parameters are owned here, because SQLite
/// keeps pointers to them while they are bound.
pub struct RawStatement {
    stmt: NonNull<ffi::sqlite3_stmt>,
    handle: Rc<Handle>,
    parameters: Parameters,
    /// Whether `parameters` are bound.
    bound: bool,
    /// Whether it was stepped since it was last reset.
    stepped: bool,
    values: Vec<RawValue>,
}

impl RawStatement {
    /// Compiles the first statement of `sql`, which ends at its first NUL byte, for many executions.
    ///
    /// # Errors
    ///
    /// [`Kind::NoStatement`] where there is none, [`Kind::SeveralStatements`] where more than white
    /// space, semicolons and comments follow it, otherwise SQLite's own codes.
    /// See <https://sqlite.org/c3ref/prepare.html>.
    pub fn prepare(handle: &Rc<Handle>, sql: String) -> Result<Self> {
        let sql = SqlText::new(sql);
        let (statement, end) = Self::prepare_at(handle, &sql, 0, ffi::SQLITE_PREPARE_PERSISTENT)?;
        let Some(statement) = statement else {
            return Err(Error::of(Kind::NoStatement, "the SQL text holds no statement"));
        };
        if !only_trivia(&sql.bytes()[end..]) {
            return Err(Error::of(
                Kind::SeveralStatements,
                "the SQL text holds several statements",
            ));
        }
        Ok(statement)
    }

    /// Runs every statement of `sql` to its end, discarding rows.
    ///
    /// # Errors
    ///
    /// The first failure; what the statements before it have committed stays.
    pub fn run_all(handle: &Rc<Handle>, sql: String) -> Result<()> {
        let sql = SqlText::new(sql);
        let mut start = sql.skip_blank(0);
        while start < sql.bytes().len() {
            let (statement, end) = Self::prepare_at(handle, &sql, start, 0)?;
            if let Some(mut statement) = statement {
                statement.log()?;
                while statement.step()? == Step::Row {}
            }
            start = sql.skip_blank(end);
        }
        Ok(())
    }

    fn prepare_at(
        handle: &Rc<Handle>,
        sql: &SqlText,
        start: usize,
        flags: u32,
    ) -> Result<(Option<Self>, usize)> {
        let mut stmt = ptr::null_mut();
        let mut tail: *const c_char = ptr::null();
        let text = sql.from(start);
        // With the NUL in the count SQLite need not copy the text.
        let size = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
        // SAFETY: the handle is open (promise 1 of the module); `text` has `size` bytes, the last
        // of them NUL, and outlives the call.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                handle.raw(),
                text.as_ptr().cast(),
                size,
                flags,
                &raw mut stmt,
                &raw mut tail,
            )
        };
        handle.keep_watch();
        handle.check(code)?;
        let end = if tail.is_null() {
            sql.bytes().len()
        } else {
            (tail.addr() - sql.bytes().as_ptr().addr()).min(sql.bytes().len())
        };
        let statement = NonNull::new(stmt).map(|stmt| Self {
            stmt,
            handle: Rc::clone(handle),
            parameters: Parameters::default(),
            bound: false,
            stepped: false,
            values: Vec::new(),
        });
        Ok((statement, end))
    }

    /// Whether the bound values take more memory than is kept between executions.
    pub fn has_large_parameters(&self) -> bool {
        self.parameters.is_large()
    }

    /// The C statement, for tests of this folder.
    #[cfg(test)]
    pub(super) fn raw(&self) -> *mut ffi::sqlite3_stmt {
        self.stmt.as_ptr()
    }

    /// The connection that prepared this statement.
    pub fn handle(&self) -> &Rc<Handle> {
        &self.handle
    }

    /// Goes back to the start, and lets `fill` collect the parameters for [`RawStatement::bind`].
    ///
    /// # Errors
    ///
    /// Those of `fill`; nothing is bound then.
    pub fn collect(&mut self, fill: impl FnOnce(&mut Parameters) -> Result<()>) -> Result<()> {
        // A running statement may have copied the bound pointers into its registers. What it has to
        // say was said when its execution ended.
        let _ = self.reset();
        self.bound = false;
        self.parameters.clear();
        let filled = fill(&mut self.parameters);
        // What was bound before points at what is no longer there: to be bound anew, or cleared.
        if filled.is_err() || self.parameters.values().len() < self.parameter_count() {
            self.clear_bindings();
        }
        filled
    }

    /// Goes back to the start and unbinds everything.
    pub fn unbind(&mut self) {
        // As in `collect`.
        let _ = self.reset();
        self.bound = false;
        self.clear_bindings();
        self.parameters.clear();
    }

    /// Goes back to the start, unbinds everything and gives the values back.
    pub fn take_parameters(&mut self) -> Parameters {
        // As in `collect`.
        let _ = self.reset();
        self.bound = false;
        self.clear_bindings();
        std::mem::take(&mut self.parameters)
    }

    fn clear_bindings(&mut self) {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_clear_bindings(self.stmt.as_ptr()) };
    }

    /// Binds what [`RawStatement::collect`] has collected; does nothing where that is bound already.
    ///
    /// # Errors
    ///
    /// [`Kind::TooBig`], [`Kind::NoMemory`] or [`Kind::Bind`]; nothing stays bound then.
    pub fn bind(&mut self) -> Result<()> {
        if self.bound || self.parameters.values().is_empty() {
            return Ok(());
        }
        // SAFETY: `self.stmt` is live, and running neither: SQLite refuses to bind then. The
        // parameters change only through `collect` and `unbind`, after which no pointer into what
        // they were is used before it is replaced or cleared.
        let bound = unsafe { bind_all(&self.handle, self.stmt.as_ptr(), &self.parameters) };
        self.bound = bound.is_ok();
        if bound.is_err() {
            self.unbind();
        }
        bound
    }

    /// Tells the connection's log, if there is one, that the statement is about to execute.
    pub fn log(&self) -> Result<()> {
        match self.handle.log() {
            None => Ok(()),
            Some(log) => log.log(&self.expanded_sql()?),
        }
    }

    /// The SQL text with the values of the parameters in place; long ones are cut, see
    /// `SQLITE_TRACE_SIZE_LIMIT`. See <https://sqlite.org/c3ref/expanded_sql.html>.
    ///
    /// # Errors
    ///
    /// [`Kind::NoMemory`], also for a text beyond the length limit.
    pub fn expanded_sql(&self) -> Result<Vec<u8>> {
        // SAFETY: the statement is live.
        let text = unsafe { ffi::sqlite3_expanded_sql(self.stmt.as_ptr()) };
        // SAFETY: null, or a text that ends with NUL and is ours until it is freed below.
        let copy = unsafe { c_text(text) };
        // SAFETY: SQLite allocated it, and null is allowed.
        unsafe { ffi::sqlite3_free(text.cast()) };
        copy.map(String::into_bytes).ok_or_else(|| Error::of(Kind::NoMemory, "out of memory"))
    }

    /// Runs to the next row or to the end. See <https://sqlite.org/c3ref/step.html>.
    pub fn step(&mut self) -> Result<Step> {
        self.stepped = true;
        // SAFETY: the statement is live and its connection open (promise 1 of the module).
        match unsafe { ffi::sqlite3_step(self.stmt.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(Step::Row),
            ffi::SQLITE_DONE => Ok(Step::Done),
            code => Err(self.handle.error(code)),
        }
    }

    /// Executes with the arguments of `call` as parameters, and gives the first column as its result.
    pub(super) fn answer(&mut self, call: &ScalarCall<'_>) -> Result<()> {
        let stmt = self.stmt.as_ptr();
        // SAFETY: the statement is live, and at its start: each execution ends here.
        let bound = unsafe { call.bind_to(stmt) };
        let done = self.handle.check(bound).and_then(|()| self.step()).map(|step| {
            if step == Step::Row {
                // SAFETY: the statement stands on a row.
                unsafe { call.give_column(stmt) };
            }
        });
        // What it has to say is what the step has said.
        let _ = self.reset();
        self.clear_bindings();
        done
    }

    /// Reads the current row: numbers and NULL into `slots`, one for each column, in the form of
    /// `docs/row-batch.md`; what is answered is the rest. An integer beyond 32 bits is part of that
    /// if `integers_whole`, and otherwise rounded to a double.
    ///
    /// # Panics
    ///
    /// Unless `slots` are as many as the columns, and none without a row.
    pub fn row(&mut self, slots: &mut [u64], integers_whole: bool) -> Result<Row<'_>> {
        // SAFETY: `&mut self` keeps the statement where it is as long as the row is borrowed, and
        // only its connection's thread has it (promise 1 of the module).
        unsafe { Row::current(self.stmt.as_ptr(), &mut self.values, slots, integers_whole) }
    }

    /// Goes back to the start, which ends what a statement that is left before its end has written.
    ///
    /// # Errors
    ///
    /// The error of the last step once more, or that of the commit, which has then been rolled back.
    /// See <https://sqlite.org/c3ref/reset.html>.
    pub fn reset(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.stepped) {
            return Ok(());
        }
        // SAFETY: the statement is live.
        match unsafe { ffi::sqlite3_reset(self.stmt.as_ptr()) } {
            ffi::SQLITE_OK => Ok(()),
            code => Err(self.handle.error(code)),
        }
    }

    /// Whether it writes nothing to the database. See <https://sqlite.org/c3ref/stmt_readonly.html>.
    pub fn is_readonly(&self) -> bool {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_stmt_readonly(self.stmt.as_ptr()) != 0 }
    }

    /// Columns of the result; 0 for a statement that returns no data.
    pub fn column_count(&self) -> usize {
        // SAFETY: the statement is live.
        let count = unsafe { ffi::sqlite3_column_count(self.stmt.as_ptr()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// How often SQLite has compiled the statement again because the schema had changed.
    pub fn reprepare_count(&self) -> c_int {
        let counter = ffi::SQLITE_STMTSTATUS_REPREPARE;
        // SAFETY: the statement is live; the counter is one of SQLite's and is not reset.
        unsafe { ffi::sqlite3_stmt_status(self.stmt.as_ptr(), counter, 0) }
    }

    /// Parameters of the statement: the highest index.
    pub fn parameter_count(&self) -> usize {
        // SAFETY: the statement is live.
        let count = unsafe { ffi::sqlite3_bind_parameter_count(self.stmt.as_ptr()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// The name of the parameter at `index` (from 1), with its prefix; `None` for a plain `?`.
    pub fn parameter_name(&self, index: usize) -> Option<String> {
        let index = c_int::try_from(index).ok()?;
        // SAFETY: the statement is live; SQLite answers null for an index out of range.
        let name = unsafe { ffi::sqlite3_bind_parameter_name(self.stmt.as_ptr(), index) };
        // SAFETY: SQLite's name ends with NUL and lives as long as the statement.
        unsafe { c_text(name) }
    }

    /// The name of each column.
    pub fn column_names(&self) -> Vec<String> {
        self.columns_with(|index| self.column_text(ffi::sqlite3_column_name, index))
            .map(Option::unwrap_or_default)
            .collect()
    }

    /// Name and origin of each column.
    pub fn columns(&self) -> Vec<ColumnInfo> {
        self.columns_with(|index| ColumnInfo {
            name: self.column_text(ffi::sqlite3_column_name, index).unwrap_or_default(),
            column: self.column_text(ffi::sqlite3_column_origin_name, index),
            table: self.column_text(ffi::sqlite3_column_table_name, index),
            database: self.column_text(ffi::sqlite3_column_database_name, index),
            declared_type: self.column_text(ffi::sqlite3_column_decltype, index),
        })
        .collect()
    }

    fn columns_with<T>(&self, read: impl Fn(c_int) -> T) -> impl Iterator<Item = T> {
        (0..c_int::try_from(self.column_count()).unwrap_or(0)).map(read)
    }

    fn column_text(
        &self,
        get: unsafe extern "C" fn(*mut ffi::sqlite3_stmt, c_int) -> *const c_char,
        index: c_int,
    ) -> Option<String> {
        // SAFETY: the statement is live; SQLite answers null for an index out of range.
        let text = unsafe { get(self.stmt.as_ptr(), index) };
        // SAFETY: SQLite's text ends with NUL and lives until the statement is compiled again,
        // which takes a step.
        unsafe { c_text(text) }
    }
}

impl Drop for RawStatement {
    fn drop(&mut self) {
        // SAFETY: nobody else has the statement, and its connection is still open (promise 1).
        unsafe { ffi::sqlite3_finalize(self.stmt.as_ptr()) };
    }
}

/// SQL text up to its first NUL byte, ended by one.
struct SqlText(Vec<u8>);

impl SqlText {
    fn new(sql: String) -> Self {
        let mut bytes = sql.into_bytes();
        if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
            bytes.truncate(end);
        }
        bytes.push(0);
        Self(bytes)
    }

    /// The text, without the NUL that ends it.
    fn bytes(&self) -> &[u8] {
        &self.0[..self.0.len() - 1]
    }

    /// The first position from `start` on that holds neither white space nor a semicolon.
    fn skip_blank(&self, start: usize) -> usize {
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t'..=b'\r' | b';');
        start + self.bytes()[start..].iter().take_while(blank).count()
    }

    /// The text from byte `start`, with the NUL that ends it.
    fn from(&self, start: usize) -> &[u8] {
        &self.0[start..]
    }
}

/// Whether `sql` holds nothing but white space, semicolons and comments (the last may be open).
fn only_trivia(mut sql: &[u8]) -> bool {
    loop {
        sql = match sql {
            [] => return true,
            [b' ' | b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r' | b';', rest @ ..] => rest,
            [b'-', b'-', rest @ ..] => skip_past(rest, b"\n"),
            [b'/', b'*', rest @ ..] => skip_past(rest, b"*/"),
            _ => return false,
        };
    }
}

fn skip_past<'s>(sql: &'s [u8], end: &[u8]) -> &'s [u8] {
    match sql.windows(end.len()).position(|window| window == end) {
        Some(at) => &sql[at + end.len()..],
        None => &[],
    }
}
