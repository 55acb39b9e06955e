//! Functions of the user: known to the pool, and registered on each connection before it compiles the
//! next text of a user.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::callback::{Asker, Callback};
use super::settings::ask;
use super::sync::{Mutex, lock};
use crate::conn::{Connection, Expression, FunctionOptions, OpenMode, OpenOptions, Rule};
use crate::error::{Error, Kind, Result};

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name, and what SQLite knows of it.
    pub options: FunctionOptions,
    /// What it does.
    pub body: Body,
}

/// What a function does.
#[derive(Debug)]
pub enum Body {
    /// Gives the value of an expression whose parameters are its arguments.
    Expression(String),
    /// Asks JavaScript.
    Callback {
        /// For the function of this number.
        number: u32,
        /// Whether integers are wanted whole.
        bigints: bool,
    },
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
        let mut list = lock(&self.list);
        let connection = Connection::open(&OpenOptions {
            path: ":memory:".to_owned(),
            mode: OpenMode::Create,
            uri: false,
            busy_timeout_ms: 0,
        })?;
        connection.handle()?.guard(Rule::State)?;
        let mut registered = Registered::default();
        for known in &*list {
            registered.register(&connection, known, None)?;
        }
        let name = &function.options.name;
        let quoted = name.replace('\'', "''");
        let same =
            format!("SELECT name FROM pragma_function_list WHERE name = '{quoted}' COLLATE NOCASE");
        if !ask(&connection, &same)?.is_empty() {
            return Err(Error::of(Kind::FunctionExists, name));
        }
        if let Body::Expression(sql) = &function.body {
            function.options.arguments = arguments_of(&connection, sql)?;
        }
        registered.register(&connection, &function, None)?;
        list.push(Arc::new(function));
        self.count.store(list.len(), Ordering::Release);
        Ok(())
    }

    /// Those behind the first `known` ones.
    fn behind(&self, known: usize) -> Vec<Arc<Function>> {
        lock(&self.list).iter().skip(known).cloned().collect()
    }
}

/// How many arguments an expression takes, which must depend on nothing else.
fn arguments_of(connection: &Connection, sql: &str) -> Result<i32> {
    connection.handle()?.take_seen();
    let compiled = connection.expression(sql);
    let seen = connection.handle()?.take_seen();
    if seen.reads || seen.state || seen.transactions {
        return Err(Error::of(Kind::NotPure, "it depends on more than its arguments"));
    }
    let compiled = compiled?;
    let count = i32::try_from(compiled.arguments()).unwrap_or(i32::MAX);
    compiled.let_go();
    Ok(count)
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
    pub fn update(&mut self, connection: &Connection, functions: &Functions, asker: &Asker) {
        if functions.count.load(Ordering::Acquire) == self.count {
            return;
        }
        for function in functions.behind(self.count) {
            if self.register(connection, &function, Some(asker)).is_err() {
                return;
            }
            self.count += 1;
        }
    }

    fn register(
        &mut self,
        connection: &Connection,
        function: &Function,
        asker: Option<&Asker>,
    ) -> Result<()> {
        let handle = connection.handle()?;
        match &function.body {
            Body::Expression(sql) => {
                let expression = connection.expression(sql)?;
                self.expressions.push(expression.clone());
                handle.create_function(&function.options, expression)
            }
            Body::Callback { number, bigints } => {
                let asker = asker.cloned();
                let callback = Callback { asker, number: *number, bigints: *bigints };
                handle.create_function(&function.options, callback)
            }
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        for expression in &self.expressions {
            expression.let_go();
        }
    }
}
