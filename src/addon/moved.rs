//! Whether a database is still the file of its name.

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::environment::Environment;

/// Whether the main database of a connection has no file any more where it was opened. False where
/// the system cannot tell, and for a connection that is closed.
#[napi(catch_unwind)]
pub fn has_moved(env: Env, database: u32) -> NapiResult<bool> {
    let environment = Environment::current(env)?;
    Ok(environment
        .database(database)
        .and_then(|connection| connection.handle())
        .is_ok_and(|handle| handle.has_moved()))
}
