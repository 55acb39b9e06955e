//! Virtual tables of the user: how SQLite reaches JavaScript.
#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of a method is not general enough in its lifetimes"
)]

use std::cell::RefCell;
use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi_derive::napi;

use super::database::with_handle;
use super::environment::{EndedModules, Environment};
use super::function::push_cells;
use super::raw::{Callback, Held, Value, Values};
use crate::error::{Error, Kind, Result};
use crate::sqlite::{Output, Rows, TableDefinition, TableModule, TableSource};

/// The functions of one module. TypeScript keeps what belongs to a table under a number.
struct Functions {
    connect: Callback,
    open: Callback,
    next: Callback,
    close: Callback,
    /// Numbers of tables that SQLite has let go of, for the next call of `connect` to forget.
    released: RefCell<Vec<f64>>,
}

/// SQLite drops it when the module was replaced and its last table is gone.
struct JsModule {
    functions: Rc<Functions>,
    number: u32,
    ended: EndedModules,
}

struct JsTable {
    functions: Rc<Functions>,
    number: f64,
    bigints: bool,
}

struct JsRows {
    functions: Rc<Functions>,
    iteration: Held,
    columns: usize,
    done: bool,
}

/// What `connect` answers, in this order.
fn definition_of(
    functions: &Rc<Functions>,
    values: &Values<'_>,
    answer: Value<'_>,
) -> Result<TableDefinition> {
    let field = |position| values.element(answer, position);
    let text = |position| {
        values.text(field(position)?).map(|utf8| String::from_utf8_lossy(&utf8).into_owned())
    };
    let is_on = |position| Ok(values.double(field(position)?)? != 0.0);
    let names = text(2)?;
    Ok(TableDefinition {
        declaration: text(1)?,
        parameters: names.split_terminator('\0').map(str::to_owned).collect(),
        is_declarable: is_on(5)?,
        direct_only: is_on(3)?,
        source: Box::new(JsTable {
            functions: Rc::clone(functions),
            number: values.double(field(0)?)?,
            bigints: is_on(4)?,
        }),
    })
}

impl TableModule for JsModule {
    fn connect(&self, names: [&[u8]; 3], arguments: &[&[u8]]) -> Result<TableDefinition> {
        let released = self.functions.released.take();
        self.functions.connect.call(
            |values, given| {
                let released: Result<Vec<_>> =
                    released.iter().map(|&number| values.number(number)).collect();
                given.push(values.array(&released?)?);
                for text in names.iter().chain(arguments) {
                    given.push(values.string(text)?);
                }
                Ok(())
            },
            |values, answer| definition_of(&self.functions, values, answer),
        )
    }
}

impl Drop for JsModule {
    fn drop(&mut self) {
        self.ended.borrow_mut().push(self.number);
    }
}

impl Drop for JsTable {
    fn drop(&mut self) {
        self.functions.released.borrow_mut().push(self.number);
    }
}

impl TableSource for JsTable {
    fn rows(&self, parameters: &[Option<Output>]) -> Result<Box<dyn Rows>> {
        let iteration = self.functions.open.call(
            |values, given| {
                given.push(values.number(self.number)?);
                for parameter in parameters {
                    match parameter {
                        None => given.push(values.undefined()?),
                        Some(value) => {
                            push_cells(values, std::iter::once(value.cell()), self.bigints, given)?;
                        }
                    }
                }
                Ok(())
            },
            |values, iteration| values.hold(iteration),
        )?;
        Ok(Box::new(JsRows {
            functions: Rc::clone(&self.functions),
            iteration,
            columns: 0,
            done: false,
        }))
    }
}

impl Rows for JsRows {
    fn next(&mut self) -> Result<Option<Vec<Option<Output>>>> {
        // Until it has answered, the iteration counts as over: one that has thrown must not be closed.
        self.done = true;
        let row = self.functions.next.call(
            |_, given| {
                given.push(self.iteration.value());
                Ok(())
            },
            |values, row| {
                if values.is_nothing(row)? {
                    return Ok(None);
                }
                let count = values.array_length(row)?;
                let mut cells = Vec::with_capacity(self.columns);
                for position in 0..count as usize {
                    cells.push(values.storable_output(values.element(row, position)?)?);
                }
                Ok(Some(cells))
            },
        )?;
        self.done = row.is_none();
        self.columns = row.as_ref().map_or(0, Vec::len);
        Ok(row)
    }

    fn refusal(&self, column: usize) -> Error {
        let answer: Result<()> = self.functions.next.call(
            |values, given| {
                given.push(self.iteration.value());
                #[expect(clippy::cast_precision_loss, reason = "a table has at most 2000 columns")]
                given.push(values.number(column as f64)?);
                Ok(())
            },
            |_, _| Ok(()),
        );
        answer.err().unwrap_or_else(|| Error::of(Kind::Thrown, "a value cannot be stored"))
    }
}

impl Drop for JsRows {
    fn drop(&mut self) {
        if !self.done {
            self.functions.close.clean_up(&self.iteration);
        }
    }
}

/// Registers a module of virtual tables under a number of JavaScript's. With `eponymous` it has one
/// table, of its own name. Answers 0.
#[napi(catch_unwind)]
#[allow(clippy::too_many_arguments, reason = "one for each of the module's functions")]
pub fn create_module(
    env: Env,
    database: u32,
    name: String,
    number: u32,
    eponymous: bool,
    connect: Unknown<'_>,
    open: Unknown<'_>,
    next: Unknown<'_>,
    close: Unknown<'_>,
) -> NapiResult<i32> {
    let functions = Functions {
        connect: Callback::new(env, &connect)?,
        open: Callback::new(env, &open)?,
        next: Callback::new(env, &next)?,
        close: Callback::new(env, &close)?,
        released: RefCell::default(),
    };
    let ended = Environment::current(env)?.ended_modules(database);
    let module = Box::new(JsModule { functions: Rc::new(functions), number, ended });
    with_handle(env, database, |handle| handle.create_module(&name, eponymous, module))
}

/// Takes the numbers of the modules that SQLite has let go of: nothing calls their functions any more.
#[napi(catch_unwind)]
pub fn take_ended_modules(env: Env, database: u32) -> NapiResult<Vec<u32>> {
    Ok(Environment::current(env)?.ended_modules(database).take())
}
