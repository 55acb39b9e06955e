use super::{Connection, OpenOptions, Statement};
use crate::batch::layout::{BLOB_BYTES, CELL_SLOTS, MAX_ROWS};
use crate::batch::{Detach, Integers, RowBatch, Text};
use crate::error::{Error, Kind, Result};
use crate::sqlite::{OpenMode, Parameter};

/// Refuses long values: these tests have none.
struct NoLongValues;

impl Detach for NoLongValues {
    fn text(&mut self, _: &[u8]) -> Result<()> {
        Err(Error::of(Kind::NoMemory, "a long text"))
    }

    fn blob(&mut self, _: &[u8]) -> Result<()> {
        Err(Error::of(Kind::NoMemory, "a long blob"))
    }
}

fn open(path: &str) -> Result<Connection> {
    let path = path.to_owned();
    Connection::open(&OpenOptions { path, mode: OpenMode::Create, uri: false, busy_timeout_ms: 0 })
}

fn memory() -> Connection {
    open(":memory:").unwrap()
}

/// Runs `next` over fresh buffers; answers the low words of the cells and what `next` answered.
fn batch<T>(next: impl FnOnce(&mut RowBatch<'_>) -> T) -> (Vec<u32>, usize, T) {
    let mut cells = vec![0; CELL_SLOTS];
    let mut blobs = vec![0; BLOB_BYTES];
    let mut text = Text::default();
    let mut batch = RowBatch::new(&mut cells, &mut blobs, &mut text, Integers::Number);
    let answer = next(&mut batch);
    let rows = batch.rows();
    let low = |cell: &u64| u32::try_from(cell & u64::from(u32::MAX)).unwrap();
    (cells[..rows].iter().map(low).collect(), rows, answer)
}

fn all(statement: &mut Statement) -> Vec<u32> {
    statement.open().unwrap();
    let mut rows = Vec::new();
    loop {
        let (cells, _, more) = batch(|batch| statement.next(batch, &mut NoLongValues, MAX_ROWS));
        rows.extend(cells);
        if !more.unwrap() {
            return rows;
        }
    }
}

fn give(statement: &mut Statement, integers: &[i64]) {
    statement
        .collect(|parameters| {
            for &integer in integers {
                parameters.push(Parameter::Integer(integer));
            }
            Ok(())
        })
        .unwrap();
}

const COUNT: &str =
    "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT ?) SELECT n FROM c";

#[test]
fn rows_arrive_complete_and_in_order_around_the_size_of_a_batch() {
    let connection = memory();
    let mut statement = connection.prepare(COUNT.to_owned()).unwrap();
    for count in [0, 1, 2, 999, 1000, 1001, 2000, 5001] {
        give(&mut statement, &[count]);
        let expected: Vec<u32> = (1..=u32::try_from(count).unwrap()).collect();
        assert_eq!(all(&mut statement), expected);
    }
}

#[test]
fn an_error_within_a_batch_leaves_the_rows_before_it() {
    let connection = memory();
    let sql = "SELECT abs(CASE n WHEN 5 THEN -9223372036854775808 ELSE n END) FROM \
               (WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 9) SELECT n FROM c)";
    let mut statement = connection.prepare(sql.to_owned()).unwrap();
    statement.open().unwrap();
    let (cells, _, more) = batch(|batch| statement.next(batch, &mut NoLongValues, MAX_ROWS));
    assert_eq!(cells, [1, 2, 3, 4]);
    assert_eq!(more.unwrap_err().message, "integer overflow");
    // The execution is over: nothing more comes.
    let (_, rows, more) = batch(|batch| statement.next(batch, &mut NoLongValues, MAX_ROWS));
    assert_eq!((rows, more.unwrap()), (0, false));
}

#[test]
fn run_counts_only_what_the_statement_itself_changed() {
    let connection = memory();
    connection.execute_all("CREATE TABLE t (a INTEGER PRIMARY KEY)".to_owned()).unwrap();
    let mut insert = connection.prepare("INSERT INTO t VALUES (?), (?)".to_owned()).unwrap();
    give(&mut insert, &[4, 1 << 40]);
    let changes = insert.run().unwrap();
    assert_eq!((changes.changes, changes.last_insert_rowid), (2, 1 << 40));
    let changes = connection.prepare("CREATE TABLE u (a)".to_owned()).unwrap().run().unwrap();
    assert_eq!((changes.changes, changes.last_insert_rowid), (0, 1 << 40));
}

#[test]
fn a_failed_execution_leaves_the_statement_usable() {
    let connection = memory();
    connection.execute_all("CREATE TABLE t (a UNIQUE NOT NULL)".to_owned()).unwrap();
    let mut insert = connection.prepare("INSERT INTO t VALUES (?)".to_owned()).unwrap();
    give(&mut insert, &[1]);
    insert.run().unwrap();
    give(&mut insert, &[1]);
    let error = insert.run().unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Sqlite, 2067));
    // Nothing bound: NULL.
    give(&mut insert, &[]);
    assert_eq!(insert.run().unwrap_err().code, 1299);
    give(&mut insert, &[2]);
    assert_eq!(insert.run().unwrap().changes, 1);
}

