// Generated from src/batch/layout.rs: do not edit. After a change there, run
// `UPDATE_GENERATED=1 cargo test layout`.

/** Raised with every change of the layout; the JavaScript side refuses another number. */
export const FORMAT_VERSION = 6;

/** Slots of the header, in front of the cells. */
export const HEADER_SLOTS = 16;

/** Slots for cells in one batch, wide integers included. 64 KiB stays within a core's L2 cache. */
export const CELL_SLOTS = 8192;

/** Bytes for small blobs in one batch. */
export const BLOB_BYTES = 32 * 1024;

/** The most rows of one batch: beyond some hundred the call's price no longer shows. */
export const MAX_ROWS = 1000;

/** A batch ends after the row whose text passes this size, in bytes of the JavaScript strings. */
export const TEXT_SOFT_LIMIT = 12 * 1024;

/** No batch holds more text than this: a kept row pins its batch's text. */
export const TEXT_HARD_LIMIT = 16 * 1024;

/** A batch ends after the row with which its detached values pass this size, in bytes. */
export const DETACHED_SOFT_LIMIT = 256 * 1024;

/** A longer text (in UTF-8 bytes) is made through Node-API by itself. */
export const MAX_BATCHED_TEXT = 2048;

/** A longer text (in UTF-8 bytes) is made by itself where texts are to be detached. A shorter one is copied by V8 when it is cut from a batch's text, and pins nothing. */
export const MAX_COPIED_TEXT = 12;

/** A longer blob is made through Node-API by itself. */
export const MAX_BATCHED_BLOB = 4096;

/** Slots of the parameter buffer: `SQLITE_MAX_VARIABLE_NUMBER`, which is SQLite's own default. */
export const PARAMETER_SLOTS = 32766;

/** Calls pass up to this many values as arguments; more travel in one array. */
export const MAX_CALL_ARGUMENTS = 64;

/** Parameters of pools only: a value that SQLite cannot store. */
export const TAG_UNBINDABLE = -11;

/** Parameters of pools only: an object that is neither plain nor bytes. */
export const TAG_NOT_PLAIN = -12;

/** Parameters of pools only: a bigint that needs more than 64 bits. */
export const TAG_TOO_BIG = -13;

/** Parameters of pools only: a second object with named values. */
export const TAG_SECOND_OBJECT = -14;

/** High word of a cell: an int32 in the low word. The tags lie in the NaN space, which SQLite never produces, so any other cell is a float64. */
export const TAG_INT32 = -1;

/** Low bits of a text's or blob's low word that count its length; the bits above count what stands before it in its string or area. */
export const LENGTH_BITS = 13;

/** Text: the low word says where it stands in the one-byte string, in characters. */
export const TAG_TEXT = -2;

/** NULL. */
export const TAG_NULL = -3;

/** Text with characters above U+00FF: the low word says where it stands in the two-byte string, in code units. */
export const TAG_WIDE_TEXT = -4;

/** A blob: the low word says where it stands in the blob area, in bytes. */
export const TAG_BLOB = -5;

/** A value made through Node-API: the low word is its index among the extras. */
export const TAG_DETACHED = -6;

/** An integer beyond int32, read as a bigint: the low word is the index, counted from the first cell, of the cell that holds its 64 bits. */
export const TAG_INT64 = -7;

/** Parameters and callbacks only: a text, which is the call's argument of this index or what it returns. */
export const TAG_TEXT_ARGUMENT = -8;

/** Parameters and callbacks only: a bigint, which is the call's argument of this index or what it returns. */
export const TAG_BIGINT_ARGUMENT = -9;

/** Parameters and callbacks only: a typed array, which is the call's argument of this index or what it returns. */
export const TAG_BLOB_ARGUMENT = -10;

/** Header word, in: the statement; for `OPERATION_PREPARE` the connection, and out the statement. */
export const WORD_STATEMENT = 0;

/** Header word, in: one of the operations below. */
export const WORD_OPERATION = 1;

