//! Row batches: the one form in which rows leave Rust for JavaScript.
//!
//! A JavaScript value made through Node-API costs one call per cell. A batch costs one call per
//! few hundred rows: Rust writes cells into a byte buffer and `ts/batch/decode.ts` reads them with
//! typed-array loads. Whoever produces rows uses this path, so that a value cannot mean one thing
//! in one place and another elsewhere.
//!
//! The layout is specified in `docs/row-batch.md`; `layout.rs` holds its constants, and a test
//! keeps `ts/batch/layout.ts` equal to them. Change all three together and raise
//! `FORMAT_VERSION`: a loader that finds another version refuses to start rather than misread.
//!
//! Bytes only. Nothing here knows SQLite or Node-API, which is why it can be fuzzed.

mod encode;
pub mod layout;

pub use encode::{Detach, Integers, RowBatch, Text, Used};
