//! The only place that turns an [`Error`] into something JavaScript sees.

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::environment::Environment;
use crate::codes;
use crate::error::{Error, Kind};

/// A failed operation, for `ts/errors.ts` to make an exception of.
#[napi(object)]
pub struct NativeError {
    /// One of the numbers of [`Kind`].
    pub kind: i32,
    /// SQLite's symbolic extended code, `SQLITE_OK` where SQLite was not involved.
    pub code: String,
    /// SQLite's extended code.
    pub errcode: i32,
    /// SQLite's message, or ours.
    pub message: String,
    /// Byte offset into the SQL text, where SQLite knows it.
    pub offset: Option<i32>,
}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind as i32,
            code: codes::name(error.code),
            errcode: error.code,
            message: error.message,
            offset: error.offset,
        }
    }
}

/// Takes the error that the last failed call has left.
#[napi(catch_unwind)]
pub fn take_error(env: Env) -> NapiResult<Option<NativeError>> {
    Ok(Environment::current(env)?.take_error().map(NativeError::from))
}

/// Answers with the value of a call, or leaves its error to be taken and answers `failed`.
pub fn settle<T>(environment: &Environment, result: Result<T, Error>, failed: T) -> T {
    result.unwrap_or_else(|error| {
        environment.fail(error);
        failed
    })
}

impl Error {
    /// What `WORD_STATUS` of the header says of it.
    pub fn status(&self) -> i32 {
        self.kind as i32
    }
}

const _: () = assert!(Kind::Sqlite as i32 == 1, "0 means success in the header");
