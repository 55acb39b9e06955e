use std::cell::Cell;
use std::rc::Rc;

use rusqlite::ffi;

use crate::error::Result;
use crate::sqlite::row::tests::outputs;
use crate::sqlite::{Handle, OpenMode, RawStatement, Step, Waiting};

/// A connection that is asked `true` as often as the counter says, and the counter.
fn watched(path: &str, timeout: i32, questions: u32) -> (Rc<Handle>, Rc<Cell<u32>>) {
    watched_waiting(path, timeout, questions, Waiting::BackingOff)
}

fn watched_waiting(
    path: &str,
    timeout: i32,
    questions: u32,
    waiting: Waiting,
) -> (Rc<Handle>, Rc<Cell<u32>>) {
    let handle = Rc::new(Handle::open(path, OpenMode::Create, false, timeout).unwrap());
    let left = Rc::new(Cell::new(questions));
    let asked = Rc::clone(&left);
    let goes_on = move || {
        let goes_on = asked.get() > 0;
        asked.set(asked.get().saturating_sub(1));
        goes_on
    };
    handle.watch(Box::new(goes_on), waiting);
    (handle, left)
}

fn run(handle: &Rc<Handle>, sql: &str) -> Result<()> {
    RawStatement::run_all(handle, sql.to_owned())
}

const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn work_without_end_is_interrupted() {
    let (handle, _) = watched(":memory:", 0, 3);
    assert_eq!(run(&handle, ENDLESS).unwrap_err().code, ffi::SQLITE_INTERRUPT);
}

#[test]
fn an_interrupted_write_is_undone_and_the_transaction_with_it() {
    let (handle, left) = watched(":memory:", 0, u32::MAX);
    run(&handle, "CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)").unwrap();
    left.set(1);
    let write = format!("INSERT INTO t {ENDLESS}");
    assert_eq!(run(&handle, &write).unwrap_err().code, ffi::SQLITE_INTERRUPT);
    assert!(handle.is_autocommit());
}

/// A file that is locked by the first connection, and a watched one that finds it so.
struct Locked {
    path: String,
    _writer: Rc<Handle>,
}

impl Locked {
    fn new(name: &str) -> Self {
        let file = format!("ferrolite-{name}-{}.db", std::process::id());
        let path = std::env::temp_dir().join(file).to_str().unwrap().to_owned();
        let writer = Rc::new(Handle::open(&path, OpenMode::Create, false, 0).unwrap());
        run(&writer, "CREATE TABLE t (a); BEGIN EXCLUSIVE").unwrap();
        Self { path, _writer: writer }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).unwrap();
    }
}

#[test]
fn waiting_for_a_lock_ends_with_the_answer() {
    let locked = Locked::new("watch-wait");
    let (handle, left) = watched(&locked.path, i32::MAX, 4);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(left.get(), 0);
}

#[test]
fn waiting_for_a_lock_lasts_as_long_as_the_timeout() {
    let locked = Locked::new("watch-timeout");
    // SQLite waits 1, 2, 5, 10 milliseconds, and so on.
    let (handle, left) = watched(&locked.path, 8, u32::MAX);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(u32::MAX - left.get(), 4);
}

#[test]
fn polling_asks_as_often_late_as_early() {
    let locked = Locked::new("watch-poll");
    let polling = Waiting::Polling(std::time::Duration::ZERO);
    let (handle, left) = watched_waiting(&locked.path, i32::MAX, 1000, polling);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(left.get(), 0);
    let (handle, left) = watched_waiting(&locked.path, 3, u32::MAX, polling);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_ne!(left.get(), u32::MAX);
}

#[test]
fn pragma_busy_timeout_answers_and_changes_the_time_and_not_the_question() {
    let locked = Locked::new("watch-pragma");
    let (handle, left) = watched(&locked.path, 1234, u32::MAX);
    let timeout = || {
        let sql = "PRAGMA busy_timeout".to_owned();
        let mut pragma = RawStatement::prepare(&handle, sql).unwrap();
        assert_eq!(pragma.step().unwrap(), Step::Row);
        format!("{:?}", outputs(&mut pragma)[0])
    };
    assert_eq!(timeout(), "Integer(1234)");
    run(&handle, "PRAGMA busy_timeout = 2147483647").unwrap();
    assert_eq!(timeout(), "Integer(2147483647)");
    left.set(2);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(left.get(), 0);
    run(&handle, "PRAGMA busy_timeout = 0").unwrap();
    left.set(5);
    assert_eq!(run(&handle, "SELECT * FROM t").unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(left.get(), 5);
}

#[test]
fn a_question_that_panics_stops_nothing() {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    handle.watch(Box::new(|| panic!("no answer")), Waiting::BackingOff);
    run(&handle, &ENDLESS.replace("FROM n)", "FROM n LIMIT 20000)")).unwrap();
}
