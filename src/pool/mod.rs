//! The pool: one writer and several readers, each a thread with a connection of its own.
//!
//! JavaScript gives jobs to [`Pool::submit`], which never waits for SQLite; threads execute them and
//! put what comes of it into the [`Outbox`], where JavaScript fetches it. `docs/threading.md` draws it.
//!
//! What must stay true:
//! - A connection is opened, used and closed by one thread.
//! - No event of a write leaves before its transaction is committed.
//! - Every job ends in exactly one event that is its last, whatever happens to it.
//! - A thread waits under [`Shared::state`]'s lock for conditions only, never for SQLite or the outbox's
//!   reader.
//! - Each job runs behind a fence for panics; a defect costs its connection, not its thread.

#![cfg_attr(all(test, loom), allow(dead_code, reason = "models execute nothing"))]

mod callback;
mod functions;
mod given;
mod group;
mod identity;
mod job;
mod lane;
mod outbox;
mod queue;
mod reader;
mod scratch;
mod session;
mod settings;
mod shared;
mod statements;
mod streams;
mod sync;
mod writer;

pub use callback::Question;
pub use functions::{Body, Function, Functions};
pub use given::{Fault, Given, Named};
pub use job::{Control, Job, JobId, Query, RowOptions, Work};
pub use outbox::{Event, Extra, Outbox, OwnedBatch, Shape, Waker, What};
pub use queue::{Counts, Route};
pub use settings::Settings;
pub use shared::{Pool, Shared};

/// What the threads do.
#[cfg(not(all(test, loom)))]
mod threads {
    pub use super::reader::run as read;
    pub use super::writer::run as write;
}

#[cfg(test)]
#[cfg(loom)]
mod models;
#[cfg(all(test, loom))]
use models as threads;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;
