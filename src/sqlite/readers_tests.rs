use super::{WalReader, WhoReads};
use crate::sqlite::{CheckpointMode, Handle, OpenMode, RawStatement};
use std::rc::Rc;

fn open(path: &str) -> Rc<Handle> {
    Rc::new(Handle::open(path, OpenMode::Create, false, 0).unwrap())
}

fn run(handle: &Rc<Handle>, sql: &str) {
    RawStatement::run_all(handle, sql.to_owned()).unwrap();
}

struct File(std::path::PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("ferrolite-readers-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_listed_with_its_connection_and_the_frame_where_it_ends() {
    let file = File::new("snapshot");
    let writer = open(file.path());
    run(&writer, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    let frames = writer.checkpoint(CheckpointMode::Noop).unwrap().wal_frames;
    assert_eq!(writer.wal_readers(), Some(vec![]));
    let reader = open(file.path());
    run(&reader, "BEGIN; SELECT * FROM t");
    run(&writer, "INSERT INTO t VALUES (1)");

    let seen = writer.wal_readers().unwrap();
    let [WalReader { slot, frame, who }] = seen.as_slice() else { panic!("{seen:?}") };
    assert!(*slot > 0);
    assert_eq!(i32::try_from(*frame).unwrap(), frames);
    let thread = std::thread::current().name().map(str::to_owned);
    assert_eq!(*who, WhoReads::Connection { number: Some(reader.number()), thread });

    run(&reader, "COMMIT");
    assert_eq!(writer.wal_readers(), Some(vec![]));
}

#[cfg(unix)]
#[test]
fn a_snapshot_that_needs_nothing_of_the_log_is_in_slot_0() {
    let file = File::new("slot-0");
    let writer = open(file.path());
    run(&writer, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    writer.checkpoint(CheckpointMode::Passive).unwrap();
    let reader = open(file.path());
    run(&reader, "BEGIN; SELECT * FROM t");
    let seen = writer.wal_readers().unwrap();
    assert_eq!((seen.len(), seen[0].slot, seen[0].frame), (1, 0, 0), "{seen:?}");
}

#[test]
fn databases_without_a_log_have_no_such_readers() {
    assert_eq!(open(":memory:").wal_readers(), None);
    let file = File::new("no-log");
    let handle = open(file.path());
    run(&handle, "CREATE TABLE t (a)");
    assert_eq!(handle.wal_readers(), None);
}

#[cfg(unix)]
#[test]
fn a_closed_connection_is_not_listed() {
    let file = File::new("closed");
    let writer = open(file.path());
    run(&writer, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    let reader = open(file.path());
    run(&reader, "BEGIN; SELECT * FROM t");
    Rc::into_inner(reader).unwrap().close().unwrap();
    assert_eq!(writer.wal_readers(), Some(vec![]));
}

#[cfg(unix)]
#[test]
fn readers_are_listed_while_connections_of_other_threads_open_read_and_close() {
    let file = File::new("storm");
    let watcher = open(file.path());
    run(&watcher, "PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    let path = file.path();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(move || {
                    for _ in 0..300 {
                        let reader = open(path);
                        run(&reader, "BEGIN; SELECT * FROM t");
                        drop(reader);
                    }
                })
            })
            .collect();
        let mut seen = 0;
        while seen == 0 || threads.iter().any(|thread| !thread.is_finished()) {
            let readers = watcher.wal_readers().unwrap();
            assert!(readers.iter().all(|reader| matches!(reader.who, WhoReads::Connection { .. })));
            seen += readers.len();
            if threads.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
    });
    assert_eq!(watcher.wal_readers(), Some(vec![]));
}
