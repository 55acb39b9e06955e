use super::remove_leftover_log;
use crate::conn::{Connection, OpenOptions};
use crate::ops::test_folder::Folder;
use crate::sqlite::{OpenFile, OpenMode};

fn open(path: &str, mode: OpenMode) -> Connection {
    let path = path.to_owned();
    Connection::open(&OpenOptions { path, mode, uri: false, busy_timeout_ms: 0 }).unwrap()
}

/// Makes a database whose log nobody has open, as a killed process leaves it.
fn leave_log(folder: &Folder) -> String {
    let (live, left) = (folder.file("live.db"), folder.file("left.db"));
    let writer = open(&live, OpenMode::Create);
    let setup = "PRAGMA journal_mode = wal; CREATE TABLE t (a)";
    writer.execute_all(setup.to_owned()).unwrap();
    for suffix in ["", "-wal"] {
        std::fs::copy(format!("{live}{suffix}"), format!("{left}{suffix}")).unwrap();
    }
    left
}

fn has_log(path: &str) -> bool {
    ["-wal", "-shm"].iter().any(|suffix| std::fs::exists(format!("{path}{suffix}")).unwrap())
}

#[test]
fn a_log_that_nobody_uses_goes_into_the_file() {
    let folder = Folder::new("leftover");
    let path = leave_log(&folder);
    remove_leftover_log(&OpenFile { path: path.clone(), readonly: false }).unwrap();
    assert!(!has_log(&path));
    open(&path, OpenMode::ReadOnly).execute_all("SELECT a FROM t".to_owned()).unwrap();
}

#[test]
fn a_log_with_frames_is_not_removed_for_a_read_only_connection_and_an_empty_one_is() {
    let folder = Folder::new("leftover-readonly");
    let path = leave_log(&folder);
    let file = OpenFile { path: path.clone(), readonly: true };
    remove_leftover_log(&file).unwrap();
    assert!(has_log(&path));
    // Into the file, and then an empty log of a connection that may not delete.
    open(&path, OpenMode::ReadWrite).execute_all("SELECT a FROM t".to_owned()).unwrap();
    open(&path, OpenMode::ReadOnly).execute_all("SELECT a FROM t".to_owned()).unwrap();
    assert!(has_log(&path));
    remove_leftover_log(&file).unwrap();
    assert!(!has_log(&path));
}

#[test]
fn a_log_that_another_connection_uses_stays() {
    let folder = Folder::new("leftover-used");
    let path = leave_log(&folder);
    let reader = open(&path, OpenMode::ReadWrite);
    reader.execute_all("SELECT a FROM t".to_owned()).unwrap();
    remove_leftover_log(&OpenFile { path: path.clone(), readonly: false }).unwrap();
    assert!(has_log(&path));
    reader.execute_all("INSERT INTO t VALUES (1)".to_owned()).unwrap();
}
