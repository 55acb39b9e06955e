//! A table of rows that a statement was given as its parameters, so that one `INSERT ... SELECT` inserts
//! many rows.
//!
//! SQLite spends about half of the time of an insert on starting and ending the statement, and a call from
//! JavaScript on binding its values. `INSERT INTO t (a, b) SELECT c0, c1 FROM frl_rows(?, ?, ?)` pays for both
//! once for all rows. The rows are ordinary values, so the statement is executed as any other: on the
//! connection of JavaScript's thread as on that of a pool's writer.
//!
//! The first value is a blob of slots of 8 bytes, little-endian: the number of columns, then the cells, row after
//! row. A slot is a float64, unless its high word is one of the tags below; `ts/batch/encode-rows.ts` writes
//! them. The second value is the texts of all rows, each followed by a NUL; the third the blobs and the integers
//! of 64 bits, one behind the other. Nothing of it is believed: whoever knows the name can call it from SQL.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::fmt::Write;
use std::marker::PhantomData;
use std::ops::Range;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::vtab::{
    Context, CreateVTab, Filters, IndexConstraintOp, IndexInfo, Module, VTab, VTabConfig,
    VTabConnection, VTabCursor, VTabKind, sqlite3_vtab, sqlite3_vtab_cursor,
};

use super::handle::Handle;
use super::value::fenced;
use crate::error::{Error, Kind, Result};

/// The name in SQL.
const NAME: &str = "frl_rows";
/// Hidden columns, which take the three values.
const GIVEN: usize = 3;
/// The columns that can be selected: what `SQLITE_MAX_COLUMN` (2000) leaves beside those.
const COLUMNS: usize = 1997;
const SLOT: usize = 8;

/// High words of slots that are no float64, as in `batch/layout.rs`.
const TAG_NULL: i32 = -3;
/// The low word counts UTF-16 code units, because that is what JavaScript knows without encoding.
const TAG_TEXT: i32 = -8;
/// The next 8 bytes of the blobs.
const TAG_INTEGER: i32 = -9;
/// The low word counts bytes.
const TAG_BLOB: i32 = -10;

#[repr(C)]
struct GivenRows {
    base: sqlite3_vtab,
}

/// One cell of the current row.
enum Cell {
    Null,
    Real(f64),
    Integer(i64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

#[repr(C)]
struct Cursor<'table> {
    base: sqlite3_vtab_cursor,
    slots: Vec<u8>,
    text: Vec<u8>,
    blobs: Vec<u8>,
    /// Whether each character of the text is one byte and one code unit.
    is_ascii: bool,
    columns: usize,
    /// Where the next row begins in each.
    next: Position,
    row: Vec<Cell>,
    rowid: i64,
    _table: PhantomData<&'table GivenRows>,
}

#[derive(Default)]
struct Position {
    slot: usize,
    text: usize,
    blob: usize,
}

fn malformed() -> Error {
    Error::of(Kind::Sqlite, "malformed rows")
}

// SAFETY: `repr(C)`, and the base is the first field.
unsafe impl<'table> VTab<'table> for GivenRows {
    type Aux = ();
    type Cursor = Cursor<'table>;

