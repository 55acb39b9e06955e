//! The log that nobody uses any more, for connections that JavaScript closes.

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::database::FAILED;
use super::environment::Environment;
use super::error::settle;
use crate::ops::leftover_log;
use crate::sqlite::OpenFile;

/// Removes the log that a closed connection has left beside the database at `path`. Answers 0.
#[napi(catch_unwind)]
pub fn remove_leftover_log(env: Env, path: String, readonly: bool) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let removed = leftover_log::remove_leftover_log(&OpenFile { path, readonly });
    Ok(settle(&environment, removed.map(|()| 0), FAILED))
}
