//! One thread's connection: the statements that it keeps compiled, its memory for rows, and how it
//! hears that its work is to end.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::Shared;
use super::callback::Asker;
use super::functions::Registered;
use super::given::Given;
use super::job::{Control, JobId, RowOptions};
use super::outbox::{Extras, OwnedBatch, Shape};
use super::scratch::Scratch;
use super::settings::POLL_INTERVAL;
use super::statements::Statements;
use crate::batch::layout::MAX_ROWS;
use crate::conn::{Changes, Connection, OpenFile, Rule, Seen, Statement, Waiting};
use crate::error::{Error, Kind, Result};

/// See <https://sqlite.org/rescode.html#auth>.
pub const SQLITE_AUTH: i32 = 23;
/// See <https://sqlite.org/rescode.html#interrupt>.
pub const SQLITE_INTERRUPT: i32 = 9;
/// The first batch of a stream has so many rows, and each later one so many times more: a loop that
/// is left early has read little in vain.
const FIRST_STREAMED_ROWS: usize = 16;
const GROWTH: usize = 4;

static SHAPES: AtomicU32 = AtomicU32::new(0);

/// What the work under way is watched for.
#[derive(Default)]
pub struct Watched {
    control: RefCell<Option<Arc<Control>>>,
    until: Cell<Option<Instant>>,
}

impl Watched {
    /// The number of the job under way, or 0.
    pub fn job(&self) -> JobId {
        self.control.borrow().as_ref().map_or(0, |control| control.id)
    }

    /// Why the work under way is to end, if it is.
    pub fn reason_to_end(&self, shared: &Shared) -> Option<Error> {
        if self.control.borrow().as_ref().is_some_and(|it| it.is_cancelled()) {
            Some(Error::of(Kind::Cancelled, "the call was cancelled"))
        } else if self.until.get().is_some_and(|until| Instant::now() >= until) {
            Some(Error::of(Kind::HoldTimeout, "held for too long"))
        } else if shared.is_stopping() {
            Some(Error::of(Kind::PoolClosed, "the pool is closed"))
        } else {
            None
        }
    }
}

/// Ends the work of a connection, from its opening on.
pub struct Watcher {
    watched: Rc<Watched>,
    shared: Arc<Shared>,
}

impl Watcher {
    /// Watches for the end of the pool, and of a job if there is one.
    pub fn new(shared: &Arc<Shared>, control: Option<&Arc<Control>>) -> Self {
        let watched = Rc::new(Watched::default());
        *watched.control.borrow_mut() = control.cloned();
        Self { watched, shared: Arc::clone(shared) }
    }

    /// Lets what `connection` executes and waits for be ended.
    ///
    /// # Errors
    ///
    /// That the connection is closed.
    pub fn attach(&self, connection: &Connection) -> Result<()> {
        let (question, pool) = (Rc::clone(&self.watched), Arc::clone(&self.shared));
        let goes_on = move || question.reason_to_end(&pool).is_none();
        connection.handle()?.watch(Box::new(goes_on), Waiting::Polling(POLL_INTERVAL));
        Ok(())
    }

    /// Why what is executed is to end, if it is.
    pub fn reason_to_end(&self) -> Option<Error> {
        self.watched.reason_to_end(&self.shared)
    }
}

/// A compiled statement with what is known of it.
pub struct Compiled {
    statement: Statement,
    parameters: Vec<Option<String>>,
    readonly: bool,
    seen: Seen,
    shape: Option<Arc<Shape>>,
    expanded: Option<Arc<Shape>>,
}

impl From<Statement> for Compiled {
    fn from(statement: Statement) -> Self {
        Self {
            parameters: statement.parameter_names(),
            readonly: statement.is_readonly(),
            statement,
            seen: Seen::default(),
            shape: None,
            expanded: None,
        }
    }
}

impl Compiled {
    /// Whether a reader may execute it.
    pub fn reads(&self) -> bool {
        self.readonly && !self.seen.state && !self.seen.transactions
    }

    /// Whether it writes, and can do that as one of several in a transaction.
    pub fn shares_transaction(&self) -> bool {
        self.seen.writes && !self.readonly && !self.seen.state && !self.seen.transactions
    }

    /// Whether it returns data.
    pub fn returns_data(&self) -> bool {
        self.statement.column_count() > 0
    }

    /// Binds the values of the next execution.
    pub fn bind(&mut self, given: &mut Given) -> Result<()> {
        given.arrange(&self.parameters)?;
        self.statement.give(std::mem::take(&mut given.values));
        Ok(())
    }

    /// Gives the values of the last execution back.
    pub fn unbind(&mut self, given: &mut Given) {
        given.values = self.statement.take_parameters();
    }

    /// Ends an execution before its end. What it has to say was said.
    pub fn close(&mut self) {
        let _ = self.statement.close();
    }

    /// Executes it for what it changes.
    pub fn run(&mut self) -> Result<Changes> {
        self.statement.run()
    }

