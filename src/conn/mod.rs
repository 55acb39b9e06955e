//! One connection: synchronous, used by one thread at a time.
//!
//! The addon's functions and the threads of a pool drive the same types, so a statement
//! behaves the same wherever it runs. Errors are returned, never thrown; rows leave through
//! [`crate::batch`] only.

mod connection;
mod cursor;
#[cfg(test)]
mod golden;
mod statement;
#[cfg(test)]
mod tests;

pub use crate::sqlite::{
    Cell, Expression, FunctionOptions, OpenFile, OpenMode, Output, Parameter, Parameters, Rule,
    ScalarCall, ScalarFunction, Seen, Waiting,
};
pub use connection::{Connection, OpenOptions};
pub use statement::{Changes, Statement};