/** Header word, in: the most rows to deliver. */
export const WORD_MAX_ROWS = 2;

/** Header word, in: how many parameter slots are filled; 0 keeps what is bound. Out of `OPERATION_PREPARE`: how many parameters the statement has. */
export const WORD_PARAMETERS = 3;

/** Header word, in: a sum of the `CALL_` flags. */
export const WORD_CALL_FLAGS = 4;

/** Header word, out: 0, or the kind of the error that waits to be taken. */
export const WORD_STATUS = 5;

/** Header word, out: rows in the batch. */
export const WORD_ROWS = 6;

/** Header word, out: a sum of the `BATCH_` flags, or of the `PREPARED_` flags. */
export const WORD_BATCH_FLAGS = 7;

/** Header word, out: columns of each row. */
export const WORD_COLUMNS = 8;

/** Header word, pools: the number of the job, in and out. */
export const WORD_JOB = 16;

/** Header word, in, pools: one of the `JOB_` kinds. */
export const WORD_JOB_KIND = 17;

/** Header word, in, pools: the job whose transaction or snapshot it belongs to, or 0. */
export const WORD_LANE = 18;

/** Header word, in, pools: how many values stand before the named ones, or -1 without those. */
export const WORD_NAMED_AT = 19;

/** Header word, in, pools: how many of the last values have names. */
export const WORD_NAMED_COUNT = 20;

/** Header word, in, pools: the depth of a savepoint. */
export const WORD_DEPTH = 21;

/** Header word, out, pools: one of the `EVENT_` kinds. */
export const WORD_EVENT = 22;

/** Header word, out, pools: the number of the columns' shape. */
export const WORD_SHAPE = 23;

/** Header slot as float64, in, pools: the most rows of a result. */
export const SLOT_MAX_ROWS = 12;

/** Header slot as float64, in, pools: the most bytes of a result. */
export const SLOT_MAX_BYTES = 13;

/** Header slot as float64, in, pools: for how many milliseconds a thread may be held. */
export const SLOT_HOLD_MS = 14;

/** Header slot as float64, out: rows changed by `OPERATION_RUN`. */
export const SLOT_CHANGES = 5;

/** Header slot as float64, out: the last inserted rowid, rounded. */
export const SLOT_LAST_ROWID = 6;

/** Header slot as int64, out: the last inserted rowid, exact. */
export const SLOT_LAST_ROWID_EXACT = 7;

/** Binds, steps once, resets; answers with changes and rowid. */
export const OPERATION_RUN = 0;

/** Binds, steps once, encodes that row, resets. */
export const OPERATION_GET = 1;

/** Binds and encodes rows; stays open when there are more. */
export const OPERATION_ALL = 2;

/** Binds and stays open without stepping. */
export const OPERATION_OPEN = 3;

/** Encodes the next rows of an open statement. */
export const OPERATION_NEXT = 4;

/** Resets an open statement. */
export const OPERATION_CLOSE = 5;

/** Binds for good. */
export const OPERATION_BIND = 6;

/** Compiles the SQL text that is the call's argument. */
export const OPERATION_PREPARE = 7;

/** Hands a job to the pool whose number is in `WORD_STATEMENT`. */
export const OPERATION_SUBMIT = 8;

/** Adds a statement to the batch that is submitted next. */
export const OPERATION_STAGE = 9;

/** Takes the next event of a pool. */
export const OPERATION_TAKE = 10;

/** Answers the `EVENT_CALL` taken last: with the one parameter, or without one that the function has failed. */
export const OPERATION_ANSWER = 11;

/** `WORD_JOB_KIND`: the first row. */
export const JOB_GET = 0;

/** `WORD_JOB_KIND`: all rows. */
export const JOB_ALL = 1;

/** `WORD_JOB_KIND`: all rows, a batch whenever one is asked for. */
export const JOB_ITERATE = 2;

/** `WORD_JOB_KIND`: what a statement changes. */
export const JOB_RUN = 3;

