//! The native half of ferrolite: SQLite behind row batches, for Node-API.
//!
//! | module   | what it is                                         | may import                                | unsafe | napi |
//! |----------|----------------------------------------------------|-------------------------------------------|--------|------|
//! | `error`  | the one error type                                 | nothing of ours                           | no     | no   |
//! | `codes`  | SQLite's result codes and their names              | nothing of ours                           | no     | no   |
//! | `batch`  | the row-batch format: bytes only                   | `error`                                   | no     | no   |
//! | `sqlite` | the boundary to the C library                      | `error`, `codes`                          | yes    | no   |
//! | `conn`   | one connection, one thread, synchronous            | `sqlite`, `batch`, `error`                | no     | no   |
//! | `ops`    | production mechanisms over a connection            | `conn`, `sqlite`, `error`                 | no     | no   |
//! | `pool`   | threads with a connection each                     | `conn`, `ops`, `batch`, `error`           | no     | no   |
//! | `addon`  | the boundary to JavaScript                         | all                                       | only `addon/raw` | yes |
//!
//! The life of a query: `addon/execute.rs` reads the call, `conn/statement.rs` binds and steps,
//! `conn/cursor.rs` borrows each row from `sqlite/row.rs` and writes it with `batch/encode.rs`;
//! `ts/batch/decode.ts` reads the bytes. `docs/architecture.md` draws it.

pub mod addon;
pub mod batch;
pub mod codes;
pub mod conn;
pub mod error;
pub mod ops;
pub mod pool;
pub mod sqlite;
