//! Locks of database files, for diagnoses.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;

use super::environment::Environment;
use crate::sqlite::{self, Held, Lock};

/// One lock. Held: 0 by nobody, 1 shared, 2 exclusively, -1 where the system does not tell.
#[napi(object)]
pub struct NativeLock {
    /// How the engine believes that this process has it.
    pub believed: i32,
    /// 1 where the system does not know of that, -1 where it does not tell.
    pub lost: i32,
    /// How another process has it.
    pub other: i32,
    /// That process; 0 where the system hides its number.
    pub pid: u32,
}

/// The locks of one file.
#[napi(object)]
pub struct NativeLocks {
    /// Connections of this process that have it open.
    pub connections: u32,
    /// The highest of SQLite's levels that one of them has, NONE is 0.
    pub level: u32,
    /// The index of a write-ahead log is open.
    pub has_shm: bool,
    /// For how long this process has had the write lock; negative when it has not.
    pub write_since_ms: f64,
    /// PENDING, RESERVED, SHARED; WRITE, CKPT, RECOVER, READ0 to READ4, DMS.
    pub locks: Vec<NativeLock>,
}

/// A descriptor that is not the engine's, of a file that the engine has open.
#[napi(object)]
pub struct NativeForeignDescriptor {
    /// Its number.
    pub fd: i32,
    /// Whether it is of the index of the log.
    pub is_shm: bool,
    /// A descriptor of the engine's, of the database file; -1 without.
    pub own: i32,
}

/// What one connection holds.
#[napi(object)]
pub struct NativeConnectionLocks {
    /// One of SQLite's levels, NONE is 0.
    pub level: u32,
    /// A bit for each lock of the log's index that it shares, WRITE first.
    pub shared: u32,
    /// Likewise those that it has alone.
    pub exclusive: u32,
    /// The statements that stand on a row or are being executed.
    pub statements: Vec<String>,
}

fn held(held: Option<Held>) -> i32 {
    match held {
        None => -1,
        Some(Held::Not) => 0,
        Some(Held::Shared) => 1,
        Some(Held::Exclusive) => 2,
    }
}

fn native(lock: &Lock) -> NativeLock {
    NativeLock {
        believed: held(Some(lock.believed)),
        lost: lock.is_lost.map_or(-1, i32::from),
        other: held(lock.other),
        pid: lock.pid.unwrap_or(0),
    }
}

/// The locks of the file at `path`; null on systems that do not tell. Opens nothing.
#[napi(catch_unwind)]
pub fn lock_state(path: String) -> Option<NativeLocks> {
    let state = sqlite::lock_state(&path)?;
    Some(NativeLocks {
        connections: state.connections,
        level: state.level,
        has_shm: state.has_shm,
        write_since_ms: state.write_since_ms.unwrap_or(-1.0),
        locks: state.locks.iter().map(native).collect(),
    })
}

/// Files of which this process has lost locks: descriptors of the engine's. With many files open, several calls see
/// all of them.
#[napi(catch_unwind)]
pub fn lost_files() -> Vec<i32> {
    sqlite::lost_files()
}

/// Descriptors of this process that other code has opened, of files that the engine has open; null on
/// systems that do not list descriptors.
#[napi(catch_unwind)]
pub fn foreign_descriptors() -> Option<Vec<NativeForeignDescriptor>> {
    let found = sqlite::foreign_descriptors()?;
    let foreign = |one: &sqlite::ForeignDescriptor| NativeForeignDescriptor {
        fd: one.fd,
        is_shm: one.is_shm,
        own: one.own.unwrap_or(-1),
    };
    Some(found.iter().map(foreign).collect())
}

/// What a connection holds of the file at `path`, a real path; null for one that is closed or does not have it
/// open, and on systems that do not tell.
#[napi(catch_unwind)]
pub fn connection_locks(
    env: Env,
    database: u32,
    path: String,
) -> NapiResult<Option<NativeConnectionLocks>> {
    let environment = Environment::current(env)?;
    Ok(environment.database(database).and_then(|connection| connection.handle()).ok().and_then(
        |handle| {
            let locks = handle.locks(&path)?;
            Some(NativeConnectionLocks {
                level: locks.level,
                shared: locks.shared,
                exclusive: locks.exclusive,
                statements: handle.busy_statements(),
            })
        },
    ))
}

thread_local! {
    /// Whether a realm of this thread guards the locks of the process.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the caller is the first of its thread: realms share a thread, and one of them guards.
#[napi(catch_unwind)]
pub fn claim_lock_guard() -> bool {
    !IS_GUARDED.replace(true)
}

/// A bit for each warning that was given.
static WARNED: AtomicU32 = AtomicU32::new(0);

/// Whether the caller is the first of the process to give a warning; `warning` is below 32.
#[napi(catch_unwind)]
pub fn claim_lock_warning(warning: u32) -> bool {
    let bit = 1_u32.wrapping_shl(warning);
    WARNED.fetch_or(bit, Ordering::Relaxed) & bit == 0
}
