//! Raw Node-API calls, and the exit handlers of the C library: the one folder outside `sqlite/`
//! with `unsafe`.
//!
//! Five promises make it sound:
//!
//! 1. An `env` is used on its own thread, during a call from JavaScript or the environment's
//!    clean-up, which are the only ways to reach this folder. Values made or received live until
//!    the scope that they belong to ends: that of the call, or that of a [`Callback`].
//! 2. The shared buffers are V8's memory, kept alive by a reference for as long as Rust points at
//!    them, and never handed to users, nor to a function that users can replace: nobody can detach
//!    or shrink them.
//! 3. The data pointer of `execute` is the environment, which lives until its instance data is
//!    finalized, after which no JavaScript runs.
//! 4. Arrays that are written (`Bytes::for_writing`) were made for that call by `ts/core/serialize.ts`,
//!    with memory of their own; nobody else has them.
//! 5. References to JavaScript belong to a connection, and an environment's connections are closed
//!    before it is gone.
#![expect(unsafe_code, reason = "Node-API is a C interface")]

mod at_exit;
mod bytes;
mod callback;
mod entry;
mod memory;
mod running;
mod scopes;
mod values;

pub use at_exit::at_exit;
pub use bytes::Bytes;
pub use callback::{Callback, Given, Held, cleaning_up, is_exception_pending};
pub use entry::define_execute;
pub use memory::{ParameterBuffer, SharedBuffer};
pub use running::is_running;
pub use scopes::Scopes;
pub use values::{Call, Extras, Value, Values};

use napi::bindgen_prelude::Result as NapiResult;
use napi::{Error as NapiError, Status, sys};

use crate::error::{Error, Kind, Result};

/// Turns a Node-API status into an error of ours: none of the calls here fails for another
/// reason than memory, once its arguments are of the right type.
fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(refused()) }
}

fn refused() -> Error {
    Error::of(Kind::NoMemory, "JavaScript could not make or read a value")
}

fn check_napi(status: sys::napi_status) -> NapiResult<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(napi_error(status)) }
}

fn napi_error(status: sys::napi_status) -> NapiError {
    NapiError::from_status(Status::from(status))
}

/// A length as Node-API wants it. No slice is longer than `isize::MAX`.
fn length<T>(slice: &[T]) -> isize {
    isize::try_from(slice.len()).unwrap_or(isize::MAX)
}
