//! What one JavaScript environment owns: connections, statements, the buffers it shares with Rust.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::{Error as NapiError, Result as NapiResult};
use slab::Slab;

use super::backup::Backups;
use super::checkpointer::Checkpointers;
use super::exit;
use super::memory::{BatchMemory, SpareMemory};
use super::pool::Pools;
use super::raw::{ParameterBuffer, Scopes, SharedBuffer, cleaning_up, is_exception_pending};
use crate::batch::Text;
use crate::conn::{Connection, Statement};
use crate::error::{Error, Result};
use crate::ops::leftover_log::remove_leftover_log;
use crate::sqlite::Handle;

/// A statement that JavaScript holds; `None` once its connection is closed.
struct StatementSlot {
    database: usize,
    statement: Option<Rc<RefCell<Statement>>>,
}

/// A connection that JavaScript holds, with the numbers of its statements.
struct DatabaseSlot {
    connection: Rc<Connection>,
    statements: HashSet<usize>,
    ended_modules: EndedModules,
}

/// Numbers of modules of virtual tables that SQLite has let go of, for JavaScript to forget.
pub type EndedModules = Rc<RefCell<Vec<u32>>>;

/// The state of one environment. Only its thread touches it.
pub struct Environment {
    env: Env,
    databases: RefCell<Slab<DatabaseSlot>>,
    statements: RefCell<Slab<StatementSlot>>,
    /// Backups under way.
    pub backups: Backups,
    /// Checkpointers, likewise with threads and connections of their own.
    pub checkpointers: Checkpointers,
    /// Pools, whose connections belong to their threads.
    pub pools: Pools,
    error: RefCell<Option<Error>>,
    /// Memory for batches whose execution may call back.
    memory: SpareMemory,
    /// Header, cells and blobs of the batch under way.
    pub shared: SharedBuffer,
    /// Parameter slots.
    pub parameters: Rc<ParameterBuffer>,
    /// Scopes of callbacks.
    pub scopes: Rc<Scopes>,
    /// Text of the batch under way.
    pub text: RefCell<Text>,
}

impl Environment {
    /// Creates the environment's state and ties its life to the environment's.
    pub fn install(env: Env) -> NapiResult<Rc<Self>> {
        let environment = Rc::new(Self {
            env,
            databases: RefCell::default(),
            statements: RefCell::default(),
            backups: Backups::default(),
            checkpointers: Checkpointers::default(),
            pools: Pools::default(),
            error: RefCell::default(),
            memory: SpareMemory::default(),
            shared: SharedBuffer::new(env)?,
            parameters: Rc::new(ParameterBuffer::new(env)?),
            scopes: Rc::new(Scopes::new(env)),
            text: RefCell::default(),
        });
        env.set_instance_data(Rc::clone(&environment), (), |_| {})?;
        // A worker that is terminated runs no JavaScript any more: its files are closed here.
        env.add_env_cleanup_hook(Rc::clone(&environment), |environment| {
            exit::unwatch(&environment);
            // First: whoever closes a database last removes its log.
            environment.checkpointers.end();
            environment.pools.end();
            environment.close_all();
            environment.shared.release(environment.env);
            environment.parameters.release(environment.env);
        })?;
        exit::watch(&environment);
        Ok(environment)
    }

    /// The state of the environment that calls.
    pub fn current(env: Env) -> NapiResult<Rc<Self>> {
        env.get_instance_data::<Rc<Self>>()?
            .map(|environment| Rc::clone(environment))
            .ok_or_else(|| NapiError::from_reason("the addon was not initialised here"))
    }

    /// Keeps `error` until JavaScript takes it. Where an exception waits already, that is what
    /// JavaScript will see.
    pub fn fail(&self, error: Error) {
        if !is_exception_pending(self.env) {
            *self.error.borrow_mut() = Some(error);
        }
    }

    /// The error that waits, if one does.
    pub fn take_error(&self) -> Option<Error> {
        self.error.borrow_mut().take()
    }

    /// Memory for one batch; [`Environment::keep_memory`] takes it back.
    pub fn take_memory(&self) -> BatchMemory {
        self.memory.take()
    }

    /// Keeps the memory of a batch for the next one.
    pub fn keep_memory(&self, memory: BatchMemory) {
        self.memory.keep(memory);
    }