#[test]
fn values_bound_for_good_survive_executions() {
    let connection = memory();
    let mut statement = connection.prepare(COUNT.to_owned()).unwrap();
    give(&mut statement, &[3]);
    statement.bind_for_good().unwrap();
    for _ in 0..3 {
        assert_eq!(all(&mut statement), [1, 2, 3]);
    }
}

#[test]
fn a_changed_schema_is_reported_until_the_columns_are_asked_for() {
    let connection = memory();
    connection.execute_all("CREATE TABLE t (a); INSERT INTO t VALUES (1)".to_owned()).unwrap();
    let mut statement = connection.prepare("SELECT * FROM t".to_owned()).unwrap();
    let first = |statement: &mut Statement| {
        batch(|batch| statement.first(batch, &mut NoLongValues)).2.unwrap();
        statement.was_reprepared()
    };
    assert!(!first(&mut statement));
    connection.execute_all("ALTER TABLE t ADD COLUMN b".to_owned()).unwrap();
    assert!(first(&mut statement));
    assert!(first(&mut statement));
    assert_eq!(statement.column_names(), ["a", "b"]);
    assert!(!first(&mut statement));
}

#[test]
fn text_after_the_first_statement_is_refused_unless_it_says_nothing() {
    let connection = memory();
    for sql in ["", " ;", "-- only a comment", "/* open", "\0SELECT 1"] {
        let error = connection.prepare(sql.to_owned()).err().unwrap();
        assert_eq!(error.kind, Kind::NoStatement, "{sql:?}");
    }
    for sql in
        ["SELECT 1; ", "SELECT 1;;-- x", "SELECT 1; /* a */ -- b\n ;", "SELECT 1;\0 SELECT 2"]
    {
        assert!(connection.prepare(sql.to_owned()).is_ok(), "{sql:?}");
    }
    for sql in ["SELECT 1; SELECT 2", "SELECT 1;-- x\nx", "SELECT 1; /* */ 3", "SELECT 1; -"] {
        let error = connection.prepare(sql.to_owned()).err().unwrap();
        assert_eq!(error.kind, Kind::SeveralStatements, "{sql:?}");
    }
}

#[test]
fn a_closed_connection_answers_that_it_is_closed() {
    let connection = memory();
    connection.close().unwrap();
    connection.close().unwrap();
    assert!(!connection.in_transaction());
    assert_eq!(connection.prepare("SELECT 1".to_owned()).err().unwrap().kind, Kind::Closed);
}

#[test]
fn a_path_with_a_nul_byte_is_refused() {
    assert_eq!(open("a\0b").unwrap_err().kind, Kind::BadPath);
}
