//! Functions of the user: how SQLite reaches JavaScript.
//!
//! Each callback is a function that TypeScript made around the user's: it marks the connection as
//! busy, checks what the user's function returns, and passes on what it throws.
#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of a method is not general enough in its lifetimes"
)]

use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi_derive::napi;

use super::database::with_handle;
use super::environment::Environment;
use super::raw::{Callback, Given, Held, ParameterBuffer, Values};
use crate::batch::layout::{TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_TEXT_ARGUMENT, tagged};
use crate::error::Result;
use crate::sqlite::{
    AggregateFunction, Arguments, Cell, FunctionOptions, Log, Output, ScalarCall, ScalarFunction,
};

/// How a function is registered.
#[napi(object)]
pub struct NativeFunctionOptions {
    /// The name in SQL.
    pub name: String,
    /// How many arguments it takes; -1 for any number.
    pub arguments: i32,
    /// Equal arguments always give equal results.
    pub deterministic: bool,
    /// The schema may not use it.
    pub direct_only: bool,
    /// Integers arrive as bigints.
    pub safe_integers: bool,
}

impl From<NativeFunctionOptions> for FunctionOptions {
    fn from(options: NativeFunctionOptions) -> Self {
        Self {
            name: options.name,
            arguments: options.arguments,
            deterministic: options.deterministic,
            direct_only: options.direct_only,
        }
    }
}

/// Makes JavaScript values of cells and appends them.
pub fn push_cells<'s, 'c>(
    values: &Values<'s>,
    cells: impl Iterator<Item = Cell<'c>>,
    bigints: bool,
    arguments: &mut Given<'s>,
) -> Result<()> {
    for cell in cells {
        arguments.push(values.cell(cell, bigints)?);
    }
    Ok(())
}

struct JsFunction {
    function: Callback,
    memory: Rc<ParameterBuffer>,
    bigints: bool,
}

impl ScalarFunction for JsFunction {
    fn call(&self, call: &ScalarCall<'_>) -> Result<()> {
        self.function.exchange(
            &self.memory,
            call.count(),
            |values, slots, given| {
                call.read(slots, self.bigints, |position, slot, cell| {
                    *slot = tagged(argument_tag(cell));
                    given[position] = values.cell(cell, true)?;
                    Ok(())
                })
            },
            |result| call.give(result),
        )
    }
}

/// The tag of a slot for what does not fit there.
fn argument_tag(cell: Cell<'_>) -> i32 {
    match cell {
        Cell::Text(_) => TAG_TEXT_ARGUMENT,
        Cell::Blob(_) => TAG_BLOB_ARGUMENT,
        _ => TAG_BIGINT_ARGUMENT,
    }
}

/// Each function takes the accumulator first: an object of TypeScript's.
struct JsAggregate {
    start: Callback,
    step: Callback,
    inverse: Option<Callback>,
    result: Callback,
    bigints: bool,
}

impl JsAggregate {
    fn change(&self, function: &Callback, rows: &Held, arguments: &Arguments<'_>) -> Result<()> {
        function.call(
            |values, given| {
                given.push(rows.value());
                push_cells(values, arguments.cells(), self.bigints, given)
            },
            |_, _| Ok(()),
        )
    }
}

impl AggregateFunction for JsAggregate {
    type Accumulator = Held;

    fn start(&self) -> Result<Held> {
        self.start.call(|_, _| Ok(()), |values, rows| values.hold(rows))
    }

    fn step(&self, rows: &mut Held, arguments: &Arguments<'_>) -> Result<()> {
        self.change(&self.step, rows, arguments)
    }

    fn inverse(&self, rows: &mut Held, arguments: &Arguments<'_>) -> Result<()> {
        match &self.inverse {
            Some(inverse) => self.change(inverse, rows, arguments),
            None => Ok(()),
        }
    }

    fn value(&self, rows: &mut Held) -> Result<Output> {
        self.result.call(
            |_, given| {
                given.push(rows.value());
                Ok(())
            },
            |values, result| values.output(result),
        )
    }
}

struct JsLog(Callback);

impl Log for JsLog {
    fn log(&self, sql: &[u8]) -> Result<()> {
        self.0.call(
            |values, given| {
                given.push(values.string(sql)?);
                Ok(())
            },
            |_, _| Ok(()),
        )
    }
}

/// Registers a function. Answers 0.
#[napi(catch_unwind)]
pub fn create_function(
    env: Env,
    database: u32,
    options: NativeFunctionOptions,
    function: Unknown<'_>,
) -> NapiResult<i32> {
    let bigints = options.safe_integers;
    let memory = Rc::clone(&Environment::current(env)?.parameters);
    let function = JsFunction { function: Callback::new(env, &function)?, memory, bigints };
    with_handle(env, database, |handle| handle.create_function(&options.into(), function))
}

/// Registers an aggregate, which with `inverse` may be used over a window. Answers 0.
#[napi(catch_unwind)]
pub fn create_aggregate(
    env: Env,
    database: u32,
    options: NativeFunctionOptions,
    start: Unknown<'_>,
    step: Unknown<'_>,
    inverse: Option<Unknown<'_>>,
    result: Unknown<'_>,
) -> NapiResult<i32> {
    let function = JsAggregate {
        start: Callback::new(env, &start)?,
        step: Callback::new(env, &step)?,
        inverse: inverse.map(|inverse| Callback::new(env, &inverse)).transpose()?,
        result: Callback::new(env, &result)?,
        bigints: options.safe_integers,
    };
    let window = function.inverse.is_some();
    with_handle(env, database, |handle| handle.create_aggregate(&options.into(), window, function))
}

/// Makes `log` hear of every statement before it executes. Answers 0.
#[napi(catch_unwind)]
pub fn set_log(env: Env, database: u32, log: Unknown<'_>) -> NapiResult<i32> {
    let log = Box::new(JsLog(Callback::new(env, &log)?));
    with_handle(env, database, |handle| {
        handle.set_log(log);
        Ok(())
    })
}
