use std::rc::Rc;

use super::{Rule, Seen};
use crate::error::Result;
use crate::sqlite::{Handle, OpenMode, RawStatement};

fn guarded(rule: Rule) -> Rc<Handle> {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    RawStatement::run_all(&handle, "CREATE TABLE t (a)".to_owned()).unwrap();
    handle.guard(rule).unwrap();
    handle
}

fn prepare(handle: &Rc<Handle>, sql: &str) -> Result<RawStatement> {
    RawStatement::prepare(handle, sql.to_owned())
}

fn seen(sql: &str) -> Seen {
    let handle = guarded(Rule::Nothing);
    prepare(&handle, sql).unwrap();
    handle.take_seen()
}

#[test]
fn what_changes_or_asks_the_connection_is_refused_as_state() {
    let handle = guarded(Rule::State);
    for sql in [
        "PRAGMA foreign_keys = 0",
        "PRAGMA foreign_keys",
        "PRAGMA user_version = 3",
        "PRAGMA optimize",
        "ATTACH ':memory:' AS other",
        "BEGIN",
        "SAVEPOINT s",
        "CREATE TEMP TABLE u (a)",
        "SELECT last_insert_rowid()",
        "SELECT 1 FROM t WHERE a = Changes()",
        "SELECT * FROM temp.sqlite_schema",
    ] {
        // A function that is refused is no SQLITE_AUTH, but a plain error.
        let code = prepare(&handle, sql).err().map(|error| error.code);
        assert!(matches!(code, Some(23 | 1)), "{sql}: {code:?}");
        let seen = handle.take_seen();
        assert!(seen.state || seen.transactions, "{sql}");
    }
    for sql in
        ["SELECT a FROM t", "PRAGMA table_info(t)", "PRAGMA user_version", "PRAGMA quick_check(1)"]
    {
        assert!(prepare(&handle, sql).is_ok(), "{sql}");
    }
}

#[test]
fn transactions_alone_can_be_refused() {
    let handle = guarded(Rule::Transactions);
    for sql in ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s"] {
        assert_eq!(prepare(&handle, sql).err().map(|error| error.code), Some(23), "{sql}");
        assert!(handle.take_seen().transactions, "{sql}");
    }
    assert!(prepare(&handle, "PRAGMA foreign_keys = 0").is_ok());
    handle.set_rule(Rule::Nothing);
    assert!(prepare(&handle, "BEGIN").is_ok());
}

#[test]
fn what_a_statement_does_is_heard_once() {
    assert!(seen("INSERT INTO t VALUES (1)").writes);
    assert!(seen("DROP TABLE t").writes);
    assert_eq!(seen("SELECT a FROM t"), Seen { reads: true, ..Seen::default() });
    // It neither writes rows nor says what it does.
    assert_eq!(seen("VACUUM"), Seen::default());
    let temporary = seen("CREATE TEMP TABLE u (a)");
    assert!(temporary.makes_temporary && temporary.state);
    let handle = guarded(Rule::Nothing);
    prepare(&handle, "DELETE FROM t").unwrap();
    handle.take_seen();
    assert_eq!(handle.take_seen(), Seen::default());
}

#[test]
fn a_violation_that_is_checked_at_the_end_is_counted_before() {
    let handle = guarded(Rule::Nothing);
    let run = |sql: &str| RawStatement::run_all(&handle, sql.to_owned());
    run("CREATE TABLE p (a PRIMARY KEY);
         CREATE TABLE c (a REFERENCES p DEFERRABLE INITIALLY DEFERRED);
         BEGIN; INSERT INTO c VALUES (1)")
    .unwrap();
    assert!(handle.has_deferred_violations());
    run("INSERT INTO p VALUES (1)").unwrap();
    assert!(!handle.has_deferred_violations());
}
