//! Statements: describe, release.

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::environment::Environment;
use super::error::settle;

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
