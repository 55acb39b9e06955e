use std::cell::RefCell;
use std::rc::Rc;

use super::function::{AggregateFunction, Arguments, FunctionOptions};
use super::handle::{Handle, Log, OpenMode};
use super::row::Cell;
use super::row::tests::outputs;
use super::scalar::{ScalarCall, ScalarFunction};
use super::statement::{RawStatement, Step};
use super::value::Output;
use super::vtab::{Rows, TableDefinition, TableModule, TableSource};
use crate::error::{Error, Kind, Result};

fn memory() -> Rc<Handle> {
    Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap())
}

fn options(name: &str, arguments: i32) -> FunctionOptions {
    let name = name.to_owned();
    FunctionOptions { name, arguments, deterministic: false, direct_only: false }
}

/// The first column of every row.
fn column(handle: &Rc<Handle>, sql: &str) -> Result<Vec<Output>> {
    let mut statement = RawStatement::prepare(handle, sql.to_owned())?;
    let mut column = Vec::new();
    while statement.step()? == Step::Row {
        column.extend(outputs(&mut statement).into_iter().next());
    }
    Ok(column)
}

fn text(value: &str) -> Output {
    Output::Text(value.as_bytes().to_vec())
}

struct Describe;

impl ScalarFunction for Describe {
    fn call(&self, call: &ScalarCall<'_>) -> Result<()> {
        let mut slots = vec![0; call.count()];
        let mut others = Vec::new();
        call.read(&mut slots, false, |position, slot, cell| {
            *slot = 0;
            others.push(format!("{position}: {cell:?}"));
            Ok(())
        })?;
        let slots: Vec<_> = slots.iter().map(|slot| format!("{slot:x}")).collect();
        let all = format!("{}; {}", slots.join(" "), others.join(", "));
        call.give(Cell::Text(all.as_bytes()));
        Ok(())
    }
}

struct Fail(Kind);

impl ScalarFunction for Fail {
    fn call(&self, _: &ScalarCall<'_>) -> Result<()> {
        Err(Error::of(self.0, "on purpose"))
    }
}

struct Panic;

impl ScalarFunction for Panic {
    fn call(&self, _: &ScalarCall<'_>) -> Result<()> {
        panic!("on purpose")
    }
}

#[test]
fn a_function_sees_each_kind_of_cell() {
    let handle = memory();
    assert!(!handle.has_callbacks());
    handle.create_function(&options("describe", -1), Describe).unwrap();
    assert!(handle.has_callbacks());
    let sql = "SELECT describe(NULL, 7, 1.5, 'a' || char(0) || 'b', x'0102', '', x'')";
    let expected = "fffffffd00000000 ffffffff00000007 3ff8000000000000 0 0 0 0; \
                    3: Text([97, 0, 98]), 4: Blob([1, 2]), 5: Text([]), 6: Blob([])";
    assert_eq!(column(&handle, sql).unwrap(), [text(expected)]);
    assert_eq!(column(&handle, "SELECT describe()").unwrap(), [text("; ")]);
}

#[test]
fn the_error_of_a_function_ends_the_statement() {
    let handle = memory();
    for (kind, code, message) in [
        (Kind::Thrown, 1, "on purpose"),
        (Kind::TooBig, 18, "string or blob too big"),
        (Kind::NoMemory, 7, "out of memory"),
    ] {
        handle.create_function(&options("fail", 0), Fail(kind)).unwrap();
        let error = column(&handle, "SELECT fail()").unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (code, message));
    }
    assert_eq!(column(&handle, "SELECT 1").unwrap(), [Output::Integer(1)]);
}

impl AggregateFunction for Panic {
    type Accumulator = ();

    fn start(&self) -> Result<()> {
        Ok(())
    }

    fn step(&self, (): &mut (), _: &Arguments<'_>) -> Result<()> {
        Ok(())
    }

    fn inverse(&self, (): &mut (), _: &Arguments<'_>) -> Result<()> {
        Ok(())
    }

    fn value(&self, (): &mut ()) -> Result<Output> {
        panic!("on purpose")
    }
}

