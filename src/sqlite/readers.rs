//! Who reads from a write-ahead log: connections of this process, and other processes.

use std::ffi::{c_int, c_uint, c_void};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use super::c_path;
use super::handle::Handle;

/// `FrlReader` of `csrc/wal_readers.c`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct RawReader {
    slot: c_int,
    frame: c_uint,
    connection: c_int,
    pid: c_int,
}

unsafe extern "C" {
    /// In `csrc/wal_readers.c`. `db` is open.
    fn frl_main_file(db: *mut ffi::sqlite3) -> *mut c_void;
    /// In `csrc/wal_readers.c`. `db` is open, `files` are such answers for connections that stay open
    /// during the call, and `readers` has room for `most`.
    fn frl_wal_readers(
        db: *mut ffi::sqlite3,
        files: *mut *mut c_void,
        count: c_int,
        readers: *mut RawReader,
        most: c_int,
    ) -> c_int;
}

/// More readers than this are not listed.
const MOST_READERS: usize = 256;

/// Who has a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhoReads {
    /// A connection of this process.
    Connection {
        /// Its [`Handle::number`]; `None` for one that is just being opened or closed.
        number: Option<u64>,
        /// The name of the thread that opened it, if that has one.
        thread: Option<String>,
    },
    /// Another process: its number, where the system tells.
    Process(Option<u32>),
}

/// A connection that reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalReader {
    /// Which of SQLite's five slots it has; those in slot 0 need nothing of the log, but keep it from
    /// being copied.
    pub slot: u32,
    /// The last frame of the log that its snapshot has.
    pub frame: u32,
    /// Who it is.
    pub who: WhoReads,
}

/// An open connection.
struct Open {
    number: u64,
    /// The answer of `frl_main_file()`: only compared, and only while the connection is open.
    file: usize,
    /// The absolute path of the main database.
    path: Option<PathBuf>,
    thread: Option<String>,
}

/// The connections of this process that have a file.
static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());
static NEXT: AtomicU64 = AtomicU64::new(1);

fn open() -> MutexGuard<'static, Vec<Open>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a connection in the list. Dropped before the connection is closed.
pub(super) struct Listed(u64);

impl Listed {
    /// Lists the connection `db`, which is open.
    pub(super) fn new(db: *mut ffi::sqlite3) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller has just opened `db`.
        let file = unsafe { frl_main_file(db) } as usize;
        if file != 0 {
            let thread = std::thread::current().name().map(str::to_owned);
            // SAFETY: as above; the name ends with NUL.
            let name = unsafe { ffi::sqlite3_db_filename(db, c"main".as_ptr()) };
            // SAFETY: null, or a path of SQLite's that lives as long as the connection.
            let path = unsafe { c_path(name) };
            open().push(Open { number, file, path, thread });
        }
        Self(number)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut list = open();
        if let Some(index) = list.iter().position(|one| one.number == self.0) {
            list.swap_remove(index);
        }
    }
}

impl Handle {
    /// Tells the connection from all others of this process, closed ones included.
    pub fn number(&self) -> u64 {
        self.listed.0
    }

    /// The other connections that read the main database in WAL mode at this moment. `None` where this
    /// connection has not read from a log yet, and on systems that do not tell.
    pub fn wal_readers(&self) -> Option<Vec<WalReader>> {
        // Held during the call: no connection of the list is closed meanwhile.
        let list = open();
        let mut files: Vec<_> = list.iter().map(|one| one.file as *mut c_void).collect();
        let mut readers = [RawReader::default(); MOST_READERS];
        // SAFETY: the handle is open (promise 1 of the module), the files are those of connections
        // that are removed from the list before they are closed, and the numbers are the lengths.
        let count = unsafe {
            frl_wal_readers(
                self.raw(),
                files.as_mut_ptr(),
                c_int::try_from(files.len()).unwrap_or(0),
                readers.as_mut_ptr(),
                c_int::try_from(readers.len()).unwrap_or(0),
            )
        };
        let count = usize::try_from(count).ok()?;
        let named = |reader: &RawReader| WalReader {
            slot: u32::try_from(reader.slot).unwrap_or(0),
            frame: reader.frame,
            who: match reader.pid {
                0 => who(&list, reader.connection),
                pid => WhoReads::Process(u32::try_from(pid).ok()),
            },
        };
        Some(readers[..count].iter().map(named).collect())
    }
}

/// How many connections this process has to the file of `handle`'s main database, by its path; `handle`
/// does not count.
pub fn connections_to(handle: &Handle) -> usize {
    let list = open();
    let own = list.iter().find(|one| one.number == handle.number());
    let same = |one: &&Open| own.is_some_and(|own| own.path == one.path);
    list.iter().filter(same).count().saturating_sub(1)
}

fn who(list: &[Open], index: c_int) -> WhoReads {
    let one = usize::try_from(index).ok().and_then(|index| list.get(index));
    WhoReads::Connection {
        number: one.map(|one| one.number),
        thread: one.and_then(|one| one.thread.clone()),
    }
}

#[cfg(test)]
#[path = "readers_tests.rs"]
mod tests;
