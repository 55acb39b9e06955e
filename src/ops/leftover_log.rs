//! Removing a write-ahead log that nobody uses any more.
//!
//! SQLite leaves one in two cases: connections that close at the same moment each take the other
//! for the one that stays, and a read-only connection may not delete. Opening the file once more
//! and closing it removes the log; one that others use stays as it is.

use std::rc::Rc;

use crate::error::Result;
use crate::sqlite::{Handle, OpenFile, OpenMode, RawStatement};

/// Two processes can meet again in the second attempt, hardly in the third.
const ATTEMPTS: usize = 3;

/// Removes the log that a closed connection has left beside `file`, if it has. Waits for nobody, and
/// never creates a file.
///
/// # Errors
///
/// SQLite's codes, `SQLITE_BUSY` among them. The log is whole then, and whoever opens the file next
/// reads it.
pub fn remove_leftover_log(file: &OpenFile) -> Result<()> {
    for _ in 0..ATTEMPTS {
        if !has_leftover_log(file) {
            break;
        }
        let handle = Rc::new(Handle::open(&file.path, OpenMode::ReadWrite, false, 0)?);
        // The log is noticed by the first read.
        RawStatement::run_all(&handle, "PRAGMA schema_version".to_owned())?;
    }
    Ok(())
}

fn has_leftover_log(file: &OpenFile) -> bool {
    let log = std::fs::metadata(format!("{}-wal", file.path));
    // Frames are for a connection that may write; removing an empty log changes no data.
    log.is_ok_and(|log| !file.readonly || log.len() == 0)
}

#[cfg(test)]
#[path = "leftover_log_tests.rs"]
mod tests;
