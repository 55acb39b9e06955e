use std::rc::Rc;

use super::{Cell, Handle, OpenMode, RawStatement, Step};
use crate::error::Result;

const NULL: u64 = 0xffff_fffd << 32;
const TEXT: u64 = 0xffff_fff8 << 32;
const INTEGER: u64 = 0xffff_fff7 << 32;
const BLOB: u64 = 0xffff_fff6 << 32;

fn slots(slots: &[u64]) -> Vec<u8> {
    slots.iter().flat_map(|slot| slot.to_le_bytes()).collect()
}

/// What a statement gives for these values: the first column of its first row, as text.
fn ask(sql: &str, slots: &[u8], text: &str, blobs: &[u8]) -> Result<Option<String>> {
    let handle = Rc::new(Handle::open(":memory:", OpenMode::Create, false, 0).unwrap());
    handle.define_given_rows().unwrap();
    let mut statement = RawStatement::prepare(&handle, sql.to_owned()).unwrap();
    statement.collect(|parameters| {
        parameters.spare(slots.len())?[..slots.len()].copy_from_slice(slots);
        parameters.push_blob(slots.len());
        parameters.spare(text.len())?[..text.len()].copy_from_slice(text.as_bytes());
        parameters.push_text(text.len());
        parameters.spare(blobs.len())?[..blobs.len()].copy_from_slice(blobs);
        parameters.push_blob(blobs.len());
        Ok(())
    })?;
    statement.bind()?;
    if statement.step()? == Step::Done {
        return Ok(None);
    }
    let row = statement.row(&mut [0], true)?;
    let cells: Vec<_> = row.values().collect();
    Ok(match cells.first() {
        Some((_, Cell::Text(utf8))) => Some(String::from_utf8_lossy(utf8).into_owned()),
        _ => None,
    })
}

const ALL: &str = "SELECT group_concat(quote(c0) || ' ' || quote(c1), '; ') FROM frl_rows(?, ?, ?)";

#[test]
fn cells_are_what_they_were_written_as() {
    let real = (-0.5_f64).to_bits();
    let blobs = [&7_i64.to_le_bytes()[..], &[0xab, 0xcd]].concat();
    let given = slots(&[2, NULL, real, TEXT | 3, INTEGER, BLOB | 2, TEXT]);
    let all = ask(ALL, &given, "a\u{1f600}\0\0", &blobs).unwrap();
    assert_eq!(all.as_deref(), Some("NULL -0.5; 'a\u{1f600}' 7; X'ABCD' ''"));
}

#[test]
fn no_rows_are_no_error() {
    assert_eq!(ask(ALL, &slots(&[2]), "", &[]), Ok(None));
}

#[test]
fn columns_beyond_those_of_the_rows_are_null() {
    let sql = "SELECT quote(c1) || quote(c1996) || quote(slots) FROM frl_rows(?, ?, ?)";
    let given = ask(sql, &slots(&[1, 0]), "", &[]).unwrap();
    assert_eq!(given.as_deref(), Some("NULLNULLNULL"));
}

#[test]
fn whatever_does_not_fit_together_is_refused() {
    let cases: [(&[u64], &str, &[u8]); 11] = [
        (&[], "", &[]),
        (&[0, 0], "", &[]),
        (&[1998], "", &[]),
        (&[u64::MAX, 0], "", &[]),
        (&[2, 0], "", &[]),
        (&[1, TEXT | 3], "ab\0", &[]),
        (&[1, TEXT | 2], "abc\0", &[]),
        (&[1, TEXT | 1], "\u{1f600}", &[]),
        (&[1, TEXT | 0xffff_ffff], "\u{e9}\0", &[]),
        (&[1, INTEGER], "", &[0; 7]),
        (&[1, BLOB | 0xffff_ffff], "", &[1]),
    ];
    for (given, text, blobs) in cases {
        let error = ask(ALL, &slots(given), text, blobs).unwrap_err();
        assert_eq!(error.message, "malformed rows", "{given:x?}");
    }
    assert_eq!(ask(ALL, &[1; 9], "", &[]).unwrap_err().message, "malformed rows");
}
