//! The row that a statement stands on, borrowed from SQLite's registers.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::slice;

use rusqlite::ffi;

use crate::error::{Error, Kind, Result};

/// One cell, as `frl_row` in `csrc/engine.c` fills it. The layout is asserted on both sides.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct RawCell {
    kind: c_int,
    size: c_int,
    value: RawValue,
}

#[repr(C)]
#[derive(Clone, Copy)]
union RawValue {
    integer: i64,
    real: f64,
    bytes: *const c_void,
}

const _: () = assert!(size_of::<RawCell>() == 16);

impl RawCell {
    /// NULL, to fill a buffer with.
    pub(super) const NULL: Self =
        Self { kind: ffi::SQLITE_NULL, size: 0, value: RawValue { bytes: ptr::null() } };
}

unsafe extern "C" {
    /// See `csrc/engine.c`.
    pub(super) fn frl_row(stmt: *mut ffi::sqlite3_stmt, cells: *mut RawCell, count: c_int)
    -> c_int;
}

/// A value as SQLite stores it, borrowed until the statement moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'row> {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// Text in UTF-8 that SQLite has not validated, NUL bytes included.
    Text(&'row [u8]),
    /// A blob.
    Blob(&'row [u8]),
}

/// The current row of a statement.
pub(super) struct Row<'row> {
    cells: &'row [RawCell],
}

impl<'row> Row<'row> {
    /// Borrows the row on which `stmt` stands, through `buffer`, which grows when it is too short.
    ///
    /// # Safety
    ///
    /// While the returned value lives, the caller guarantees that:
    ///
    /// 1. the last `sqlite3_step(stmt)` answered `SQLITE_ROW`;
    /// 2. `stmt` is not stepped, reset or finalized;
    /// 3. no other thread uses the connection that prepared `stmt`.
    pub(super) unsafe fn current(
        stmt: *mut ffi::sqlite3_stmt,
        buffer: &'row mut Vec<RawCell>,
    ) -> Result<Self> {
        loop {
            let capacity = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
            // SAFETY: (1) and (3); `buffer` has `capacity` cells to write to.
            let columns = unsafe { frl_row(stmt, buffer.as_mut_ptr(), capacity) };
            let Ok(columns) = usize::try_from(columns) else {
                return Err(Error::of(Kind::NoMemory, "out of memory"));
            };
            if columns <= buffer.len() {
                return Ok(Self { cells: &buffer[..columns] });
            }
            buffer.resize(columns, RawCell::NULL);
        }
    }

    /// The cells, left to right.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'row>> {
        self.cells.iter().map(|cell| match cell.kind {
            // SAFETY: `frl_row` stored the integer for this kind.
            ffi::SQLITE_INTEGER => Cell::Integer(unsafe { cell.value.integer }),
            // SAFETY: `frl_row` stored the real for this kind.
            ffi::SQLITE_FLOAT => Cell::Real(unsafe { cell.value.real }),
            ffi::SQLITE_TEXT => Cell::Text(bytes(cell)),
            ffi::SQLITE_BLOB => Cell::Blob(bytes(cell)),
            _ => Cell::Null,
        })
    }
}

/// The bytes of a text or blob cell.
fn bytes(cell: &RawCell) -> &[u8] {
    let size = usize::try_from(cell.size).unwrap_or(0);
    // SAFETY: `frl_row` stored the pointer for texts and blobs, the only callers' kinds.
    let data = unsafe { cell.value.bytes }.cast::<u8>();
    if size == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: SQLite keeps `size` initialised bytes at `data` until the statement moves, which
    // promise 2 of `Row::current` rules out while the row is borrowed.
    unsafe { slice::from_raw_parts(data, size) }
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
