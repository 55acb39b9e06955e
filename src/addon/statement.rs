//! Statements: compile, describe, release.

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::database::{FAILED, number};
use super::environment::Environment;
use super::error::settle;
use crate::error::Result;

/// A compiled statement, described once.
#[napi(object)]
pub struct NativeStatement {
    /// The statement's number, or -1 when an error waits to be taken.
    pub number: i32,
    /// Columns of its result; 0 when it returns no data.
    pub columns: u32,
    /// Whether it writes nothing to the database.
    pub readonly: bool,
    /// How many parameters it has: the highest index.
    pub parameters: u32,
    /// The name of each parameter with its prefix, null for a plain `?`; absent when none has one.
    pub parameter_names: Option<Vec<Option<String>>>,
}

/// Compiles one statement.
#[napi(catch_unwind)]
pub fn prepare(env: Env, database: u32, sql: String) -> NapiResult<NativeStatement> {
    let environment = Environment::current(env)?;
    let described = prepare_in(&environment, database, sql);
    let failed = NativeStatement {
        number: FAILED,
        columns: 0,
        readonly: false,
        parameters: 0,
        parameter_names: None,
    };
    Ok(settle(&environment, described, failed))
}

fn prepare_in(environment: &Environment, database: u32, sql: String) -> Result<NativeStatement> {
    let statement = environment.database(database)?.prepare(sql)?;
    let names = statement.parameter_names();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(NativeStatement {
        columns: count(statement.column_count()),
        readonly: statement.is_readonly(),
        parameters: count(names.len()),
        parameter_names: names.iter().any(Option::is_some).then_some(names),
        number: number(environment.add_statement(database, statement)),
    })
}

/// The names of the statement's columns, joined by NUL, which no name can hold. Null when an error
/// waits to be taken.
#[napi(catch_unwind)]
pub fn column_names(env: Env, statement: u32) -> NapiResult<Option<String>> {
    let environment = Environment::current(env)?;
    let names = environment
        .statement(statement as usize)
        .map(|statement| Some(statement.borrow_mut().column_names().join("\0")));
    Ok(settle(&environment, names, None))
}

/// The table that each of the statement's columns comes from, null for expressions. Null when an
/// error waits to be taken.
#[napi(catch_unwind, ts_return_type = "(string | null)[] | null")]
pub fn column_tables(env: Env, statement: u32) -> NapiResult<Option<Vec<Option<String>>>> {
    let environment = Environment::current(env)?;
    let tables = environment.statement(statement as usize).map(|statement| {
        let columns = statement.borrow().columns();
        Some(columns.into_iter().map(|column| column.table).collect())
    });
    Ok(settle(&environment, tables, None))
}

/// The SQL text with the values of the parameters in place. Null when an error waits to be taken.
#[napi(catch_unwind)]
pub fn expanded_sql(env: Env, statement: u32) -> NapiResult<Option<String>> {
    let environment = Environment::current(env)?;
    let sql = environment
        .statement(statement as usize)
        .and_then(|statement| statement.borrow().expanded_sql())
        .map(|sql| Some(String::from_utf8_lossy(&sql).into_owned()));
    Ok(settle(&environment, sql, None))
}

/// Name, column, table, schema and declared type of each of the statement's columns, one after the
/// other; null for what an expression does not have. Null when an error waits to be taken.
#[napi(catch_unwind, ts_return_type = "(string | null)[] | null")]
pub fn columns(env: Env, statement: u32) -> NapiResult<Option<Vec<Option<String>>>> {
    let environment = Environment::current(env)?;
    let columns = environment.statement(statement as usize).map(|statement| {
        let parts = statement.borrow().columns().into_iter().flat_map(|column| {
            [Some(column.name), column.column, column.table, column.database, column.declared_type]
        });
        Some(parts.collect())
    });
    Ok(settle(&environment, columns, None))
}

/// Finalizes a statement whose JavaScript object is gone.
#[napi(catch_unwind)]
pub fn release_statement(env: Env, statement: u32) -> NapiResult<()> {
    Environment::current(env)?.release_statement(statement);
    Ok(())
}
