//! The write-ahead log.

use std::ffi::c_int;

use rusqlite::ffi;

use super::handle::Handle;
use crate::error::Result;

/// How far a checkpoint goes. See <https://sqlite.org/c3ref/wal_checkpoint_v2.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointMode {
    /// Copies nothing, and takes no lock: only asks for the numbers.
    Noop,
    /// Copies what it can without waiting for anybody.
    Passive,
    /// Waits for writers and old readers, then copies everything.
    Full,
    /// As full, then waits until the next writer can start the log from its beginning.
    Restart,
    /// As restart, then truncates the log to zero bytes.
    Truncate,
}

/// What a checkpoint did, in SQLite's own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointOutcome {
    /// A reader or writer kept the checkpoint from finishing.
    pub busy: bool,
    /// Frames in the log; -1 when the database is not in WAL mode or could not be read.
    pub wal_frames: c_int,
    /// Frames of the log that are in the database file; -1 likewise.
    pub checkpointed_frames: c_int,
}

impl CheckpointOutcome {
    /// Another connection held an exclusive lock: not even the size of the log could be read.
    pub const BUSY_UNKNOWN: Self = Self { busy: true, wal_frames: -1, checkpointed_frames: -1 };
}

/// Stops what a connection does, from any thread.
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    /// Ends the statement or checkpoint under way with `SQLITE_INTERRUPT`; does nothing without one, and
    /// once the connection is closed.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl Handle {
    /// Makes closing leave the log as it is: neither copied nor deleted. See
    /// <https://sqlite.org/c3ref/c_dbconfig_defensive.html>, `SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE`.
    ///
    /// # Errors
    ///
    /// SQLite's codes.
    pub fn keep_log(&self) -> Result<()> {
        let option = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        self.connection().set_db_config(option, true).map(|_| ()).map_err(|_| self.last_error())
    }

    /// What stops this connection from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.connection().get_interrupt_handle())
    }

    /// Checkpoints the main database.
    ///
    /// # Errors
    ///
    /// SQLite's codes, but not `SQLITE_BUSY`, which is an outcome. `SQLITE_LOCKED` inside a
    /// transaction of this connection.
    pub fn checkpoint(&self, mode: CheckpointMode) -> Result<CheckpointOutcome> {
        let mode = match mode {
            CheckpointMode::Noop => ffi::SQLITE_CHECKPOINT_NOOP,
            CheckpointMode::Passive => ffi::SQLITE_CHECKPOINT_PASSIVE,
            CheckpointMode::Full => ffi::SQLITE_CHECKPOINT_FULL,
            CheckpointMode::Restart => ffi::SQLITE_CHECKPOINT_RESTART,
            CheckpointMode::Truncate => ffi::SQLITE_CHECKPOINT_TRUNCATE,
        };
        let (mut wal_frames, mut checkpointed_frames) = (-1, -1);
        // SAFETY: the handle is open (promise 1 of the module), the name ends with NUL, and both
        // counters live during the call.
        let code = unsafe {
            ffi::sqlite3_wal_checkpoint_v2(
                self.raw(),
                c"main".as_ptr(),
                mode,
                &raw mut wal_frames,
                &raw mut checkpointed_frames,
            )
        };
        let busy = match self.check(code) {
            Ok(()) => false,
            Err(error) if error.is_busy() => true,
            Err(error) => return Err(error),
        };
        Ok(CheckpointOutcome { busy, wal_frames, checkpointed_frames })
    }
}
