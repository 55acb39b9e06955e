#![cfg(target_os = "linux")]

use super::*;
use crate::sqlite::OpenMode;
use std::fs::File;
use std::path::PathBuf;

/// A database in WAL mode that has been read, in a folder of its own.
fn open_wal(name: &str) -> (Handle, PathBuf, PathBuf) {
    let folder = std::env::temp_dir().join(format!("ferrolite-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("locks.db");
    let handle = Handle::open(path.to_str().unwrap(), OpenMode::Create, false, 0).unwrap();
    let wal = "PRAGMA journal_mode = WAL; CREATE TABLE t (v)";
    handle.connection().execute_batch(wal).unwrap();
    (handle, folder, path)
}

fn state(path: &std::path::Path) -> FileLocks {
    lock_state(path.to_str().unwrap()).unwrap()
}

const SHARED: usize = 2;
const WRITE: usize = 3;
const DMS: usize = 11;

#[test]
fn a_connection_in_wal_mode_has_the_locks_it_believes_in() {
    let (handle, folder, path) = open_wal("held");
    let idle = state(&path);
    assert_eq!((idle.connections, idle.level, idle.has_shm), (1, 1, true));
    assert_eq!(
        (idle.locks[SHARED].believed, idle.locks[SHARED].is_lost),
        (Held::Shared, Some(false))
    );
    assert_eq!((idle.locks[DMS].believed, idle.locks[DMS].is_lost), (Held::Shared, Some(false)));
    assert_eq!((idle.locks[WRITE].believed, idle.write_since_ms), (Held::Not, None));
    handle.connection().execute_batch("BEGIN IMMEDIATE").unwrap();
    let writing = state(&path);
    assert_eq!(writing.locks[WRITE].believed, Held::Exclusive);
    assert_eq!(writing.locks[WRITE].is_lost, Some(false));
    assert!(writing.write_since_ms.is_some());
    assert_eq!(handle.locks(path.to_str().unwrap()).unwrap().exclusive, 1);
    drop(handle);
    assert_eq!(state(&path).connections, 0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn closing_a_plain_descriptor_loses_the_locks_of_the_file() {
    let (_handle, folder, path) = open_wal("lost");
    let plain = File::open(&path).unwrap();
    let foreign = foreign_descriptors().unwrap();
    let found = foreign.iter().filter(|one| !one.is_shm && one.own.is_some()).count();
    assert!(found >= 1, "{foreign:?}");
    drop(plain);
    let lost = state(&path);
    assert_eq!(lost.locks[SHARED].is_lost, Some(true));
    assert_eq!(lost.locks[DMS].is_lost, Some(false), "another file's");
    assert!(!lost_files().is_empty());
    drop(File::open(folder.join("locks.db-shm")).unwrap());
    assert_eq!(state(&path).locks[DMS].is_lost, Some(true));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_database_on_descriptors_does_not_tell_of_those_of_its_user() {
    use crate::sqlite::Descriptors;
    use std::os::fd::AsRawFd;
    let folder = std::env::temp_dir().join(format!("ferrolite-given-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let read_write = |name| {
        let path = folder.join(name);
        File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    };
    let (database, journal) = (read_write("given.db"), read_write("given.db-journal"));
    let descriptors = Descriptors { database: database.as_raw_fd(), journal: journal.as_raw_fd() };
    let handle = Handle::open_descriptors(descriptors, OpenMode::ReadWrite, false, 0).unwrap();
    handle.connection().execute_batch("CREATE TABLE t (v); BEGIN IMMEDIATE").unwrap();
    assert_eq!(state(&folder.join("given.db")).level, 2);
    let foreign = foreign_descriptors().unwrap();
    assert!(!foreign.iter().any(|one| one.fd == database.as_raw_fd()), "{foreign:?}");
    std::fs::remove_dir_all(folder).unwrap();
}
