//! Golden batches: written here, decoded by a test of `ts/batch/decode.ts`, so that two languages
//! hold one truth. The rows that JavaScript must read are written by hand in that test.
//!
//! A file holds, little-endian: the header, the used cells, then the blob bytes; its text and
//! extras stand beside it as JSON of numbers.

use std::fmt::Write;

use super::encode::{Detach, Integers, RowBatch, Text};
use super::layout::{BATCH_EXTRAS, BLOB_BYTES, CELL_SLOTS, HEADER_SLOTS};
use crate::error::Result;

#[derive(Default)]
struct Kept(Vec<(&'static str, Vec<u8>)>);

impl Detach for Kept {
    fn text(&mut self, utf8: &[u8]) -> Result<()> {
        self.0.push(("text", utf8.to_vec()));
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.push(("blob", bytes.to_vec()));
        Ok(())
    }
}

/// One golden batch: its name, columns, how integers are wanted, and what writes its rows.
type Golden = (&'static str, usize, Integers, fn(&mut RowBatch<'_>, &mut Kept));

const GOLDEN: &[Golden] = &[
    ("values", 5, Integers::Number, values),
    ("wide-text", 2, Integers::Number, wide_text),
    ("bigints", 2, Integers::BigInt, bigints),
    ("extras", 3, Integers::Number, extras),
    ("empty", 1, Integers::Number, |_, _| ()),
];

fn values(batch: &mut RowBatch<'_>, kept: &mut Kept) {
    batch.push_null();
    batch.push_integer(-7);
    batch.push_real(1.5);
    batch.push_text(b"first", kept).unwrap();
    batch.push_blob(&[0, 255], kept).unwrap();
    batch.end_row();
    batch.push_integer(i64::from(i32::MIN));
    batch.push_integer(1 << 40);
    batch.push_real(-0.0);
    batch.push_text("Zürich\0!".as_bytes(), kept).unwrap();
    batch.push_blob(&[], kept).unwrap();
    batch.end_row();
    batch.push_real(f64::NEG_INFINITY);
    batch.push_integer(i64::MAX);
    batch.push_real(5e-324);
    batch.push_text(b"", kept).unwrap();
    batch.push_null();
    batch.end_row();
}

fn wide_text(batch: &mut RowBatch<'_>, kept: &mut Kept) {
    for (left, right) in [("ascii", "東京"), ("grüße", "👩‍🚀"), ("", "Ā")] {
        batch.push_text(left.as_bytes(), kept).unwrap();
        batch.push_text(right.as_bytes(), kept).unwrap();
        batch.end_row();
    }
    batch.push_text(b"\xff", kept).unwrap();
    batch.push_text(b"end", kept).unwrap();
    batch.end_row();
}

fn bigints(batch: &mut RowBatch<'_>, _: &mut Kept) {
    for (left, right) in [(1, i64::MIN), ((1 << 53) + 1, -1), (i64::MAX, 0)] {
        batch.push_integer(left);
        batch.push_integer(right);
        batch.end_row();
    }
}

fn extras(batch: &mut RowBatch<'_>, kept: &mut Kept) {
    for row in 0..3_u8 {
        batch.push_text(&[b'a' + row; 3000], kept).unwrap();
        batch.push_text(b"short", kept).unwrap();
        batch.push_blob(&[row; 5000], kept).unwrap();
        batch.end_row();
    }
}

fn numbers<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The bytes of a batch, and its text and extras as JSON.
fn render(
    columns: usize,
    integers: Integers,
    write: fn(&mut RowBatch<'_>, &mut Kept),
) -> (Vec<u8>, String) {
    let mut cells = vec![0_u64; CELL_SLOTS];
    let mut blobs = vec![0_u8; BLOB_BYTES];
    let mut text = Text::default();
    let mut kept = Kept::default();
    let mut batch = RowBatch::new(&mut cells, &mut blobs, &mut text, integers);
    write(&mut batch, &mut kept);
    let rows = batch.rows();
    let flags = if batch.has_extras() { BATCH_EXTRAS } else { 0 };
    let mut header = [0_i32; 2 * HEADER_SLOTS];
    header[super::layout::WORD_ROWS] = i32::try_from(rows).unwrap();
    header[super::layout::WORD_COLUMNS] = i32::try_from(columns).unwrap();
    header[super::layout::WORD_BATCH_FLAGS] = flags;
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    // Only the used ends of the areas: the test puts them where they belong.
    let used = rows * columns;
    let wide = cells.iter().rev().take_while(|&&cell| cell != 0).count();
    let used_blobs = BLOB_BYTES - blobs.iter().rev().take_while(|&&byte| byte == 0).count();
    bytes.extend(cells[..used].iter().flat_map(|cell| cell.to_le_bytes()));
    bytes.extend(cells[CELL_SLOTS - wide..].iter().flat_map(|cell| cell.to_le_bytes()));
    bytes.extend(&blobs[..used_blobs]);
    let mut json =
        format!("{{\n  \"cells\": {used},\n  \"wide\": {wide},\n  \"blobs\": {used_blobs},\n");
    writeln!(json, "  \"oneByte\": [{}],", numbers(&text.one_byte)).unwrap();
    writeln!(json, "  \"twoByte\": [{}],", numbers(&text.two_byte)).unwrap();
    let extras: Vec<_> = kept
        .0
        .iter()
        .map(|(kind, bytes)| format!("\n    {{ \"{kind}\": [{}] }}", numbers(bytes)))
        .collect();
    writeln!(json, "  \"extras\": [{}]\n}}", extras.join(",")).unwrap();
    (bytes, json)
}

#[test]
fn golden_batches_are_what_the_encoder_writes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/__test__/fixtures/batch");
    for &(name, columns, integers, write) in GOLDEN {
        let (bytes, json) = render(columns, integers, write);
        let (bin, meta) = (format!("{folder}/{name}.bin"), format!("{folder}/{name}.json"));
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&bin, &bytes).unwrap();
            std::fs::write(&meta, &json).unwrap();
        }
        assert_eq!(std::fs::read(&bin).unwrap_or_default(), bytes, "{bin}");
        assert_eq!(std::fs::read_to_string(&meta).unwrap_or_default(), json, "{meta}");
    }
}
