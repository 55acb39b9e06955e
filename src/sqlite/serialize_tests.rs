use std::rc::Rc;

use super::{Handle, OpenMode, RawStatement, serialize};
use crate::error::{Kind, Result};

const SCHEMA: &str = "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(10000))";

fn memory(sql: &str) -> Rc<Handle> {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    RawStatement::run_all(&handle, sql.to_owned()).unwrap();
    handle
}

fn image(handle: &Rc<Handle>, schema: &str) -> Result<Vec<u8>> {
    let mut image = vec![0; serialize(handle, schema, &mut [])?];
    assert_eq!(serialize(handle, schema, &mut image)?, image.len());
    Ok(image)
}

fn reopen(image: &[u8]) -> Rc<Handle> {
    Rc::new(Handle::open_image(image, image.len(), false, 0).unwrap())
}

#[test]
fn an_image_opens_as_the_same_database() {
    let first = image(&memory(SCHEMA), "main").unwrap();
    assert_eq!(first.len(), 4 * 4096);
    assert_eq!(image(&reopen(&first), "MAIN").unwrap(), first);
}

#[test]
fn nothing_is_written_where_the_sizes_differ() {
    let paged = memory(SCHEMA);
    let contiguous = reopen(&image(&paged, "main").unwrap());
    for handle in [paged, contiguous] {
        let size = serialize(&handle, "main", &mut []).unwrap();
        for other in [size - 1, size + 1] {
            let mut target = vec![7; other];
            assert_eq!(serialize(&handle, "main", &mut target).unwrap(), size);
            assert!(target.iter().all(|&byte| byte == 7));
        }
    }
}

#[test]
fn an_image_that_ends_too_soon_is_refused() {
    let error = Handle::open_image(&b"four"[..], 5, false, 0).unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Sqlite, 10));
}

#[test]
fn an_unknown_schema_is_named() {
    for name in ["other", "main\0", "m\"ain", ""] {
        let error = serialize(&memory(""), name, &mut []).unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Sqlite, 1));
        assert_eq!(error.message, format!("unknown database {name}"));
    }
}

#[test]
fn no_statement_stays_open() {
    let handle = memory(SCHEMA);
    image(&handle, "main").unwrap();
    image(&handle, "temp").unwrap();
    assert!(Rc::into_inner(handle).unwrap().close().is_ok());
}