    /// The columns of the rows just read.
    fn shape(&mut self, expand: bool) -> Arc<Shape> {
        if self.statement.was_reprepared() {
            (self.shape, self.expanded) = (None, None);
        }
        let known = if expand { &mut self.expanded } else { &mut self.shape };
        let statement = &mut self.statement;
        Arc::clone(known.get_or_insert_with(|| {
            let columns = || statement.columns().into_iter().map(|column| column.table).collect();
            let tables = expand.then(columns);
            let names = statement.column_names().join("\0");
            let number = SHAPES.fetch_add(1, Ordering::Relaxed);
            Arc::new(Shape { number, names, tables })
        }))
    }
}

/// How far a result was read, and how it is to be read on.
pub struct Reading {
    options: RowOptions,
    first: bool,
    rows: u64,
    bytes: u64,
    most: usize,
}

impl Reading {
    /// Begins an execution for its rows, as [`Session::rows`] does.
    ///
    /// # Errors
    ///
    /// [`Kind::NoColumns`], and what SQLite says.
    pub fn open(
        compiled: &mut Compiled,
        options: RowOptions,
        first: bool,
        grows: bool,
    ) -> Result<Self> {
        if !compiled.returns_data() {
            return Err(Error::of(Kind::NoColumns, "the statement returns no data"));
        }
        if !first {
            compiled.statement.open()?;
        }
        let most = if grows { FIRST_STREAMED_ROWS } else { MAX_ROWS };
        Ok(Self { options, first, rows: 0, bytes: 0, most })
    }
}

/// Rows of a result.
pub struct Part {
    /// The rows.
    pub batch: OwnedBatch,
    /// Their columns.
    pub shape: Arc<Shape>,
    /// Whether others follow, or why they do not.
    pub more: Result<bool>,
}

/// A connection and its thread's state.
pub struct Session {
    statements: Statements,
    /// The pool's own: no text of a user may meet one, which is compiled without being refused.
    commands: HashMap<&'static str, Box<Compiled>>,
    functions: Registered,
    asker: Asker,
    connection: Connection,
    scratch: Scratch,
    watched: Rc<Watched>,
    shared: Arc<Shared>,
    /// What is refused while statements execute.
    rule: Rule,
    makes_temporary: bool,
}

impl Session {
    /// Takes a connection into use that `watcher` is attached to. That of a reader changes in nothing.
    pub fn new(watcher: Watcher, connection: Connection, reads_only: bool) -> Result<Self> {
        let Watcher { watched, shared } = watcher;
        let rule = if reads_only { Rule::State } else { Rule::Nothing };
        connection.handle()?.guard(rule)?;
        Ok(Self {
            statements: Statements::default(),
            commands: HashMap::new(),
            functions: Registered::default(),
            asker: Asker {
                watched: Rc::clone(&watched),
                shared: Arc::clone(&shared),
                scratch: Rc::default(),
            },
            connection,
            scratch: Scratch::default(),
            watched,
            shared,
            rule,
            makes_temporary: false,
        })
    }

    /// Lets `control` and `until` end what is executed from here on.
    pub fn watch(&self, control: Option<&Arc<Control>>, until: Option<Instant>) {
        *self.watched.control.borrow_mut() = control.cloned();
        self.watched.until.set(until);
    }

    /// Why an execution has failed: its end was asked for, or what SQLite says.
    pub fn explain(&self, error: Error) -> Error {
        explained(error, || self.reason_to_end())
    }

    /// Why what is executed is to end, if it is.
    pub fn reason_to_end(&self) -> Option<Error> {
        self.watched.reason_to_end(&self.shared)
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.connection.in_transaction()
    }

    /// Whether the transaction would fail to be committed as it is.
    pub fn has_deferred_violations(&self) -> bool {
        self.connection.handle().is_ok_and(|handle| handle.has_deferred_violations())
    }

    /// Executes a statement of the pool's own, kept compiled.
    pub fn command(&mut self, sql: &'static str) -> Result<()> {
        // Also while it is executed: after a change of the schema SQLite compiles it anew.
        self.set_rule(Rule::Nothing);
        let done = self.run_command(sql);
        self.set_rule(self.rule);
        done
    }

    fn run_command(&mut self, sql: &'static str) -> Result<()> {
        let mut compiled = match self.commands.remove(sql) {
            Some(compiled) => compiled,
            None => self.compile(&sql.into())?,
        };
        let done = compiled.run();
        self.commands.insert(sql, compiled);
        done.map(drop)
    }

    /// Executes a script. `rule` says what it must not do.
    pub fn script(&mut self, sql: &str, rule: Rule) -> Result<()> {
        self.functions.update(&self.connection, &self.shared.functions, &self.asker);
        self.set_rule(rule);
        let done = self.connection.execute_all(sql.to_owned());
        self.set_rule(self.rule);
        let seen = self.take_seen();
        done.map_err(|error| refused(error, seen))
    }

