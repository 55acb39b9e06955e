//! The constants of the row-batch format, shared with `ts/batch/layout.ts`.
//!
//! A slot is 8 bytes; a word is 4. The shared buffer is the header, then the cells, then the blob
//! bytes. All numbers are little-endian, which every supported platform is.

/// Raised with every change of the layout; the JavaScript side refuses another number.
pub const FORMAT_VERSION: i32 = 4;

/// Slots of the header, in front of the cells.
pub const HEADER_SLOTS: usize = 16;
/// Slots for cells in one batch, wide integers included. 64 KiB stays within a core's L2 cache.
pub const CELL_SLOTS: usize = 8192;
/// Bytes for small blobs in one batch.
pub const BLOB_BYTES: usize = 32 * 1024;
/// The most rows of one batch: beyond some hundred the call's price no longer shows.
pub const MAX_ROWS: usize = 1000;
/// A batch ends after the row whose text passes this size, in bytes of the JavaScript strings.
pub const TEXT_SOFT_LIMIT: usize = 12 * 1024;
/// No batch holds more text than this: a kept row pins its batch's text.
pub const TEXT_HARD_LIMIT: usize = 16 * 1024;
/// A batch ends after the row with which its detached values pass this size, in bytes.
pub const DETACHED_SOFT_LIMIT: usize = 256 * 1024;
/// A longer text (in UTF-8 bytes) is made through Node-API by itself.
pub const MAX_BATCHED_TEXT: usize = 2048;
/// A longer text (in UTF-8 bytes) is made by itself where texts are to be detached. A shorter one
/// is copied by V8 when it is cut from a batch's text, and pins nothing.
pub const MAX_COPIED_TEXT: usize = 12;
/// A longer blob is made through Node-API by itself.
pub const MAX_BATCHED_BLOB: usize = 4096;
/// Slots of the parameter buffer: `SQLITE_MAX_VARIABLE_NUMBER`, which is SQLite's own default.
pub const PARAMETER_SLOTS: usize = 32766;
/// Calls pass up to this many values as arguments; more travel in one array.
pub const MAX_CALL_ARGUMENTS: usize = 64;

/// High word of a cell: an int32 in the low word. The tags lie in the NaN space, which SQLite
/// never produces, so any other cell is a float64.
pub const TAG_INT32: i32 = -1;
/// Low bits of a text's or blob's low word that count its length; the bits above count what stands
/// before it in its string or area.
pub const LENGTH_BITS: u32 = 13;
/// Text: the low word says where it stands in the one-byte string, in characters.
pub const TAG_TEXT: i32 = -2;
/// NULL.
pub const TAG_NULL: i32 = -3;
/// Text with characters above U+00FF: the low word says where it stands in the two-byte string, in
/// code units.
pub const TAG_WIDE_TEXT: i32 = -4;
/// A blob: the low word says where it stands in the blob area, in bytes.
pub const TAG_BLOB: i32 = -5;
/// A value made through Node-API: the low word is its index among the extras.
pub const TAG_DETACHED: i32 = -6;
/// An integer beyond int32, read as a bigint: the low word is the index, counted from the first
/// cell, of the cell that holds its 64 bits.
pub const TAG_INT64: i32 = -7;
/// Parameters and callbacks only: a text, which is the call's argument of this index or what it returns.
pub const TAG_TEXT_ARGUMENT: i32 = -8;
/// Parameters and callbacks only: a bigint, which is the call's argument of this index or what it returns.
pub const TAG_BIGINT_ARGUMENT: i32 = -9;
/// Parameters and callbacks only: a typed array, which is the call's argument of this index or what it returns.
pub const TAG_BLOB_ARGUMENT: i32 = -10;

