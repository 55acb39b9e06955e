//! The constants of the row-batch format, shared with `ts/batch/layout.ts`.
//!
//! A slot is 8 bytes; a word is 4. The shared buffer is the header, then the cells, then the blob
//! bytes. All numbers are little-endian, which every supported platform is.

/// Raised with every change of the layout; the JavaScript side refuses another number.
pub const FORMAT_VERSION: i32 = 6;

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

/// Parameters of pools only: a value that SQLite cannot store.
pub const TAG_UNBINDABLE: i32 = -11;
/// Parameters of pools only: an object that is neither plain nor bytes.
pub const TAG_NOT_PLAIN: i32 = -12;
/// Parameters of pools only: a bigint that needs more than 64 bits.
pub const TAG_TOO_BIG: i32 = -13;
/// Parameters of pools only: a second object with named values.
pub const TAG_SECOND_OBJECT: i32 = -14;
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
/// Header word, pools: the number of the job, in and out.
pub const WORD_JOB: usize = 16;
/// Header word, in, pools: one of the `JOB_` kinds.
pub const WORD_JOB_KIND: usize = 17;
/// Header word, in, pools: the job whose transaction or snapshot it belongs to, or 0.
pub const WORD_LANE: usize = 18;
/// Header word, in, pools: how many values stand before the named ones, or -1 without those.
pub const WORD_NAMED_AT: usize = 19;
/// Header word, in, pools: how many of the last values have names.
pub const WORD_NAMED_COUNT: usize = 20;
/// Header word, in, pools: the depth of a savepoint.
pub const WORD_DEPTH: usize = 21;
/// Header word, out, pools: one of the `EVENT_` kinds.
pub const WORD_EVENT: usize = 22;
/// Header word, out, pools: the number of the columns' shape.
pub const WORD_SHAPE: usize = 23;
/// Header slot as float64, in, pools: the most rows of a result.
pub const SLOT_MAX_ROWS: usize = 12;
/// Header slot as float64, in, pools: the most bytes of a result.
pub const SLOT_MAX_BYTES: usize = 13;
/// Header slot as float64, in, pools: for how many milliseconds a thread may be held.
pub const SLOT_HOLD_MS: usize = 14;
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

/// Hands a job to the pool whose number is in `WORD_STATEMENT`.
pub const OPERATION_SUBMIT: i32 = 8;
/// Adds a statement to the batch that is submitted next.
pub const OPERATION_STAGE: i32 = 9;
/// Takes the next event of a pool.
pub const OPERATION_TAKE: i32 = 10;
/// Answers the `EVENT_CALL` taken last: with the one parameter, or without one that the function has failed.
pub const OPERATION_ANSWER: i32 = 11;

/// `WORD_JOB_KIND`: the first row.
pub const JOB_GET: i32 = 0;
/// `WORD_JOB_KIND`: all rows.
pub const JOB_ALL: i32 = 1;
/// `WORD_JOB_KIND`: all rows, a batch whenever one is asked for.
pub const JOB_ITERATE: i32 = 2;
/// `WORD_JOB_KIND`: what a statement changes.
pub const JOB_RUN: i32 = 3;
/// `WORD_JOB_KIND`: a script.
pub const JOB_EXEC: i32 = 4;
/// `WORD_JOB_KIND`: the statements that were staged.
pub const JOB_BATCH: i32 = 5;
/// `WORD_JOB_KIND`: begins a transaction.
pub const JOB_BEGIN: i32 = 6;
/// `WORD_JOB_KIND`: begins a snapshot.
pub const JOB_SNAPSHOT: i32 = 7;
/// `WORD_JOB_KIND`: opens a savepoint.
pub const JOB_SAVEPOINT: i32 = 8;
/// `WORD_JOB_KIND`: keeps what was done since the savepoint.
pub const JOB_RELEASE: i32 = 9;
/// `WORD_JOB_KIND`: undoes what was done since the savepoint, and ends it.
pub const JOB_UNDO: i32 = 10;
/// `WORD_JOB_KIND`: commits a transaction, or ends a snapshot.
pub const JOB_COMMIT: i32 = 11;
/// `WORD_JOB_KIND`: rolls a transaction back.
pub const JOB_ROLLBACK: i32 = 12;

/// `WORD_EVENT`: there is none.
pub const EVENT_NONE: i32 = 0;
/// `WORD_EVENT`: rows of a job.
pub const EVENT_ROWS: i32 = 1;
/// `WORD_EVENT`: what a job has changed.
pub const EVENT_CHANGES: i32 = 2;
/// `WORD_EVENT`: a job is done.
pub const EVENT_DONE: i32 = 3;
/// `WORD_EVENT`: a job has failed; `WORD_STATUS` is the kind of the error.
pub const EVENT_FAILED: i32 = 4;
/// `WORD_EVENT`: likewise, because the file could not be opened.
pub const EVENT_OPEN_FAILED: i32 = 5;
/// `WORD_EVENT`: a transaction or snapshot has ended without its user's doing.
pub const EVENT_LANE_ENDED: i32 = 6;
/// `WORD_EVENT`: the last thread of the pool has ended.
pub const EVENT_CLOSED: i32 = 7;
/// `WORD_EVENT`: a thread waits for what a function of the user gives; the one row has its arguments, `WORD_SHAPE` its number.
pub const EVENT_CALL: i32 = 8;

/// `WORD_CALL_FLAGS`: integers are wanted as bigint.
pub const CALL_SAFE_INTEGERS: i32 = 1;
/// `WORD_CALL_FLAGS`: the first argument is an array of the values.
pub const CALL_ARGUMENT_ARRAY: i32 = 2;
/// `WORD_CALL_FLAGS`: texts are wanted that keep no batch's text alive.
pub const CALL_DETACH_TEXT: i32 = 4;

/// `WORD_CALL_FLAGS`, pools: the tables of the columns are wanted.
pub const CALL_EXPAND: i32 = 8;
/// `WORD_CALL_FLAGS`, pools: other jobs go first.
pub const CALL_BACKGROUND: i32 = 16;

/// `WORD_BATCH_FLAGS`: the statement is still open, more rows may follow.
pub const BATCH_MORE: i32 = 1;
/// `WORD_BATCH_FLAGS`: the call returned an array: one-byte string, two-byte string, extras.
pub const BATCH_EXTRAS: i32 = 2;
/// `WORD_BATCH_FLAGS`: the statement was compiled again; its columns may have changed.
pub const BATCH_REPREPARED: i32 = 4;
/// `WORD_BATCH_FLAGS`, pools: the call returned an array of the batch's value and its shape: the names
/// of the columns joined by NUL, then the table of each column, where they are wanted.
pub const BATCH_SHAPE: i32 = 8;
/// `WORD_BATCH_FLAGS`, pools: no other event of this job follows.
pub const BATCH_LAST: i32 = 16;
/// `WORD_BATCH_FLAGS`, pools: all shapes that were told before are forgotten.
pub const BATCH_FORGET_SHAPES: i32 = 32;

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