    /// A compiled statement, to be given back with [`Session::keep`].
    pub fn take(&mut self, sql: &Arc<str>) -> Result<Box<Compiled>> {
        self.functions.update(&self.connection, &self.shared.functions, &self.asker);
        if let Some(compiled) = self.statements.take(sql) {
            return Ok(compiled);
        }
        self.take_seen();
        if self.rule == Rule::Nothing {
            self.set_rule(Rule::Transactions);
        }
        let compiled = self.compile(sql);
        self.set_rule(self.rule);
        compiled
    }

    fn compile(&mut self, sql: &Arc<str>) -> Result<Box<Compiled>> {
        let prepared = self.connection.prepare(sql.to_string());
        let seen = self.take_seen();
        let statement = prepared.map_err(|error| refused(error, seen))?;
        Ok(Box::new(Compiled { seen, ..statement.into() }))
    }

    /// Keeps a statement compiled, unless others are used more often.
    pub fn keep(&mut self, sql: &Arc<str>, compiled: Box<Compiled>) {
        self.statements.keep(sql, compiled);
    }

    /// Executes a statement for its rows, and gives them to `emit` with their columns and whether
    /// others follow. `first`: only the first row; `grows`: few rows at first.
    ///
    /// # Errors
    ///
    /// Those of [`Reading::open`] and [`Session::read`], and those of `emit`.
    pub fn rows(
        &mut self,
        compiled: &mut Compiled,
        options: RowOptions,
        first: bool,
        grows: bool,
        emit: &mut dyn FnMut(OwnedBatch, Arc<Shape>, bool) -> Result<()>,
    ) -> Result<()> {
        let mut reading = Reading::open(compiled, options, first, grows)?;
        loop {
            let Part { batch, shape, more } = self.read(compiled, &mut reading)?;
            let more = match more {
                Ok(more) => more,
                Err(error) => {
                    if batch.rows > 0 && grows {
                        emit(batch, shape, true)?;
                    }
                    return Err(error);
                }
            };
            if let Err(error) = emit(batch, shape, more) {
                compiled.close();
                return Err(error);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Reads the next rows of what was opened. Without more of them the execution has ended.
    ///
    /// # Errors
    ///
    /// The limits of the reading's options, which end the execution.
    pub fn read(&mut self, compiled: &mut Compiled, reading: &mut Reading) -> Result<Part> {
        let options = reading.options;
        let mut extras = Extras::default();
        let mut batch = self.scratch.batch(options.integers).detaching_text(options.detach_text);
        let read = if reading.first {
            compiled.statement.first(&mut batch, &mut extras).map(|()| false)
        } else {
            compiled.statement.next(&mut batch, &mut extras, reading.most)
        };
        let batch = OwnedBatch::copy(&batch, extras);
        reading.rows += batch.rows as u64;
        reading.bytes += batch.bytes();
        reading.most = (reading.most * GROWTH).min(MAX_ROWS);
        let limit = if reading.rows > options.max_rows {
            Some(Error::of(Kind::TooManyRows, "too many rows"))
        } else if reading.bytes > options.max_bytes {
            Some(Error::of(Kind::TooManyBytes, "too many bytes"))
        } else {
            None
        };
        let shape = compiled.shape(options.expand);
        match limit {
            Some(limit) => {
                // What it writes is undone by who has begun its transaction.
                compiled.close();
                Err(limit)
            }
            None => Ok(Part { batch, shape, more: read }),
        }
    }

    /// Whether a temporary table was made since the last call.
    pub fn takes_temporary(&mut self) -> bool {
        self.take_seen();
        std::mem::take(&mut self.makes_temporary)
    }

    /// Closes the connection, and answers which files it had open: none if the database has lost its name,
    /// as what is beside that name may be another one's.
    pub fn close(mut self) -> Vec<OpenFile> {
        self.statements = Statements::default();
        self.commands.clear();
        drop(std::mem::take(&mut self.functions));
        let handle = self.connection.handle().ok().filter(|handle| !handle.has_moved());
        let files = handle.map(|handle| handle.open_files()).unwrap_or_default();
        // An open transaction is rolled back. Nobody is left to hear of an error.
        drop(self.connection.close());
        files
    }

    fn set_rule(&self, rule: Rule) {
        if let Ok(handle) = self.connection.handle() {
            handle.set_rule(rule);
        }
    }

    fn take_seen(&mut self) -> Seen {
        let seen = self.connection.handle().map(|handle| handle.take_seen()).unwrap_or_default();
        self.makes_temporary |= seen.makes_temporary;
        seen
    }
}

/// Why an execution has failed: its end was asked for, or what SQLite says.
pub fn explained(error: Error, reason: impl FnOnce() -> Option<Error>) -> Error {
    if error.code & 0xff != SQLITE_INTERRUPT && !error.is_busy() {
        return error;
    }
    reason().unwrap_or(error)
}

/// The error of a statement that the guard has refused.
fn refused(error: Error, seen: Seen) -> Error {
    if error.code == SQLITE_AUTH && seen.transactions {
        return Error::of(Kind::TransactionStatement, "a transaction is begun or ended");
    }
    error
}
