//! What a database is made of, without changing anything.
//!
//! The file is looked at by a connection of its own, which leaves the log as it finds it: it copies none
//! of it when it is the last to close, and removes the empty one that its opening has made where there
//! was none.

use std::path::Path;

use crate::conn::{Connection, OpenOptions};
use crate::error::Result;
use crate::sqlite::{CheckpointMode, Handle, OpenMode, Plain, WalReader, connections_to};

/// A table or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStats {
    /// Its name.
    pub name: String,
    /// `table` or `index`.
    pub kind: String,
    /// The table that it belongs to.
    pub table: String,
    /// Pages.
    pub pages: i64,
    /// Bytes of these pages.
    pub bytes: i64,
    /// Bytes of its content.
    pub payload_bytes: i64,
    /// Bytes of its pages that hold nothing.
    pub unused_bytes: i64,
}

/// What a database is made of.
#[derive(Debug, Clone)]
pub struct DatabaseStats {
    /// Bytes of a page.
    pub page_bytes: i64,
    /// Pages of the database, those in the log included.
    pub pages: i64,
    /// Pages that hold nothing.
    pub free_pages: i64,
    /// SQLite's name of it.
    pub journal_mode: String,
    /// SQLite's number of it.
    pub auto_vacuum: i64,
    /// The size of the file.
    pub file_bytes: u64,
    /// The size of the log's file; `None` without a log.
    pub wal_bytes: Option<u64>,
    /// Frames in the log, and those of them that are in the file.
    pub wal_frames: (i32, i32),
    /// Who reads in WAL mode; `None` where the system does not tell.
    pub readers: Option<Vec<WalReader>>,
    /// Connections of this process, whichever thread they belong to.
    pub connections: usize,
    /// The largest tables and indexes.
    pub objects: Vec<ObjectStats>,
}

/// Looks at the database at `path`, and at its `objects` largest tables and indexes: more than none of
/// them reads the whole file.
///
/// # Errors
///
/// SQLite's codes: `SQLITE_CANTOPEN` when the file is missing, `SQLITE_NOTADB`, `SQLITE_BUSY` while
/// another connection keeps everybody out for longer than `busy_timeout_ms`.
pub fn database_stats(path: &str, objects: u32, busy_timeout_ms: i32) -> Result<DatabaseStats> {
    let log = format!("{path}-wal");
    let has_log = Path::new(&log).exists();
    let connection = Connection::open(&OpenOptions {
        path: path.to_owned(),
        mode: OpenMode::ReadWrite,
        uri: false,
        busy_timeout_ms,
    })?;
    let handle = connection.handle()?;
    if has_log {
        handle.keep_log()?;
    }
    let stats = read(&handle, path, &log, objects);
    drop(handle);
    connection.close()?;
    stats
}

fn read(handle: &Handle, path: &str, log: &str, objects: u32) -> Result<DatabaseStats> {
    handle.rows("BEGIN")?;
    let pragma = |name: &str| -> Result<Plain> {
        let rows = handle.rows(&format!("PRAGMA {name}"))?;
        Ok(rows.into_iter().flatten().next().unwrap_or(Plain::Other))
    };
    let page_bytes = pragma("page_size")?.integer();
    let pages = pragma("page_count")?.integer();
    let free_pages = pragma("freelist_count")?.integer();
    let auto_vacuum = pragma("auto_vacuum")?.integer();
    let journal_mode = pragma("journal_mode")?.text();
    let objects = if objects > 0 { largest(handle, objects)? } else { Vec::new() };
    handle.rows("COMMIT")?;
    let outcome = handle.checkpoint(CheckpointMode::Noop)?;
    let size = |path: &str| std::fs::metadata(path).map(|file| file.len()).ok();
    let is_wal = journal_mode == "wal";
    Ok(DatabaseStats {
        page_bytes,
        pages,
        free_pages,
        auto_vacuum,
        file_bytes: size(path).unwrap_or(0),
        wal_bytes: is_wal.then(|| size(log).unwrap_or(0)),
        wal_frames: (outcome.wal_frames.max(0), outcome.checkpointed_frames.max(0)),
        readers: handle.wal_readers(),
        connections: connections_to(handle),
        journal_mode,
        objects,
    })
}

fn largest(handle: &Handle, most: u32) -> Result<Vec<ObjectStats>> {
    // One row for each b-tree. The schema itself has none in `sqlite_schema`.
    let sql = format!(
        "SELECT d.name, coalesce(s.type, 'table'), coalesce(s.tbl_name, d.name), \
            d.pageno, d.pgsize, d.payload, d.unused \
         FROM dbstat('main', 1) AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name \
         ORDER BY d.pgsize DESC, d.name LIMIT {most}"
    );
    let object = |row: Vec<Plain>| {
        let text = |index: usize| row.get(index).map(Plain::text).unwrap_or_default();
        let number = |index: usize| row.get(index).map(Plain::integer).unwrap_or_default();
        ObjectStats {
            name: text(0),
            kind: text(1),
            table: text(2),
            pages: number(3),
            bytes: number(4),
            payload_bytes: number(5),
            unused_bytes: number(6),
        }
    };
    Ok(handle.rows(&sql)?.into_iter().map(object).collect())
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
