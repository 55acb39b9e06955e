//! The boundary to JavaScript: the only folder that names napi.
//!
//! Functions that run once in a while are `#[napi]` functions; the one that runs for every
//! execution (`execute`) is a raw Node-API function, whose `unsafe` is all in `raw`. Neither
//! throws for what SQLite or a user got wrong: they leave an error to be taken, and TypeScript
//! makes the exception, in its own realm and with the user's stack. Every entry catches panics.
//!
//! JavaScript names databases and statements by small integers. A number is given out again only
//! after JavaScript has released it, so a live JavaScript object never meets another's handle.
#![allow(clippy::needless_pass_by_value, reason = "Node-API hands over owned values")]

pub mod backup;
pub mod checkpoint;
pub mod checkpointer;
pub mod database;
pub mod environment;
pub mod error;
pub mod execute;
pub mod exit;
pub mod function;
pub mod leftover_log;
pub mod locks;
pub mod memory;
pub mod moved;
pub mod pool;
pub mod pool_call;
mod pool_texts;
pub mod raw;
pub mod serialize;
pub mod statement;
pub mod stats;
pub mod table;

use napi::Env;
use napi::bindgen_prelude::{Object, Result};
use napi_derive::napi;

use environment::Environment;

/// Prepares one JavaScript environment (a main thread, a worker, a realm that loads the addon).
#[napi(module_exports)]
pub fn initialize(exports: Object<'_>, env: Env) -> Result<()> {
    let environment = Environment::install(env)?;
    raw::define_execute(env, &exports, &environment)?;
    Ok(())
}
