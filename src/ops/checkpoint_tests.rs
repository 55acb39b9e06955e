use super::checkpoint_file;
use crate::conn::{Connection, OpenOptions};
use crate::ops::test_folder::Folder;
use crate::sqlite::{CheckpointMode, OpenMode};

fn open(path: &str) -> Connection {
    let path = path.to_owned();
    Connection::open(&OpenOptions { path, mode: OpenMode::Create, uri: false, busy_timeout_ms: 0 })
        .unwrap()
}

#[test]
fn a_truncating_checkpoint_empties_the_log_unless_a_reader_holds_it() {
    let folder = Folder::new("checkpoint");
    let path = folder.file("a.db");
    let writer = open(&path);
    let setup = "PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)";
    writer.execute_all(setup.to_owned()).unwrap();
    let reader = open(&path);
    reader.execute_all("BEGIN; SELECT * FROM t".to_owned()).unwrap();
    writer.execute_all("INSERT INTO t VALUES (2)".to_owned()).unwrap();

    let held = checkpoint_file(&path, CheckpointMode::Truncate, 0).unwrap();
    assert!(held.busy && held.wal_frames > 0, "{held:?}");
    reader.execute_all("COMMIT".to_owned()).unwrap();
    let free = checkpoint_file(&path, CheckpointMode::Truncate, 0).unwrap();
    assert_eq!((free.busy, free.wal_frames, free.checkpointed_frames), (false, 0, 0));
    assert_eq!(std::fs::metadata(format!("{path}-wal")).unwrap().len(), 0);
}

#[test]
fn a_checkpoint_of_a_missing_file_fails_and_creates_nothing() {
    let folder = Folder::new("missing");
    let path = folder.file("none.db");
    assert_eq!(checkpoint_file(&path, CheckpointMode::Passive, 0).unwrap_err().code, 14);
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn a_checkpoint_without_a_log_says_so() {
    let folder = Folder::new("no-log");
    let path = folder.file("a.db");
    open(&path).execute_all("CREATE TABLE t (a)".to_owned()).unwrap();
    let outcome = checkpoint_file(&path, CheckpointMode::Truncate, 0).unwrap();
    assert_eq!((outcome.busy, outcome.wal_frames, outcome.checkpointed_frames), (false, -1, -1));
}