/** `WORD_JOB_KIND`: a script. */
export const JOB_EXEC = 4;

/** `WORD_JOB_KIND`: the statements that were staged. */
export const JOB_BATCH = 5;

/** `WORD_JOB_KIND`: begins a transaction. */
export const JOB_BEGIN = 6;

/** `WORD_JOB_KIND`: begins a snapshot. */
export const JOB_SNAPSHOT = 7;

/** `WORD_JOB_KIND`: opens a savepoint. */
export const JOB_SAVEPOINT = 8;

/** `WORD_JOB_KIND`: keeps what was done since the savepoint. */
export const JOB_RELEASE = 9;

/** `WORD_JOB_KIND`: undoes what was done since the savepoint, and ends it. */
export const JOB_UNDO = 10;

/** `WORD_JOB_KIND`: commits a transaction, or ends a snapshot. */
export const JOB_COMMIT = 11;

/** `WORD_JOB_KIND`: rolls a transaction back. */
export const JOB_ROLLBACK = 12;

/** `WORD_EVENT`: there is none. */
export const EVENT_NONE = 0;

/** `WORD_EVENT`: rows of a job. */
export const EVENT_ROWS = 1;

/** `WORD_EVENT`: what a job has changed. */
export const EVENT_CHANGES = 2;

/** `WORD_EVENT`: a job is done. */
export const EVENT_DONE = 3;

/** `WORD_EVENT`: a job has failed; `WORD_STATUS` is the kind of the error. */
export const EVENT_FAILED = 4;

/** `WORD_EVENT`: likewise, because the file could not be opened. */
export const EVENT_OPEN_FAILED = 5;

/** `WORD_EVENT`: a transaction or snapshot has ended without its user's doing. */
export const EVENT_LANE_ENDED = 6;

/** `WORD_EVENT`: the last thread of the pool has ended. */
export const EVENT_CLOSED = 7;

/** `WORD_EVENT`: a thread waits for what a function of the user gives; the one row has its arguments, `WORD_SHAPE` its number. */
export const EVENT_CALL = 8;

/** `WORD_CALL_FLAGS`: integers are wanted as bigint. */
export const CALL_SAFE_INTEGERS = 1;

/** `WORD_CALL_FLAGS`: the first argument is an array of the values. */
export const CALL_ARGUMENT_ARRAY = 2;

/** `WORD_CALL_FLAGS`: texts are wanted that keep no batch's text alive. */
export const CALL_DETACH_TEXT = 4;

/** `WORD_CALL_FLAGS`, pools: the tables of the columns are wanted. */
export const CALL_EXPAND = 8;

/** `WORD_CALL_FLAGS`, pools: other jobs go first. */
export const CALL_BACKGROUND = 16;

/** `WORD_BATCH_FLAGS`: the statement is still open, more rows may follow. */
export const BATCH_MORE = 1;

/** `WORD_BATCH_FLAGS`: the call returned an array: one-byte string, two-byte string, extras. */
export const BATCH_EXTRAS = 2;

/** `WORD_BATCH_FLAGS`: the statement was compiled again; its columns may have changed. */
export const BATCH_REPREPARED = 4;

/** `WORD_BATCH_FLAGS`, pools: the call returned an array of the batch's value and its shape: the names of the columns joined by NUL, then the table of each column, where they are wanted. */
export const BATCH_SHAPE = 8;

/** `WORD_BATCH_FLAGS`, pools: no other event of this job follows. */
export const BATCH_LAST = 16;

/** `WORD_BATCH_FLAGS`, pools: all shapes that were told before are forgotten. */
export const BATCH_FORGET_SHAPES = 32;

/** `WORD_BATCH_FLAGS`: the statement writes nothing to the database. */
export const PREPARED_READONLY = 1;

/** `WORD_BATCH_FLAGS`: the call returned an array: the column names, then the name of each parameter. */
export const PREPARED_NAMES = 2;