    fn connect(
        db: &mut VTabConnection,
        _: Option<&()>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> rusqlite::Result<(Cow<'static, CStr>, Self)> {
        // Not in triggers and views: a file that somebody made could use it there.
        db.config(VTabConfig::DirectOnly)?;
        let mut declaration =
            String::from("CREATE TABLE x(slots HIDDEN, text HIDDEN, blobs HIDDEN");
        for column in 0..COLUMNS {
            // Writing to a String cannot fail.
            let _ = write!(declaration, ", c{column}");
        }
        declaration.push(')');
        Ok((Cow::Owned(CString::new(declaration)?), Self { base: sqlite3_vtab::default() }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> rusqlite::Result<bool> {
        let mut chosen = [None; GIVEN];
        for (position, constraint) in info.constraints().enumerate() {
            let column = usize::try_from(constraint.column()).unwrap_or(usize::MAX);
            let equals = constraint.operator() == IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ;
            if let Some(chosen) = chosen.get_mut(column)
                && equals
                && constraint.is_usable()
            {
                *chosen = Some(position);
            }
        }
        for (argument, position) in (1..).zip(chosen) {
            let Some(position) = position else { return Ok(false) };
            let mut usage = info.constraint_usage(position);
            usage.set_argv_index(argument);
            usage.set_omit(true);
        }
        info.set_estimated_cost(1.0);
        Ok(true)
    }

    fn open(&'table mut self) -> rusqlite::Result<Cursor<'table>> {
        Ok(Cursor {
            base: sqlite3_vtab_cursor::default(),
            slots: Vec::new(),
            text: Vec::new(),
            blobs: Vec::new(),
            is_ascii: true,
            columns: 0,
            next: Position::default(),
            row: Vec::new(),
            rowid: 0,
            _table: PhantomData,
        })
    }
}

impl CreateVTab<'_> for GivenRows {
    const KIND: VTabKind = VTabKind::EponymousOnly;
}

impl Cursor<'_> {
    fn begin(&mut self, given: [&[u8]; GIVEN]) -> Result<()> {
        let [slots, text, blobs] = given;
        // Copied: SQLite promises the values for this call alone.
        replace(&mut self.slots, slots)?;
        replace(&mut self.text, text)?;
        replace(&mut self.blobs, blobs)?;
        self.is_ascii = self.text.is_ascii();
        self.rowid = 0;
        let columns = self.slots.first_chunk::<SLOT>().ok_or_else(malformed)?;
        self.columns = usize::try_from(u64::from_le_bytes(*columns)).map_err(|_| malformed())?;
        let cells = self.slots.len() / SLOT - 1;
        if self.columns == 0
            || self.columns > COLUMNS
            || !self.slots.len().is_multiple_of(SLOT)
            || !cells.is_multiple_of(self.columns)
        {
            return Err(malformed());
        }
        self.next = Position { slot: SLOT, text: 0, blob: 0 };
        self.advance()
    }

    /// Reads the next row. Without one the row is empty.
    fn advance(&mut self) -> Result<()> {
        self.row.clear();
        self.rowid += 1;
        let end = self.next.slot + self.columns * SLOT;
        let Some(slots) = self.slots.get(self.next.slot..end) else { return Ok(()) };
        let (slots, _) = slots.as_chunks::<SLOT>();
        for slot in slots {
            let slot = u64::from_le_bytes(*slot);
            let low = usize::try_from(slot & u64::from(u32::MAX)).map_err(|_| malformed())?;
            let cell = match u32::try_from(slot >> 32).unwrap_or(0).cast_signed() {
                TAG_NULL => Cell::Null,
                TAG_TEXT => {
                    let rest = self.text.get(self.next.text..).ok_or_else(malformed)?;
                    let size = if self.is_ascii { low } else { size_of_units(rest, low) };
                    if rest.get(size) != Some(&0) {
                        return Err(malformed());
                    }
                    let start = self.next.text;
                    self.next.text += size + 1;
                    Cell::Text(start..start + size)
                }
                TAG_INTEGER => {
                    let rest = self.blobs.get(self.next.blob..).ok_or_else(malformed)?;
                    let bytes = rest.first_chunk::<SLOT>().ok_or_else(malformed)?;
                    self.next.blob += SLOT;
                    Cell::Integer(i64::from_le_bytes(*bytes))
                }
                TAG_BLOB => {
                    let start = self.next.blob;
                    if self.blobs.len() - start < low {
                        return Err(malformed());
                    }
                    self.next.blob += low;
                    Cell::Blob(start..start + low)
                }
                _ => Cell::Real(f64::from_bits(slot)),
            };
            self.row.push(cell);
        }
        self.next.slot = end;
        Ok(())
    }
}

/// The bytes of a text of so many UTF-16 code units, at the start of `utf8`.
fn size_of_units(utf8: &[u8], units: usize) -> usize {
    let (mut size, mut left) = (0, units);
    while left > 0 {
        let Some(&first) = utf8.get(size) else { break };
        let (bytes, taken) = match first {
            0..0x80 => (1, 1),
            0x80..0xe0 => (2, 1),
            0xe0..0xf0 => (3, 1),
            0xf0.. => (4, 2),
        };
        size += bytes;
        left = left.saturating_sub(taken);
    }
    size
}

fn replace(target: &mut Vec<u8>, source: &[u8]) -> Result<()> {
    target.clear();
    target
        .try_reserve(source.len())
        .map_err(|_| Error::of(Kind::NoMemory, "no memory for the rows"))?;
    target.extend_from_slice(source);
    Ok(())
}

/// The bytes of a text or a blob; a NULL has none.
fn bytes_of(value: ValueRef<'_>) -> Result<&[u8]> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes),
        ValueRef::Null => Ok(&[]),
        _ => Err(malformed()),
    }
}

// SAFETY: `repr(C)`, and the base is the first field.
unsafe impl VTabCursor for Cursor<'_> {
    fn filter(&mut self, _: c_int, _: Option<&str>, given: &Filters<'_>) -> rusqlite::Result<()> {
        fenced(|| {
            let mut values = given.iter().map(bytes_of);
            let mut next = || values.next().unwrap_or_else(|| Err(malformed()));
            self.begin([next()?, next()?, next()?])
        })
    }

    fn next(&mut self) -> rusqlite::Result<()> {
        fenced(|| self.advance())
    }

    fn eof(&self) -> bool {
        self.row.is_empty()
    }

    fn column(&self, context: &mut Context, index: c_int) -> rusqlite::Result<()> {
        // The three values themselves, and columns that these rows do not have, are NULL.
        let cell =
            usize::try_from(index).ok().and_then(|index| self.row.get(index.wrapping_sub(GIVEN)));
        let value = match cell {
            None | Some(Cell::Null) => ValueRef::Null,
            Some(Cell::Real(real)) => ValueRef::Real(*real),
            Some(Cell::Integer(integer)) => ValueRef::Integer(*integer),
            Some(Cell::Text(range)) => {
                ValueRef::Text(self.text.get(range.clone()).unwrap_or_default())
            }
            Some(Cell::Blob(range)) => {
                ValueRef::Blob(self.blobs.get(range.clone()).unwrap_or_default())
            }
        };
        context.set_result(ToSqlOutput::Borrowed(value))
    }

    fn rowid(&self) -> rusqlite::Result<i64> {
        Ok(self.rowid)
    }
}

impl Handle {
    /// Adds the table to the connection. No code of the user runs when it is used.
    pub fn define_given_rows(&self) -> Result<()> {
        let methods: &'static Module<'_, GivenRows> = const { &Module::eponymous_only_module() };
        match self.connection().create_module(NAME, methods, None) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.last_error()),
        }
    }
}