impl TableModule for Panic {
    fn connect(&self, _: [&[u8]; 3], _: &[&[u8]]) -> Result<TableDefinition> {
        Ok(TableDefinition {
            declaration: "CREATE TABLE x(value)".to_owned(),
            parameters: Vec::new(),
            is_declarable: true,
            direct_only: false,
            source: Box::new(Self),
        })
    }
}

impl TableSource for Panic {
    fn rows(&self, _: &[Option<Output>]) -> Result<Box<dyn Rows>> {
        panic!("on purpose")
    }
}

#[test]
fn a_panic_of_a_callback_is_an_error_that_says_so() {
    let handle = memory();
    handle.create_function(&options("scalar", 0), Panic).unwrap();
    handle.create_aggregate(&options("total", 1), true, Panic).unwrap();
    handle.create_module("rows", true, Box::new(Panic)).unwrap();
    for sql in [
        "SELECT scalar()",
        "SELECT total(1)",
        "SELECT total(1) OVER (ROWS 1 PRECEDING)",
        "SELECT value FROM rows",
    ] {
        let error = column(&handle, sql).unwrap_err();
        let expected = "ferrolite: a defect in the addon was caught; please report it";
        assert_eq!((error.code, error.message.as_str()), (1, expected), "{sql}");
    }
    assert_eq!(column(&handle, "SELECT 1").unwrap(), [Output::Integer(1)]);
}

/// Joins integers; what it does is written down.
struct Join(Rc<RefCell<String>>);

impl Join {
    fn integer(&self, what: char, arguments: &Arguments<'_>) -> i64 {
        self.0.borrow_mut().push(what);
        match arguments.cells().next() {
            Some(Cell::Integer(value)) => value,
            _ => 0,
        }
    }
}

impl AggregateFunction for Join {
    type Accumulator = Vec<i64>;

    fn start(&self) -> Result<Vec<i64>> {
        self.0.borrow_mut().push('[');
        Ok(Vec::new())
    }

    fn step(&self, rows: &mut Vec<i64>, arguments: &Arguments<'_>) -> Result<()> {
        rows.push(self.integer('+', arguments));
        Ok(())
    }

    fn inverse(&self, rows: &mut Vec<i64>, arguments: &Arguments<'_>) -> Result<()> {
        assert_eq!(rows.remove(0), self.integer('-', arguments));
        Ok(())
    }

    fn value(&self, rows: &mut Vec<i64>) -> Result<Output> {
        self.0.borrow_mut().push('=');
        Ok(text(&rows.iter().map(i64::to_string).collect::<String>()))
    }
}

#[test]
fn an_aggregate_gives_a_value_for_each_group_and_for_none() {
    let handle = memory();
    let steps = Rc::default();
    handle.create_aggregate(&options("joined", 1), false, Join(Rc::clone(&steps))).unwrap();
    let groups = "SELECT joined(column1) FROM (VALUES (1), (2), (3)) GROUP BY column1 % 2";
    assert_eq!(column(&handle, groups).unwrap(), [text("2"), text("13")]);
    let nothing = "SELECT joined(column1) FROM (VALUES (1)) WHERE 0";
    assert_eq!(column(&handle, nothing).unwrap(), [text("")]);
    assert_eq!(*steps.borrow(), "[+=[++=[=");
    let window = "SELECT joined(1) OVER ()";
    assert_eq!(
        column(&handle, window).unwrap_err().message,
        "joined() may not be used as a window function"
    );
}

#[test]
fn a_window_starts_once_and_asks_for_one_value_a_row() {
    let handle = memory();
    let steps = Rc::default();
    handle.create_aggregate(&options("joined", 1), true, Join(Rc::clone(&steps))).unwrap();
    let sql = "SELECT joined(column1) OVER (ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3))";
    assert_eq!(column(&handle, sql).unwrap(), [text("1"), text("12"), text("23")]);
    assert_eq!(*steps.borrow(), "[+=+=-+=");
}

struct Numbers;
struct Source;
struct Counting {
    next: i64,
    end: i64,
}

impl TableModule for Numbers {
    fn connect(&self, names: [&[u8]; 3], arguments: &[&[u8]]) -> Result<TableDefinition> {
        assert_eq!((names[0], arguments.len()), (&b"numbers"[..], 0));
        Ok(TableDefinition {
            declaration: "CREATE TABLE x(first HIDDEN, most HIDDEN, value)".to_owned(),
            parameters: vec!["first".to_owned(), "most".to_owned()],
            is_declarable: true,
            direct_only: false,
            source: Box::new(Source),
        })
    }
}

