use std::path::Path;

use super::{Backup, State};
use crate::conn::{Connection, OpenOptions};
use crate::error::Kind;
use crate::ops::test_folder::Folder;
use crate::sqlite::OpenMode;

const SCHEMA: &str = "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000))";

fn open(path: &str, sql: &str) -> Connection {
    let (path, mode) = (path.to_owned(), OpenMode::Create);
    let options = OpenOptions { path, mode, uri: false, busy_timeout_ms: 60_000 };
    let connection = Connection::open(&options).unwrap();
    connection.execute_all(sql.to_owned()).unwrap();
    connection
}

fn is_busy(state: &State) -> bool {
    matches!(state, State::Busy(error) if error.code == 5 && error.message == "database is locked")
}

#[test]
fn steps_count_down_to_a_whole_copy() {
    let folder = Folder::new("backup-steps");
    let path = folder.file("copy.db");
    let source = open(":memory:", SCHEMA);
    let mut backup = Backup::start(&source, "main", &path, false).unwrap();
    assert_eq!((backup.total_pages(), backup.remaining_pages()), (0, 0));
    let mut seen = Vec::new();
    for pages in [0, 10, 0, i32::MAX] {
        let state = backup.step(pages).unwrap();
        seen.push((state == State::Done, backup.total_pages(), backup.remaining_pages()));
    }
    assert_eq!(seen, [(false, 26, 26), (false, 26, 16), (false, 26, 16), (true, 26, 0)]);
    assert_eq!(backup.step(1).unwrap(), State::Done);
    drop(backup);
    open(&path, "SELECT a FROM t");
    assert!(source.close().is_ok());
}

#[test]
fn a_lock_is_told_at_once_and_leaves_the_backup_usable() {
    let folder = Folder::new("backup-locks");
    let (path, copy) = (folder.file("a.db"), folder.file("copy.db"));
    let source = open(&path, SCHEMA);
    let other = open(&path, "BEGIN EXCLUSIVE");
    let mut backup = Backup::start(&source, "main", &copy, false).unwrap();
    // The busy timeout of the source is a minute.
    assert!(is_busy(&backup.step(0).unwrap()));
    assert_eq!(source.handle().unwrap().busy_timeout(), 60_000);
    other.execute_all("COMMIT".to_owned()).unwrap();
    assert_eq!(backup.step(5).unwrap(), State::More);

    source.execute_all("BEGIN; INSERT INTO t VALUES (1)".to_owned()).unwrap();
    assert!(is_busy(&backup.step(5).unwrap()));
    assert_eq!((backup.total_pages(), backup.remaining_pages()), (26, 21));
    source.execute_all("COMMIT".to_owned()).unwrap();
    assert_eq!(backup.step(i32::MAX).unwrap(), State::Done);
    open(&copy, "SELECT a FROM t");
}

#[test]
fn a_backup_that_is_dropped_removes_the_file_it_made_and_no_other() {
    let folder = Folder::new("backup-dropped");
    let (new, old) = (folder.file("new.db"), folder.file("old.db"));
    open(&old, "CREATE TABLE kept (a)");
    let source = open(":memory:", SCHEMA);
    for path in [&new, &old] {
        let mut backup = Backup::start(&source, "main", path, false).unwrap();
        assert!(Path::new(path).exists());
        assert_eq!(backup.step(10).unwrap(), State::More);
    }
    assert!(!Path::new(&new).exists());
    open(&old, "SELECT a FROM kept");
}

#[test]
fn what_cannot_start_leaves_no_file() {
    let folder = Folder::new("backup-refused");
    let path = folder.file("a.db");
    let source = open(&path, "CREATE TABLE t (a)");
    let refused = |schema: &str, path: &str| {
        let error = Backup::start(&source, schema, path, false).err().unwrap();
        (error.kind, error.code, error.message)
    };
    let new = folder.file("new.db");
    assert_eq!(refused("other", &new), (Kind::Sqlite, 1, "unknown database other".to_owned()));
    assert!(!Path::new(&new).exists());
    assert_eq!(refused("main", &path).0, Kind::SameFile);
    assert_eq!(refused("main", &folder.file("./a.db")).0, Kind::SameFile);
    assert_eq!(refused("main", "a\0b").0, Kind::BadPath);
    assert_eq!(refused("main", &folder.file("")).1, 14);
    source.close().unwrap();
    let error = Backup::start(&source, "main", &new, false).err().unwrap();
    assert_eq!(error.kind, Kind::Closed);
    assert!(!Path::new(&new).exists());
}

#[test]
fn a_uri_is_one_only_where_it_may_be() {
    let folder = Folder::new("backup-uri");
    let source = open(":memory:", SCHEMA);
    let uri = format!("file:{}?mode=rwc", folder.file("copy.db"));
    let mut backup = Backup::start(&source, "main", &uri, true).unwrap();
    assert_eq!(backup.step(i32::MAX).unwrap(), State::Done);
    assert!(Path::new(&folder.file("copy.db")).exists());
    // As a plain name it is in a folder called "file:".
    let error = Backup::start(&source, "main", &uri, false).err().unwrap();
    assert_eq!(error.code, 14);
}

#[test]
fn a_target_in_memory_is_no_backup() {
    let source = open(":memory:", SCHEMA);
    let mut backup = Backup::start(&source, "main", "file:x?mode=memory", true).unwrap();
    assert_eq!(backup.step(i32::MAX).unwrap_err().code, 1032);
}
