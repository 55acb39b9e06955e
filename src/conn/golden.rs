//! Golden batches: rows of real statements, written here, decoded by a test of `ts/batch/decode.ts`, so that two languages
//! hold one truth. The rows that JavaScript must read are written by hand in that test.
//!
//! A file holds, little-endian: the header, the used cells, then the blob bytes; its text and
//! extras stand beside it as JSON of numbers.

use std::fmt::Write;

use super::{Connection, OpenOptions};
use crate::batch::layout::{self, BATCH_EXTRAS, BLOB_BYTES, CELL_SLOTS, HEADER_SLOTS, MAX_ROWS};
use crate::batch::{Detach, Integers, RowBatch, Text};
use crate::error::Result;
use crate::sqlite::OpenMode;

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

/// One golden batch: its name, how integers are wanted, and the statement whose rows it holds.
type Golden = (&'static str, Integers, &'static str);

const GOLDEN: &[Golden] = &[
    (
        "values",
        Integers::Number,
        "VALUES (NULL, -7, 1.5, 'first', x'00ff'),
           (-2147483648, 1099511627776, -0.0, 'Zürich' || char(0) || '!', x''),
           (-1e999, 9223372036854775807, 5e-324, '', NULL)",
    ),
    (
        "wide-text",
        Integers::Number,
        "VALUES ('ascii', '東京'), ('grüße', '👩‍🚀'), ('', 'Ā'), (CAST(x'ff' AS TEXT), 'end')",
    ),
    (
        "bigints",
        Integers::BigInt,
        "VALUES (1, -9223372036854775808), (9007199254740993, -1), (9223372036854775807, 0)",
    ),
    (
        "extras",
        Integers::Number,
        "SELECT printf('%.3000c', char(97 + value)), 'short',
           unhex(replace(printf('%.5000c', '-'), '-', printf('%02x', value)))
         FROM json_each('[0, 1, 2]')",
    ),
    ("empty", Integers::Number, "SELECT 1 WHERE 0"),
];

fn numbers<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The bytes of a batch, and its text and extras as JSON.
fn render(integers: Integers, sql: &str) -> (Vec<u8>, String) {
    let options = OpenOptions {
        path: ":memory:".to_owned(),
        mode: OpenMode::Create,
        uri: false,
        busy_timeout_ms: 0,
    };
    let connection = Connection::open(&options).unwrap();
    let mut statement = connection.prepare(sql.to_owned()).unwrap();
    let columns = statement.column_count();
    let mut cells = vec![0_u64; CELL_SLOTS];
    let mut blobs = vec![0_u8; BLOB_BYTES];
    let mut text = Text::default();
    let mut kept = Kept::default();
    let mut batch = RowBatch::new(&mut cells, &mut blobs, &mut text, integers);
    statement.open().unwrap();
    assert!(!statement.next(&mut batch, &mut kept, MAX_ROWS).unwrap(), "one batch holds all rows");
    let rows = batch.rows();
    let flags = if batch.has_extras() { BATCH_EXTRAS } else { 0 };
    let mut header = [0_i32; 2 * HEADER_SLOTS];
    header[layout::WORD_ROWS] = i32::try_from(rows).unwrap();
    header[layout::WORD_COLUMNS] = i32::try_from(columns).unwrap();
    header[layout::WORD_BATCH_FLAGS] = flags;
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
    for &(name, integers, sql) in GOLDEN {
        let (bytes, json) = render(integers, sql);
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