impl TableSource for Source {
    fn rows(&self, parameters: &[Option<Output>]) -> Result<Box<dyn Rows>> {
        let at = |index: usize, absent| match parameters[index] {
            Some(Output::Integer(value)) => value,
            _ => absent,
        };
        Ok(Box::new(Counting { next: at(0, 1), end: at(1, 3) }))
    }
}

/// The one value that the table has no way to store.
const REFUSED: i64 = 1000;

impl Rows for Counting {
    fn next(&mut self) -> Result<Option<Vec<Option<Output>>>> {
        let value = self.next;
        self.next += 1;
        let cell = (value != REFUSED).then_some(Output::Integer(value));
        Ok((value <= self.end).then(|| vec![cell]))
    }

    fn refusal(&self, column: usize) -> Error {
        Error::of(Kind::Thrown, &format!("refused in column {column}"))
    }
}

#[test]
fn a_table_gives_rows_for_its_parameters() {
    let handle = memory();
    handle.create_module("numbers", true, Box::new(Numbers)).unwrap();
    let integers = |sql: &str| -> Vec<i64> {
        column(&handle, sql)
            .unwrap()
            .into_iter()
            .map(|value| if let Output::Integer(value) = value { value } else { i64::MIN })
            .collect()
    };
    assert_eq!(integers("SELECT value FROM numbers"), [1, 2, 3]);
    assert_eq!(integers("SELECT value FROM numbers(2)"), [2, 3]);
    assert_eq!(integers("SELECT value FROM numbers WHERE most = 2"), [1, 2]);
    assert_eq!(integers("SELECT value + rowid FROM numbers(5, 6)"), [6, 8]);
    assert_eq!(integers("SELECT first FROM numbers(7, 8)"), [7, 7]);
    assert_eq!(integers("SELECT value FROM numbers(NULL)"), [0_i64; 0]);
    assert_eq!(
        integers("SELECT a.value FROM numbers(1, 2) a, numbers b WHERE b.most = a.value"),
        [1, 2, 2]
    );
    let unequal = column(&handle, "SELECT value FROM numbers WHERE first > 1").unwrap_err();
    assert_eq!(
        unequal.message,
        "virtual table parameter \"first\" can only be constrained by the '=' operator"
    );
}

#[test]
fn a_value_that_cannot_be_stored_fails_where_it_is_read() {
    let handle = memory();
    handle.create_module("numbers", true, Box::new(Numbers)).unwrap();
    let count = format!("SELECT count(*) FROM numbers({REFUSED}, {})", REFUSED + 1);
    assert_eq!(column(&handle, &count).unwrap(), [Output::Integer(2)]);
    let read = format!("SELECT value FROM numbers({REFUSED}, {REFUSED})");
    assert_eq!(column(&handle, &read).unwrap_err().message, "refused in column 0");
    assert_eq!(column(&handle, "SELECT value FROM numbers(1, 1)").unwrap(), [Output::Integer(1)]);
}

struct Heard(Rc<RefCell<Vec<String>>>);

impl Log for Heard {
    fn log(&self, sql: &[u8]) -> Result<()> {
        self.0.borrow_mut().push(String::from_utf8_lossy(sql).into_owned());
        if sql.starts_with(b"DROP") { Err(Error::of(Kind::Thrown, "refused")) } else { Ok(()) }
    }
}

#[test]
fn the_log_hears_of_each_statement_and_may_refuse_it() {
    let handle = memory();
    let heard = Rc::default();
    handle.set_log(Box::new(Heard(Rc::clone(&heard))));
    let sql = "CREATE TABLE t (a); ;; DROP TABLE t; SELECT 1".to_owned();
    assert_eq!(RawStatement::run_all(&handle, sql).unwrap_err().kind, Kind::Thrown);
    assert_eq!(*heard.borrow(), ["CREATE TABLE t (a);", "DROP TABLE t;"]);
    assert_eq!(column(&handle, "SELECT count(*) FROM t").unwrap(), [Output::Integer(0)]);
}
