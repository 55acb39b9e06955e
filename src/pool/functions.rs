//! Functions of the user: known to the pool, and registered on each connection before it compiles the
//! next text of a user.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::settings::ask;
use crate::conn::{Connection, Expression, FunctionOptions, OpenMode, OpenOptions, Rule};
use crate::error::{Error, Kind, Result};

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name, and what SQLite knows of it.
    pub options: FunctionOptions,
    /// The expression whose parameters are its arguments.
    pub sql: String,
}

/// The functions of a pool, in the order of their coming.
#[derive(Default)]
pub struct Functions {
    list: Mutex<Vec<Arc<Function>>>,
    /// How many there are, to be asked without the lock.
    count: AtomicUsize,
}

impl Functions {
    /// Adds a function once a connection of its own has taken it, beside those that there are.
    ///
    /// # Errors
    ///
    /// [`Kind::FunctionExists`], [`Kind::NotPure`], and what SQLite says of name and expression.
    pub fn add(&self, mut function: Function) -> Result<()> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = Connection::open(&OpenOptions {
            path: ":memory:".to_owned(),
            mode: OpenMode::Create,
            uri: false,
            busy_timeout_ms: 0,
        })?;
        connection.handle()?.guard(Rule::State)?;
        let mut registered = Registered::default();
        for known in &*list {
            registered.register(&connection, known)?;
        }
        let name = &function.options.name;
        let quoted = name.replace('\'', "''");
        let same =
            format!("SELECT name FROM pragma_function_list WHERE name = '{quoted}' COLLATE NOCASE");
        if !ask(&connection, &same)?.is_empty() {
            return Err(Error::of(Kind::FunctionExists, name));
        }
        connection.handle()?.take_seen();
        let compiled = connection.expression(&function.sql);
        let seen = connection.handle()?.take_seen();
        if seen.reads || seen.state || seen.transactions {
            return Err(Error::of(Kind::NotPure, "it depends on more than its arguments"));
        }
        let compiled = compiled?;
        function.options.arguments = i32::try_from(compiled.arguments()).unwrap_or(i32::MAX);
        compiled.let_go();
        registered.register(&connection, &function)?;
        list.push(Arc::new(function));
        self.count.store(list.len(), Ordering::Release);
        Ok(())
    }

    /// Those behind the first `known` ones.
    fn behind(&self, known: usize) -> Vec<Arc<Function>> {
        self.list
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .skip(known)
            .cloned()
            .collect()
    }
}

/// What a connection has of them. Dropped before that is closed.
#[derive(Default)]
pub struct Registered {
    count: usize,
    expressions: Vec<Expression>,
}

impl Registered {
    /// Registers what has come since the last call. What cannot be registered, for a lock that is in the
    /// way of an expression, is tried again by the next one.
    pub fn update(&mut self, connection: &Connection, functions: &Functions) {
        if functions.count.load(Ordering::Acquire) == self.count {
            return;
        }
        for function in functions.behind(self.count) {
            if self.register(connection, &function).is_err() {
                return;
            }
            self.count += 1;
        }
    }

    fn register(&mut self, connection: &Connection, function: &Function) -> Result<()> {
        let expression = connection.expression(&function.sql)?;
        self.expressions.push(expression.clone());
        connection.handle()?.create_function(&function.options, expression)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        for expression in &self.expressions {
            expression.let_go();
        }
    }
}
