//! Databases as bytes: opening an image, making one.

use napi::Env;
use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi_derive::napi;

use super::database::{FAILED, number_database};
use super::environment::Environment;
use super::error::settle;
use super::raw::Bytes;
use crate::conn::Connection;
use crate::sqlite;

/// Opens a database in memory with a copy of an image, a `Uint8Array`, and answers its number.
#[napi(catch_unwind)]
pub fn open_image(
    env: Env,
    image: Unknown<'_>,
    readonly: bool,
    busy_timeout_ms: i32,
) -> NapiResult<i32> {
    let image = Bytes::of(env, &image)?;
    let size = image.size();
    number_database(env, Connection::open_image(image, size, readonly, busy_timeout_ms))
}

/// Writes the image of a schema into `target`, a `Uint8Array` that only the caller has, and answers
/// the image's size, -1 when an error waits to be taken. Nothing is written where the sizes differ.
#[napi(catch_unwind)]
pub fn serialize(env: Env, database: u32, schema: String, target: Unknown<'_>) -> NapiResult<f64> {
    let environment = Environment::current(env)?;
    let mut target = Bytes::of(env, &target)?;
    let size = environment
        .database(database)
        .and_then(|connection| connection.handle())
        .and_then(|handle| sqlite::serialize(&handle, &schema, target.for_writing()));
    #[expect(clippy::cast_precision_loss, reason = "databases are smaller than 2^53 bytes")]
    Ok(settle(&environment, size.map(|size| size as f64), f64::from(FAILED)))
}
