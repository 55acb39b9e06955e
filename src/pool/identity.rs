//! Which file a path leads to, to notice that another one has taken its name.
//!
//! Two connections of one pool must never have two files: what is written to one is not in the other,
//! and the log of the one would be taken for that of the other.

use crate::conn::Connection;

/// What tells a file from all others for as long as it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

/// The file that `path` leads to. `None`: there is none, or the system does not tell. Windows does not, and
/// needs it not: a file that is open can neither be deleted nor renamed there.
#[cfg(unix)]
pub fn at(path: &str) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok()?;
    Some(FileId { device: file.dev(), inode: file.ino() })
}

/// The same where the system does not tell.
#[cfg(not(unix))]
pub fn at(_path: &str) -> Option<FileId> {
    None
}

/// The file that `connection`, opened at `path`, has. `None` as well if that has lost its name.
pub fn of(connection: &Connection, path: &str) -> Option<FileId> {
    let there = at(path)?;
    let handle = connection.handle().ok()?;
    // SQLite compares the file that it has opened with the one that is there.
    (!handle.has_moved()).then_some(there)
}
