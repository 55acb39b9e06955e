//! Which locks of a database file this process believes to have and which it has; `csrc/locks.c` looks.

use std::ffi::{CString, c_char, c_int};
use std::sync::Once;

use rusqlite::ffi;

use super::handle::Handle;

/// `FRL_NLOCK` of `csrc/locks.c`: three locks of the file, then nine of the index of its log.
const LOCKS: usize = 12;
/// More descriptors or files than this are not listed.
const MOST: usize = 64;

/// `FrlLock` of `csrc/locks.c`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct RawLock {
    believed: c_int,
    is_lost: c_int,
    other: c_int,
    pid: c_int,
}

/// `FrlLocks` of `csrc/locks.c`.
#[repr(C)]
#[derive(Default)]
struct RawLocks {
    connections: c_int,
    level: c_int,
    has_shm: c_int,
    descriptor: c_int,
    write_since_ms: f64,
    locks: [RawLock; LOCKS],
}

/// `FrlDescriptor` of `csrc/locks.c`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct RawDescriptor {
    fd: c_int,
    is_shm: c_int,
    own: c_int,
}

unsafe extern "C" {
    /// Before a database is opened.
    fn frl_watch_descriptors();
    /// `path` ends with NUL.
    fn frl_lock_state(path: *const c_char, locks: *mut RawLocks) -> c_int;
    /// `descriptors` has room for `most`.
    fn frl_lost_files(descriptors: *mut c_int, most: c_int) -> c_int;
    /// `descriptors` has room for `most`.
    fn frl_foreign_descriptors(descriptors: *mut RawDescriptor, most: c_int) -> c_int;
    /// `db` is open and used by no other thread, `path` ends with NUL.
    fn frl_connection_locks(
        db: *mut ffi::sqlite3,
        path: *const c_char,
        level: *mut c_int,
        shared: *mut c_int,
        exclusive: *mut c_int,
    ) -> c_int;
}

static WATCHED: Once = Once::new();

/// Makes the engine remember which descriptors are its own. Before any database is opened.
pub(super) fn watch_descriptors() {
    // SAFETY: no database is open, and every thread that opens one waits here before.
    WATCHED.call_once(|| unsafe { frl_watch_descriptors() });
}

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// By nobody.
    Not,
    /// By one or several that share it.
    Shared,
    /// By one alone.
    Exclusive,
}

impl Held {
    /// `None` where the system does not tell.
    fn of(raw: c_int) -> Option<Self> {
        match raw {
            0 => Some(Self::Not),
            1 => Some(Self::Shared),
            2 => Some(Self::Exclusive),
            _ => None,
        }
    }
}

/// One lock, as this process sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// How the engine believes that this process has it.
    pub believed: Held,
    /// Whether the system does not know of that; `None` where it does not tell.
    pub is_lost: Option<bool>,
    /// How another process has it; of several that share it one. `None` where the system does not tell.
    pub other: Option<Held>,
    /// That process; `None` where the system hides its number.
    pub pid: Option<u32>,
}

/// The locks of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileLocks {
    /// Connections of this process that have it open, as main or attached database. With 0 the rest means
    /// nothing.
    pub connections: u32,
    /// The highest of SQLite's levels that one of them has: 0 none, 1 SHARED, 2 RESERVED, 3 PENDING, 4
    /// EXCLUSIVE.
    pub level: u32,
    /// The index of a write-ahead log is open.
    pub has_shm: bool,
    /// For how long this process has had the write lock, in milliseconds.
    pub write_since_ms: Option<f64>,
    /// PENDING, RESERVED and SHARED of the file; WRITE, CKPT, RECOVER, READ0 to READ4 and DMS of the
    /// index of its log.
    pub locks: [Lock; LOCKS],
}

/// A descriptor of a file that the engine has open, opened by other code of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignDescriptor {
    /// Its number.
    pub fd: i32,
    /// Whether it is of the index of the log.
    pub is_shm: bool,
    /// A descriptor of the engine's, of the database file.
    pub own: Option<i32>,
}

/// What one connection holds of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLocks {
    /// As [`FileLocks::level`].
    pub level: u32,
    /// A bit for each lock of the log's index that it shares, WRITE first.
    pub shared: u32,
    /// Likewise those that it has alone.
    pub exclusive: u32,
}

fn count(raw: c_int) -> u32 {
    u32::try_from(raw).unwrap_or(0)
}

/// The locks of the file at `path`. `None` on systems that do not tell.
pub fn lock_state(path: &str) -> Option<FileLocks> {
    let path = CString::new(path).ok()?;
    let mut raw = RawLocks::default();
    // SAFETY: the path ends with NUL; both live during the call.
    if unsafe { frl_lock_state(path.as_ptr(), &raw mut raw) } == 0 {
        return None;
    }
    Some(FileLocks {
        connections: count(raw.connections),
        level: count(raw.level),
        has_shm: raw.has_shm != 0,
        write_since_ms: (raw.write_since_ms >= 0.0).then_some(raw.write_since_ms),
        locks: raw.locks.map(|lock| Lock {
            believed: Held::of(lock.believed).unwrap_or(Held::Not),
            is_lost: (lock.is_lost >= 0).then_some(lock.is_lost > 0),
            other: Held::of(lock.other),
            pid: u32::try_from(lock.pid).ok().filter(|&pid| pid > 0),
        }),
    })
}

/// Files of which this process has lost locks: descriptors of the engine's. With many files open, several calls
/// see all of them.
pub fn lost_files() -> Vec<i32> {
    let mut descriptors = [0; MOST];
    // SAFETY: the room is as much as is said.
    let found = unsafe { frl_lost_files(descriptors.as_mut_ptr(), most()) };
    descriptors[..usize::try_from(found).unwrap_or(0)].to_vec()
}

/// The descriptors of this process that other code than the engine has opened, of files that the engine has
/// open. `None` on systems that do not list descriptors.
pub fn foreign_descriptors() -> Option<Vec<ForeignDescriptor>> {
    let mut descriptors = [RawDescriptor::default(); MOST];
    // SAFETY: the room is as much as is said.
    let found = unsafe { frl_foreign_descriptors(descriptors.as_mut_ptr(), most()) };
    let found = usize::try_from(found).ok()?;
    let foreign = |raw: &RawDescriptor| ForeignDescriptor {
        fd: raw.fd,
        is_shm: raw.is_shm != 0,
        own: (raw.own >= 0).then_some(raw.own),
    };
    Some(descriptors[..found].iter().map(foreign).collect())
}

fn most() -> c_int {
    c_int::try_from(MOST).unwrap_or(c_int::MAX)
}

impl Handle {
    /// What this connection holds of the file at `path`, a real path: its main or an attached database.
    /// `None` when it does not have it open with locks, and on systems that do not tell.
    pub fn locks(&self, path: &str) -> Option<ConnectionLocks> {
        let path = CString::new(path).ok()?;
        let (mut level, mut shared, mut exclusive) = (0, 0, 0);
        // SAFETY: the handle is open and used by this thread (promises 1 and 2 of the module), and the
        // path ends with NUL.
        let found = unsafe {
            frl_connection_locks(
                self.raw(),
                path.as_ptr(),
                &raw mut level,
                &raw mut shared,
                &raw mut exclusive,
            )
        };
        (found != 0).then(|| ConnectionLocks {
            level: count(level),
            shared: count(shared),
            exclusive: count(exclusive),
        })
    }
}

#[cfg(test)]
#[path = "locks_tests.rs"]
mod tests;