    /// Registers a connection and answers its number.
    pub fn add_database(&self, connection: Connection) -> usize {
        let connection = Rc::new(connection);
        let (statements, ended_modules) = (HashSet::new(), EndedModules::default());
        self.databases.borrow_mut().insert(DatabaseSlot { connection, statements, ended_modules })
    }

    /// The connection with this number.
    pub fn database(&self, number: u32) -> Result<Rc<Connection>> {
        self.databases
            .borrow()
            .get(number as usize)
            .map(|slot| Rc::clone(&slot.connection))
            .ok_or_else(Error::closed)
    }

    /// The open connection of this environment whose [`Handle::number`] it is.
    pub fn connection_of(&self, number: u64) -> Option<Rc<Handle>> {
        let databases = self.databases.borrow();
        let mut handles = databases.iter().filter_map(|(_, slot)| slot.connection.handle().ok());
        handles.find(|handle| handle.number() == number)
    }

    /// The modules of a connection that have ended.
    pub fn ended_modules(&self, database: u32) -> EndedModules {
        let databases = self.databases.borrow();
        databases
            .get(database as usize)
            .map(|slot| Rc::clone(&slot.ended_modules))
            .unwrap_or_default()
    }

    /// Closes a connection, its backups and statements first.
    pub fn close_database(&self, number: u32) -> Result<()> {
        let connection = self.database(number)?;
        self.backups.abort(number);
        let numbers = self
            .databases
            .borrow_mut()
            .get_mut(number as usize)
            .map(|slot| std::mem::take(&mut slot.statements))
            .unwrap_or_default();
        // Out of the list before they are dropped: finalizing calls into SQLite.
        let mut dropped = Vec::new();
        for statement in numbers {
            if let Some(slot) = self.statements.borrow_mut().get_mut(statement) {
                dropped.extend(slot.statement.take());
            }
        }
        drop(dropped);
        connection.close()
    }

    /// Closes a connection whose JavaScript object is gone, and frees its number.
    pub fn release_database(&self, number: u32) -> Result<()> {
        let closed = self.close_database(number);
        self.databases.borrow_mut().try_remove(number as usize);
        closed
    }

    /// Registers a statement of a connection and answers its number.
    pub fn add_statement(&self, database: u32, statement: Statement) -> usize {
        let database = database as usize;
        let statement = Some(Rc::new(RefCell::new(statement)));
        let number = self.statements.borrow_mut().insert(StatementSlot { database, statement });
        if let Some(slot) = self.databases.borrow_mut().get_mut(database) {
            slot.statements.insert(number);
        }
        number
    }

    /// The statement with this number.
    pub fn statement(&self, number: usize) -> Result<Rc<RefCell<Statement>>> {
        self.statements
            .borrow()
            .get(number)
            .and_then(|slot| slot.statement.clone())
            .ok_or_else(Error::closed)
    }

    /// Finalizes a statement whose JavaScript object is gone, and frees its number.
    pub fn release_statement(&self, number: u32) {
        let number = number as usize;
        let removed = self.statements.borrow_mut().try_remove(number);
        if let Some(slot) = &removed
            && let Some(database) = self.databases.borrow_mut().get_mut(slot.database)
        {
            database.statements.remove(&number);
        }
        drop(removed);
    }

    /// Closes everything: the environment is going away, nobody is left to hear of an error.
    fn close_all(&self) {
        cleaning_up(|| {
            for number in self.open_databases() {
                self.end_database(number, |_| ());
            }
        });
    }

    /// Closes everything because the process ends in the middle of things: what is not committed is
    /// rolled back. Calls no JavaScript, and leaves open what is executing further up the stack.
    pub fn abandon_all(&self) {
        self.checkpointers.abandon();
        self.pools.abandon();
        for number in self.open_databases() {
            self.end_database(number, Handle::hold_back_writes);
        }
    }

    fn open_databases(&self) -> Vec<u32> {
        let databases = self.databases.borrow();
        databases.iter().filter_map(|(number, _)| u32::try_from(number).ok()).collect()
    }

    fn end_database(&self, number: u32, prepare: impl FnOnce(&Handle)) {
        let Ok(handle) = self.database(number).and_then(|connection| connection.handle()) else {
            return;
        };
        if handle.is_executing() {
            return;
        }
        let files = handle.open_files();
        handle.silence();
        prepare(&handle);
        drop(handle);
        if self.close_database(number).is_ok() {
            for file in &files {
                drop(remove_leftover_log(file));
            }
        }
    }
}
