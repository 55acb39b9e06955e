//! Functions of the user: aggregates and window functions, and what they share with [scalar](super::scalar).
//!
//! rusqlite calls them, with a fence for panics. They run while a statement executes, so whatever
//! they use of their connection must bear that.

use std::ffi::c_int;
use std::panic::AssertUnwindSafe;

use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};

use super::handle::Handle;
use super::row::Cell;
use super::value::{OneThread, Output, fenced};
use crate::error::Result;

/// What a function is registered with.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// The name in SQL, at most 255 bytes.
    pub name: String,
    /// How many arguments it takes; -1 for any number.
    pub arguments: c_int,
    /// Whether equal arguments always give equal results.
    /// See <https://sqlite.org/c3ref/c_deterministic.html>.
    pub deterministic: bool,
    /// Whether triggers, views and other parts of the schema may not use it.
    pub direct_only: bool,
}

impl FunctionOptions {
    pub(super) fn flags(&self) -> FunctionFlags {
        let mut flags = FunctionFlags::SQLITE_UTF8;
        flags.set(FunctionFlags::SQLITE_DETERMINISTIC, self.deterministic);
        flags.set(FunctionFlags::SQLITE_DIRECTONLY, self.direct_only);
        flags
    }
}

/// The arguments of one call of an aggregate, borrowed from SQLite.
pub struct Arguments<'call>(&'call Context<'call>);

impl Arguments<'_> {
    /// The values, left to right.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.0.len()).map(|index| self.0.get_raw(index).into())
    }
}

/// A function over the rows of a group or of a window.
pub trait AggregateFunction: 'static {
    /// What is known of the rows seen so far.
    type Accumulator: 'static;
    /// Begins a group.
    fn start(&self) -> Result<Self::Accumulator>;
    /// Adds a row.
    fn step(&self, rows: &mut Self::Accumulator, arguments: &Arguments<'_>) -> Result<()>;
    /// Takes the oldest row of a window away.
    fn inverse(&self, rows: &mut Self::Accumulator, arguments: &Arguments<'_>) -> Result<()>;
    /// The result over the rows seen so far.
    fn value(&self, rows: &mut Self::Accumulator) -> Result<Output>;
}

/// An accumulator as rusqlite keeps it.
struct Rows<A> {
    accumulator: A,
    /// Whether its value was asked for while the window moved: then SQLite's last call asks for
    /// nothing, it only says that the window is gone.
    windowed: bool,
}

struct Adapter<F>(OneThread<F>);

type Kept<A> = AssertUnwindSafe<OneThread<Rows<A>>>;

impl<F: AggregateFunction> Aggregate<Kept<F::Accumulator>, Output> for Adapter<F> {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Kept<F::Accumulator>> {
        let accumulator = fenced(|| self.0.0.start())?;
        Ok(AssertUnwindSafe(OneThread(Rows { accumulator, windowed: false })))
    }

    fn step(
        &self,
        context: &mut Context<'_>,
        kept: &mut Kept<F::Accumulator>,
    ) -> rusqlite::Result<()> {
        let rows = &mut kept.0.0.accumulator;
        fenced(|| self.0.0.step(rows, &Arguments(context)))
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        kept: Option<Kept<F::Accumulator>>,
    ) -> rusqlite::Result<Output> {
        let mut accumulator = match kept {
            Some(AssertUnwindSafe(OneThread(Rows { windowed: true, .. }))) => {
                return Ok(Output::Null);
            }
            Some(AssertUnwindSafe(OneThread(rows))) => rows.accumulator,
            None => fenced(|| self.0.0.start())?,
        };
        fenced(|| self.0.0.value(&mut accumulator))
    }
}

impl<F: AggregateFunction> WindowAggregate<Kept<F::Accumulator>, Output> for Adapter<F> {
    fn value(&self, kept: Option<&mut Kept<F::Accumulator>>) -> rusqlite::Result<Output> {
        fenced(|| match kept {
            Some(kept) => {
                kept.0.0.windowed = true;
                self.0.0.value(&mut kept.0.0.accumulator)
            }
            None => self.0.0.start().and_then(|mut rows| self.0.0.value(&mut rows)),
        })
    }

    fn inverse(
        &self,
        context: &mut Context<'_>,
        kept: &mut Kept<F::Accumulator>,
    ) -> rusqlite::Result<()> {
        let rows = &mut kept.0.0.accumulator;
        fenced(|| self.0.0.inverse(rows, &Arguments(context)))
    }
}

impl Handle {
    /// Registers an aggregate; with `window` it may also be used as a window function. Otherwise as
    /// [`Handle::create_function`].
    pub fn create_aggregate(
        &self,
        options: &FunctionOptions,
        window: bool,
        function: impl AggregateFunction,
    ) -> Result<()> {
        let FunctionOptions { name, arguments, .. } = options;
        let (name, arguments, flags) = (name.as_str(), *arguments, options.flags());
        let function = Adapter(OneThread(function));
        let created = if window {
            self.connection().create_window_function(name, arguments, flags, function)
        } else {
            self.connection().create_aggregate_function(name, arguments, flags, function)
        };
        self.check_callback(created)
    }
}