/// Header word, in: the statement; for `OPERATION_PREPARE` the connection, and out the statement.
pub const WORD_STATEMENT: usize = 0;
/// Header word, in: one of the operations below.
pub const WORD_OPERATION: usize = 1;
/// Header word, in: the most rows to deliver.
pub const WORD_MAX_ROWS: usize = 2;
/// Header word, in: how many parameter slots are filled; 0 keeps what is bound. Out of
/// `OPERATION_PREPARE`: how many parameters the statement has.
pub const WORD_PARAMETERS: usize = 3;
/// Header word, in: a sum of the `CALL_` flags.
pub const WORD_CALL_FLAGS: usize = 4;
/// Header word, out: 0, or the kind of the error that waits to be taken.
pub const WORD_STATUS: usize = 5;
/// Header word, out: rows in the batch.
pub const WORD_ROWS: usize = 6;
/// Header word, out: a sum of the `BATCH_` flags, or of the `PREPARED_` flags.
pub const WORD_BATCH_FLAGS: usize = 7;
/// Header word, out: columns of each row.
pub const WORD_COLUMNS: usize = 8;
/// Header slot as float64, out: rows changed by `OPERATION_RUN`.
pub const SLOT_CHANGES: usize = 5;
/// Header slot as float64, out: the last inserted rowid, rounded.
pub const SLOT_LAST_ROWID: usize = 6;
/// Header slot as int64, out: the last inserted rowid, exact.
pub const SLOT_LAST_ROWID_EXACT: usize = 7;

/// Binds, steps once, resets; answers with changes and rowid.
pub const OPERATION_RUN: i32 = 0;
/// Binds, steps once, encodes that row, resets.
pub const OPERATION_GET: i32 = 1;
/// Binds and encodes rows; stays open when there are more.
pub const OPERATION_ALL: i32 = 2;
/// Binds and stays open without stepping.
pub const OPERATION_OPEN: i32 = 3;
/// Encodes the next rows of an open statement.
pub const OPERATION_NEXT: i32 = 4;
/// Resets an open statement.
pub const OPERATION_CLOSE: i32 = 5;
/// Binds for good.
pub const OPERATION_BIND: i32 = 6;
/// Compiles the SQL text that is the call's argument.
pub const OPERATION_PREPARE: i32 = 7;

/// `WORD_CALL_FLAGS`: integers are wanted as bigint.
pub const CALL_SAFE_INTEGERS: i32 = 1;
/// `WORD_CALL_FLAGS`: the first argument is an array of the values.
pub const CALL_ARGUMENT_ARRAY: i32 = 2;
/// `WORD_CALL_FLAGS`: texts are wanted that keep no batch's text alive.
pub const CALL_DETACH_TEXT: i32 = 4;

/// `WORD_BATCH_FLAGS`: the statement is still open, more rows may follow.
pub const BATCH_MORE: i32 = 1;
/// `WORD_BATCH_FLAGS`: the call returned an array: one-byte string, two-byte string, extras.
pub const BATCH_EXTRAS: i32 = 2;
/// `WORD_BATCH_FLAGS`: the statement was compiled again; its columns may have changed.
pub const BATCH_REPREPARED: i32 = 4;

/// `WORD_BATCH_FLAGS`: the statement writes nothing to the database.
pub const PREPARED_READONLY: i32 = 1;
/// `WORD_BATCH_FLAGS`: the call returned an array: the column names, then the name of each parameter.
pub const PREPARED_NAMES: i32 = 2;

/// The high word of a slot: the tag, unless the slot is a float64.
pub fn tag(slot: u64) -> i32 {
    u32::try_from(slot >> 32).unwrap_or(0).cast_signed()
}

/// A slot with nothing but this tag.
pub fn tagged(tag: i32) -> u64 {
    u64::from(tag.cast_unsigned()) << 32
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    /// Renders this file's constants as the TypeScript module.
    fn typescript() -> String {
        let mut out = String::from(
            "// Generated from src/batch/layout.rs: do not edit. After a change there, run\n\
             // `UPDATE_GENERATED=1 cargo test layout`.\n",
        );
        let mut doc = Vec::new();
        for line in include_str!("layout.rs").lines() {
            if line.starts_with("pub fn") {
                break;
            }
            if let Some(text) = line.strip_prefix("/// ") {
                doc.push(text);
            } else if let Some(constant) = line.strip_prefix("pub const ") {
                let (name, rest) = constant.split_once(':').unwrap();
                let value = rest.split_once('=').unwrap().1.trim();
                writeln!(out, "\n/** {} */\nexport const {name} = {value}", doc.join(" ")).unwrap();
                doc.clear();
            } else {
                doc.clear();
            }
        }
        out
    }

    #[test]
    fn layout_of_javascript_is_the_layout_of_rust() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ts/batch/layout.ts");
        let expected = typescript();
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(path, &expected).unwrap();
        }
        let actual = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(actual, expected, "ts/batch/layout.ts differs from src/batch/layout.rs");
    }
}
