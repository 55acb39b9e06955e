use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;

use rusqlite::ffi;

use super::OpenFile;
use crate::sqlite::{Handle, OpenMode, RawStatement, Step};

fn memory(sql: &str) -> Rc<Handle> {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    RawStatement::run_all(&handle, sql.to_owned()).unwrap();
    handle
}

/// A connection and what it said of itself each time SQLite called back.
struct Watched {
    handle: Rc<Handle>,
    seen: RefCell<Vec<bool>>,
}

unsafe extern "C" fn note(watched: *mut c_void) -> c_int {
    // SAFETY: the tests pass their `Watched`, which outlives the connection's statements.
    let watched = unsafe { &*watched.cast::<Watched>() };
    watched.seen.borrow_mut().push(watched.handle.is_executing());
    0
}

unsafe extern "C" fn note_compiling(
    watched: *mut c_void,
    _: c_int,
    _: *const i8,
    _: *const i8,
    _: *const i8,
    _: *const i8,
) -> c_int {
    // SAFETY: as for `note`.
    unsafe { note(watched) }
}

#[test]
fn a_connection_is_executing_while_sqlite_calls_back_and_not_between_steps() {
    let watched = Watched { handle: memory(""), seen: RefCell::default() };
    let data = ptr::from_ref(&watched).cast_mut().cast();
    // SAFETY: the handle is open, and `data` outlives the statements.
    unsafe { ffi::sqlite3_progress_handler(watched.handle.raw(), 1, Some(note), data) };
    let sql = "SELECT 1 UNION ALL SELECT 2".to_owned();
    let mut select = RawStatement::prepare(&watched.handle, sql).unwrap();
    assert_eq!(select.step().unwrap(), Step::Row);
    let seen = watched.seen.take();
    assert!(!seen.is_empty() && seen.iter().all(|executing| *executing), "{seen:?}");
    assert!(!watched.handle.is_executing());

    // SAFETY: as above.
    unsafe { ffi::sqlite3_set_authorizer(watched.handle.raw(), Some(note_compiling), data) };
    drop(RawStatement::prepare(&watched.handle, "SELECT 3".to_owned()).unwrap());
    let seen = watched.seen.take();
    assert!(!seen.is_empty() && seen.iter().all(|executing| *executing), "{seen:?}");
    assert!(!watched.handle.is_executing());
}

#[test]
fn a_silenced_connection_calls_nobody_back() {
    let watched = Watched { handle: memory("CREATE TABLE t (a)"), seen: RefCell::default() };
    let data = ptr::from_ref(&watched).cast_mut().cast();
    let db = watched.handle.raw();
    // SAFETY: the handle is open, and `data` outlives the statements.
    unsafe { ffi::sqlite3_progress_handler(db, 1, Some(note), data) };
    // SAFETY: as above.
    unsafe { ffi::sqlite3_set_authorizer(db, Some(note_compiling), data) };
    watched.handle.silence();
    RawStatement::run_all(&watched.handle, "BEGIN; INSERT INTO t VALUES (1); ROLLBACK".to_owned())
        .unwrap();
    assert!(watched.seen.take().is_empty());
}

#[test]
fn a_held_back_write_is_not_committed_by_finalizing_it() {
    let handle = memory("CREATE TABLE t (a)");
    let insert = || {
        let sql = "INSERT INTO t VALUES (1), (2) RETURNING a".to_owned();
        let mut insert = RawStatement::prepare(&handle, sql).unwrap();
        assert_eq!(insert.step().unwrap(), Step::Row);
        insert
    };
    drop(insert());
    assert!(handle.is_autocommit());
    let paused = insert();
    handle.hold_back_writes();
    drop(paused);
    assert!(!handle.is_autocommit());
    RawStatement::run_all(&handle, "ROLLBACK".to_owned()).unwrap();
    let count = "CREATE TABLE c (n CHECK (n = 2)); INSERT INTO c SELECT count(*) FROM t";
    RawStatement::run_all(&handle, count.to_owned()).unwrap();
}

#[test]
fn holding_back_changes_nothing_where_no_write_is_paused() {
    let handle = memory("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    let mut select = RawStatement::prepare(&handle, "SELECT a FROM t".to_owned()).unwrap();
    assert_eq!(select.step().unwrap(), Step::Row);
    handle.hold_back_writes();
    assert!(handle.is_autocommit());
}

#[test]
fn open_files_are_those_that_can_have_a_log() {
    let folder = std::env::temp_dir().join(format!("ferrolite-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let file = |name: &str, readonly| OpenFile { path: path(name), readonly };
    let main = Rc::new(Handle::open(&path("main.db"), OpenMode::Create, true, 0).unwrap());
    let attach = format!(
        "CREATE TABLE t (a); ATTACH '{}' AS b; CREATE TABLE b.t (a); ATTACH ':memory:' AS c; ATTACH '' AS d;
         CREATE TEMP TABLE e (a); ATTACH 'file:{}?immutable=1' AS f; ATTACH 'file:{}?mode=ro' AS g",
        path("b.db"),
        path("main.db"),
        path("b.db"),
    );
    RawStatement::run_all(&main, attach).unwrap();
    let expected = [file("main.db", false), file("b.db", false), file("b.db", true)];
    assert_eq!(main.open_files(), expected);
    assert!(memory("").open_files().is_empty());
    drop(main);
    std::fs::remove_dir_all(&folder).unwrap();
}
