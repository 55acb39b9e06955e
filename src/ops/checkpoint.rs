//! A checkpoint by a connection of its own, for a thread that has none.

use crate::conn::{Connection, OpenOptions};
use crate::error::Result;
use crate::sqlite::{CheckpointMode, CheckpointOutcome, OpenMode};

/// Opens the database at `path`, checkpoints it, and closes it again. Never creates a file.
///
/// # Errors
///
/// SQLite's codes: `SQLITE_CANTOPEN` when the file is missing, `SQLITE_NOTADB` when it is no
/// database, `SQLITE_READONLY` when it cannot be written to. Waiting in vain for a lock is an
/// outcome (`busy`), not an error.
pub fn checkpoint_file(
    path: &str,
    mode: CheckpointMode,
    busy_timeout_ms: i32,
) -> Result<CheckpointOutcome> {
    let connection = Connection::open(&OpenOptions {
        path: path.to_owned(),
        mode: OpenMode::ReadWrite,
        uri: false,
        busy_timeout_ms,
    })?;
    let outcome = checkpoint(&connection, mode);
    connection.close()?;
    outcome
}

fn checkpoint(connection: &Connection, mode: CheckpointMode) -> Result<CheckpointOutcome> {
    // SQLite learns from the first read that the database has a log at all.
    if let Err(error) = connection.execute_all("PRAGMA schema_version".to_owned()) {
        return if error.is_busy() { Ok(CheckpointOutcome::BUSY_UNKNOWN) } else { Err(error) };
    }
    connection.handle()?.checkpoint(mode)
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
