//! The direct reading of result registers gives what SQLite's public interface gives.

use std::rc::Rc;
use std::slice;

use rusqlite::ffi;

use crate::sqlite::{Cell, Handle, OpenMode, Output, RawStatement, Step};

fn memory(encoding: &str) -> Rc<Handle> {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    let setup = format!(
        "PRAGMA encoding = '{encoding}';
         CREATE TABLE t (i INTEGER, r REAL, x TEXT, b BLOB, n NUMERIC);
         CREATE INDEX e ON t (r * 2, upper(x));
         INSERT INTO t VALUES (1, 2, 'text', x'00ff', 1e3), (-9223372036854775808, 0.1, '', x'', '12abc'),
           (9223372036854775807, -0.0, 'nul' || char(0) || 'byte', zeroblob(3), NULL),
           (NULL, 1e300, 'grüße 東京 👩‍🚀', randomblob(5000), 4.0),
           (7, -1e999, CAST(x'ff41c3' AS TEXT), CAST('text' AS BLOB), -1);"
    );
    RawStatement::run_all(&handle, setup).unwrap();
    handle
}

/// A cell, owned.
#[derive(Debug, PartialEq)]
enum Value {
    Null,
    Integer(i64),
    Real(u64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// The high words of slots that are no doubles: `TAG_INT32` and `TAG_NULL`.
const INT32: u64 = 0xffff_ffff;
const NULL: u64 = 0xffff_fffd;
/// What is not written to.
const EMPTY: u64 = 0x1234;

/// The row by `frl_row`, with integers as wanted.
fn read(statement: &mut RawStatement, columns: usize, integers_whole: bool) -> Vec<Value> {
    let mut slots = vec![EMPTY; columns];
    let rest = statement.row(&mut slots, integers_whole).unwrap().values().map(owned);
    let mut rest = rest.collect::<Vec<_>>().into_iter().peekable();
    slots
        .into_iter()
        .enumerate()
        .map(|(column, slot)| match rest.next_if(|(at, _)| *at == column) {
            Some((_, value)) => {
                assert_eq!(slot, EMPTY);
                value
            }
            None => in_slot(slot),
        })
        .collect()
}

fn in_slot(slot: u64) -> Value {
    match slot >> 32 {
        INT32 => {
            let low = u32::try_from(slot & u64::from(u32::MAX)).unwrap();
            Value::Integer(low.cast_signed().into())
        }
        NULL => Value::Null,
        _ => Value::Real(slot),
    }
}

fn owned((column, cell): (usize, Cell<'_>)) -> (usize, Value) {
    let value = match cell {
        Cell::Null | Cell::Real(_) => unreachable!("these are in their slots"),
        Cell::Integer(value) => Value::Integer(value),
        Cell::Text(text) => Value::Text(text.to_vec()),
        Cell::Blob(blob) => Value::Blob(blob.to_vec()),
    };
    (column, value)
}

fn direct(statement: &mut RawStatement) -> Vec<Value> {
    let columns = statement.column_count();
    read(statement, columns, true)
}

/// The current row, as callbacks would give it.
pub fn outputs(statement: &mut RawStatement) -> Vec<Output> {
    direct(statement)
        .into_iter()
        .map(|value| match value {
            Value::Null => Output::Null,
            Value::Integer(value) => Output::Integer(value),
            Value::Real(bits) => Output::Real(f64::from_bits(bits)),
            Value::Text(text) => Output::Text(text),
            Value::Blob(blob) => Output::Blob(blob),
        })
        .collect()
}

/// What is read where integers are wanted as doubles.
#[expect(clippy::cast_precision_loss, reason = "integers beyond 2^53 are rounded")]
fn rounded(value: Value) -> Value {
    match value {
        Value::Integer(integer) if i32::try_from(integer).is_err() => {
            Value::Real((integer as f64).to_bits())
        }
        other => other,
    }
}

/// The same row through `sqlite3_column_*`.
fn public(statement: &RawStatement) -> Vec<Value> {
    let stmt = statement.raw();
    let columns = i32::try_from(statement.column_count()).unwrap();
    (0..columns)
        .map(|column| {
            // SAFETY: the statement is live and stands on a row, and the column exists.
            match unsafe { ffi::sqlite3_column_type(stmt, column) } {
                ffi::SQLITE_NULL => Value::Null,
                ffi::SQLITE_INTEGER => {
                    // SAFETY: as above.
                    Value::Integer(unsafe { ffi::sqlite3_column_int64(stmt, column) })
                }
                ffi::SQLITE_FLOAT => {
                    // SAFETY: as above.
                    Value::Real(unsafe { ffi::sqlite3_column_double(stmt, column) }.to_bits())
                }
                kind => {
                    let data = if kind == ffi::SQLITE_TEXT {
                        // SAFETY: as above.
                        unsafe { ffi::sqlite3_column_text(stmt, column) }.cast::<u8>()
                    } else {
                        // SAFETY: as above.
                        unsafe { ffi::sqlite3_column_blob(stmt, column) }.cast::<u8>()
                    };
                    // SAFETY: as above; the pointer was asked for first.
                    let size = unsafe { ffi::sqlite3_column_bytes(stmt, column) };
                    let size = usize::try_from(size).unwrap();
                    let bytes = if size == 0 {
                        Vec::new()
                    } else {
                        // SAFETY: SQLite keeps `size` bytes at `data` until the statement moves.
                        unsafe { slice::from_raw_parts(data, size) }.to_vec()
                    };
                    if kind == ffi::SQLITE_TEXT { Value::Text(bytes) } else { Value::Blob(bytes) }
                }
            }
        })
        .collect()
}

#[test]
fn direct_reading_equals_the_public_interface_for_every_storage_class() {
    let queries = [
        "SELECT * FROM t",
        "SELECT r * 2, upper(x) FROM t INDEXED BY e WHERE r * 2 > -1e999 ORDER BY r * 2",
        "SELECT DISTINCT n, i + 0.5, -i / 3, x || n, b FROM t ORDER BY 1, 2",
        "SELECT sum(i / 1e20), total(r), avg(n), group_concat(x, ','), max(b), count(*) FROM t",
        "SELECT zeroblob(10), zeroblob(0), x'', '', NULL, 1.0, 1, CAST(1 AS REAL), 5 / 2, 1e999 - 1e999",
        "SELECT typeof(i), typeof(r), CAST(i AS TEXT), CAST(r AS INTEGER), i AS 'int', i || '' FROM t",
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x * 2 + 1 FROM c LIMIT 64) SELECT x, x * 1.0 FROM c",
        "SELECT value, type, atom FROM json_each('[1, 2.5, \"three\", null, true, {\"a\": [1]}]')",
        "SELECT lag(r) OVER (ORDER BY i), sum(n) OVER (ORDER BY i), first_value(x) OVER (ORDER BY i) FROM t",
    ];
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let handle = memory(encoding);
        for sql in queries {
            let mut first = RawStatement::prepare(&handle, sql.to_owned()).unwrap();
            let mut rows = 0;
            while first.step().unwrap() == Step::Row {
                let read = direct(&mut first);
                assert_eq!(read, public(&first), "{encoding}: {sql}");
                // Reading a UTF-16 cell converts it: the second look must agree.
                assert_eq!(direct(&mut first), read, "{encoding}: {sql}, again");
                rows += 1;
            }
            assert!(rows > 0, "{sql} has no rows");
        }
    }
}

#[test]
fn integers_within_32_bits_stay_integers_and_others_are_rounded_unless_wanted_whole() {
    let handle = memory("UTF-8");
    let sql = "VALUES (0), (-1), (2147483647), (-2147483648), (2147483648), (-2147483649),
        (9007199254740993), (9223372036854775807), (-9223372036854775808), (1e300), (-0.0)";
    let mut statement = RawStatement::prepare(&handle, sql.to_owned()).unwrap();
    let mut rows = 0;
    while statement.step().unwrap() == Step::Row {
        let whole = read(&mut statement, 1, true);
        let expected: Vec<_> = whole.into_iter().map(rounded).collect();
        assert_eq!(read(&mut statement, 1, false), expected);
        rows += 1;
    }
    assert_eq!(rows, 11);
}

#[test]
fn no_number_can_be_read_as_a_tag() {
    let handle = memory("UTF-8");
    let sql = "VALUES (-0.0), (-1.7976931348623157e308), (-1e999), (1e999), (-5e-324), (-9223372036854775808)";
    let mut statement = RawStatement::prepare(&handle, sql.to_owned()).unwrap();
    while statement.step().unwrap() == Step::Row {
        let mut slot = [EMPTY];
        statement.row(&mut slot, false).unwrap();
        assert!(slot[0] >> 32 < 0xffff_fff0, "{:x}", slot[0]);
    }
}

#[test]
fn a_statement_without_a_row_has_no_cells() {
    let handle = memory("UTF-8");
    let mut statement = RawStatement::prepare(&handle, "SELECT 1 WHERE 0".to_owned()).unwrap();
    assert_eq!(read(&mut statement, 0, true), []);
    assert_eq!(statement.step().unwrap(), Step::Done);
    assert_eq!(read(&mut statement, 0, true), []);
    statement.reset().unwrap();
    assert_eq!(read(&mut statement, 0, true), []);
}
