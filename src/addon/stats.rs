//! Statistics: of a file off the main thread, of a connection on its own.

use std::panic::catch_unwind;

use napi::bindgen_prelude::{AsyncTask, Error as NapiError, Result as NapiResult};
use napi::{Env, Task};
use napi_derive::napi;

use super::checkpointer::{NativeHolder, holder_of};
use super::environment::Environment;
use super::error::NativeError;
use crate::error::Result;
use crate::ops::checkpointer::policy::Log;
use crate::ops::stats::{DatabaseStats, database_stats};

/// A table or index.
#[napi(object)]
pub struct NativeObjectStats {
    /// Its name.
    pub name: String,
    /// `table` or `index`.
    pub kind: String,
    /// The table that it belongs to.
    pub table: String,
    /// Pages, their bytes, those of content, and those that hold nothing.
    pub numbers: Vec<f64>,
}

/// What a database is made of. With `error` the other fields mean nothing.
#[napi(object)]
pub struct NativeDatabaseStats {
    /// Bytes of a page, pages, free pages, bytes of the file, connections of this process.
    pub numbers: Vec<f64>,
    /// SQLite's name of it.
    pub journal_mode: String,
    /// SQLite's number of it.
    pub auto_vacuum: u32,
    /// Bytes of the log, its frames, those of them that are in the file; none without a log.
    pub wal: Vec<f64>,
    /// Who reads; absent where the system does not tell.
    pub readers: Option<Vec<NativeHolder>>,
    /// The largest tables and indexes.
    pub objects: Vec<NativeObjectStats>,
    /// Why it failed.
    pub error: Option<NativeError>,
}

/// A look at a file on a thread of libuv's pool.
pub struct StatsTask {
    path: String,
    objects: u32,
    busy_timeout_ms: i32,
}

impl Task for StatsTask {
    type Output = Result<DatabaseStats>;
    type JsValue = NativeDatabaseStats;

    fn compute(&mut self) -> NapiResult<Self::Output> {
        // napi calls this from C, where a panic would end the process.
        catch_unwind(|| database_stats(&self.path, self.objects, self.busy_timeout_ms)).map_err(
            |_| NapiError::from_reason("a defect in the addon was caught; please report it"),
        )
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> NapiResult<Self::JsValue> {
        let environment = Environment::current(env)?;
        Ok(match output {
            Ok(stats) => native_stats(&environment, stats),
            Err(error) => NativeDatabaseStats {
                numbers: Vec::new(),
                journal_mode: String::new(),
                auto_vacuum: 0,
                wal: Vec::new(),
                readers: None,
                objects: Vec::new(),
                error: Some(NativeError::from(error)),
            },
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "no file and no counter reaches 2^53")]
fn float(number: i64) -> f64 {
    number as f64
}

fn unsigned(number: u64) -> f64 {
    float(i64::try_from(number).unwrap_or(i64::MAX))
}

fn native_stats(environment: &Environment, stats: DatabaseStats) -> NativeDatabaseStats {
    let (frames, copied) = stats.wal_frames;
    let log = Log {
        frames: u32::try_from(frames).unwrap_or(0),
        copied: u32::try_from(copied).unwrap_or(0),
        bytes: stats.wal_bytes.unwrap_or(0),
    };
    let readers = stats.readers.map(|readers| {
        readers.iter().map(|reader| holder_of(environment, &log, reader, None)).collect()
    });
    let objects = stats.objects.into_iter().map(|one| NativeObjectStats {
        numbers: [one.pages, one.bytes, one.payload_bytes, one.unused_bytes].map(float).to_vec(),
        name: one.name,
        kind: one.kind,
        table: one.table,
    });
    NativeDatabaseStats {
        numbers: vec![
            float(stats.page_bytes),
            float(stats.pages),
            float(stats.free_pages),
            unsigned(stats.file_bytes),
            unsigned(stats.connections as u64),
        ],
        journal_mode: stats.journal_mode,
        auto_vacuum: u32::try_from(stats.auto_vacuum).unwrap_or(0),
        wal: stats
            .wal_bytes
            .map(|bytes| vec![unsigned(bytes), f64::from(frames), f64::from(copied)])
            .unwrap_or_default(),
        readers,
        objects: objects.collect(),
        error: None,
    }
}

/// Looks at the database at `path`, and at so many of its largest tables and indexes.
#[napi(catch_unwind, js_name = "databaseStats", ts_return_type = "Promise<NativeDatabaseStats>")]
pub fn native_database_stats(
    path: String,
    objects: u32,
    busy_timeout_ms: i32,
) -> AsyncTask<StatsTask> {
    AsyncTask::new(StatsTask { path, objects, busy_timeout_ms })
}

/// The counters of a connection: pages found in the cache, not found, written, spilled; bytes of the cache,
/// of the schema, of statements; statements, and those that are busy. None for one that is closed.
#[napi(catch_unwind)]
pub fn connection_status(env: Env, database: u32) -> NapiResult<Vec<f64>> {
    let environment = Environment::current(env)?;
    let Ok(handle) = environment.database(database).and_then(|connection| connection.handle())
    else {
        return Ok(Vec::new());
    };
    let status = handle.status();
    Ok(vec![
        status.cache_hits.into(),
        status.cache_misses.into(),
        status.cache_writes.into(),
        status.cache_spills.into(),
        status.cache_bytes.into(),
        status.schema_bytes.into(),
        status.statement_bytes.into(),
        status.statements.into(),
        status.busy_statements.into(),
    ])
}

/// Tells this SQLite library from others that are loaded into the process: packages that were installed
/// twice have one each, and each keeps books of its own about locks.
#[napi(catch_unwind)]
pub fn library_id() -> String {
    static LIBRARY: u8 = 0;
    format!("{:p}", &raw const LIBRARY)
}

/// The absolute path of a connection's main database; none for one without a file, or that is closed.
/// Unlike `PRAGMA database_list` it leaves no statement behind.
#[napi(catch_unwind)]
pub fn main_file(env: Env, database: u32) -> NapiResult<Option<String>> {
    let environment = Environment::current(env)?;
    let handle = environment.database(database).and_then(|connection| connection.handle());
    let path = handle.ok().and_then(|handle| handle.file_of("main"));
    Ok(path.and_then(|path| path.into_os_string().into_string().ok()))
}
