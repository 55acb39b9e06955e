//! Functions of the user that are expressions of SQL.
//!
//! The function executes a statement that its own connection has compiled, with the arguments as
//! parameters. SQLite closes no connection whose statements are left, and the function belongs to the
//! connection: whoever has an [`Expression`] lets it go before the connection is closed.

use std::cell::RefCell;
use std::rc::Rc;

use super::handle::Handle;
use super::scalar::{ScalarCall, ScalarFunction};
use super::statement::RawStatement;
use crate::error::{Error, Kind, Result};

/// The statement of such a function.
#[derive(Clone)]
pub struct Expression(Rc<RefCell<Option<RawStatement>>>);

impl Expression {
    /// Compiles `sql`, an expression whose parameters are the arguments.
    ///
    /// # Errors
    ///
    /// What SQLite says. [`Kind::NotPure`] where it is something else than one expression.
    pub fn compile(handle: &Rc<Handle>, sql: &str) -> Result<Self> {
        // On lines of their own: a comment at its end must not take what follows along. Twice: what
        // closes a parenthesis and opens another one is an expression in one of these only.
        drop(RawStatement::prepare(handle, format!("SELECT ((\n{sql}\n))"))?);
        let statement = RawStatement::prepare(handle, format!("SELECT (\n{sql}\n)"))?;
        if statement.column_count() != 1 || !statement.is_readonly() {
            return Err(Error::of(Kind::NotPure, "not one expression"));
        }
        Ok(Self(Rc::new(RefCell::new(Some(statement)))))
    }

    /// How many arguments it takes.
    pub fn arguments(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, RawStatement::parameter_count)
    }

    /// Finalizes the statement. The function fails from here on.
    pub fn let_go(&self) {
        drop(self.0.take());
    }
}

impl ScalarFunction for Expression {
    fn call(&self, call: &ScalarCall<'_>) -> Result<()> {
        let gone =
            || Error::of(Kind::Sqlite, "the function is being executed, or its pool has ended");
        let mut statement = self.0.try_borrow_mut().map_err(|_| gone())?;
        statement.as_mut().ok_or_else(gone)?.answer(call)
    }
}
