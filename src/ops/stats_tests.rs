use super::database_stats;
use crate::conn::{Connection, OpenOptions};
use crate::ops::test_folder::Folder;
use crate::sqlite::OpenMode;

fn open(path: &str) -> Connection {
    let path = path.to_owned();
    Connection::open(&OpenOptions { path, mode: OpenMode::Create, uri: false, busy_timeout_ms: 0 })
        .unwrap()
}

const SETUP: &str = "PRAGMA journal_mode = wal; CREATE TABLE small (a); CREATE TABLE large (a); \
    CREATE INDEX large_a ON large (a); \
    INSERT INTO large SELECT zeroblob(3000) FROM json_each('[1,2,3,4,5,6,7,8]')";

#[test]
fn a_log_that_nobody_has_open_is_neither_copied_nor_removed() {
    let folder = Folder::new("stats-leftover");
    let path = folder.file("a.db");
    let writer = open(&path);
    writer.execute_all(SETUP.to_owned()).unwrap();
    // As after a crash: the log without anybody who has it open.
    let (copy, log) = (folder.file("b.db"), folder.file("b.db-wal"));
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(format!("{path}-wal"), &log).unwrap();
    let before = (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap());
    let stats = database_stats(&copy, 0, 0).unwrap();
    assert!(stats.wal_frames.0 > 0 && stats.wal_frames.1 == 0, "{stats:?}");
    assert_eq!(before, (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap()));
}

#[test]
fn looking_at_a_closed_database_leaves_no_log_behind() {
    let folder = Folder::new("stats-closed");
    let path = folder.file("a.db");
    open(&path).execute_all(SETUP.to_owned()).unwrap();
    let before = std::fs::read(&path).unwrap();
    let stats = database_stats(&path, 0, 0).unwrap();
    assert_eq!((stats.wal_bytes, stats.wal_frames), (Some(0), (0, 0)));
    assert_eq!(before, std::fs::read(&path).unwrap());
    assert!(!std::path::Path::new(&format!("{path}-wal")).exists());
}

#[test]
fn the_largest_tables_and_indexes_come_first() {
    let folder = Folder::new("stats-objects");
    let path = folder.file("a.db");
    let writer = open(&path);
    writer.execute_all(SETUP.to_owned()).unwrap();
    let stats = database_stats(&path, 2, 0).unwrap();
    let names: Vec<_> =
        stats.objects.iter().map(|one| (&*one.name, &*one.kind, &*one.table)).collect();
    assert_eq!(names, [("large", "table", "large"), ("large_a", "index", "large")]);
    assert!(stats.objects[0].payload_bytes >= 24_000, "{stats:?}");
    assert_eq!(stats.objects[0].bytes, stats.objects[0].pages * stats.page_bytes);
    assert_eq!(stats.connections, 1);
}
