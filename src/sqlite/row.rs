//! The row that a statement stands on, borrowed from SQLite's registers.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::slice;

use rusqlite::ffi;

use crate::error::{Error, Kind, Result};

/// A value that does not fit into its slot, as `frl_row` in `csrc/engine.c` fills it. The layout is
/// asserted on both sides.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct RawValue {
    column: c_int,
    kind: c_int,
    size: i64,
    value: RawUnion,
}

#[repr(C)]
#[derive(Clone, Copy)]
union RawUnion {
    integer: i64,
    bytes: *const c_void,
}

const _: () = assert!(size_of::<RawValue>() == 24);

impl RawValue {
    /// To fill a buffer with.
    pub(super) const NONE: Self =
        Self { column: 0, kind: ffi::SQLITE_BLOB, size: 0, value: RawUnion { bytes: ptr::null() } };
}

unsafe extern "C" {
    /// See `csrc/engine.c`.
    pub(super) fn frl_row(
        stmt: *mut ffi::sqlite3_stmt,
        slots: *mut u64,
        count: c_int,
        whole: c_int,
        values: *mut RawValue,
        value_count: *mut c_int,
    ) -> c_int;

    /// See `csrc/engine.c`.
    fn frl_arguments(
        arguments: *const *mut ffi::sqlite3_value,
        count: c_int,
        slots: *mut u64,
        whole: c_int,
        values: *mut RawValue,
    ) -> c_int;
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

/// What the current row of a statement, or the arguments of a function, have that does not fit into slots.
pub struct Row<'row> {
    values: &'row [RawValue],
}

impl<'row> Row<'row> {
    /// Reads the row on which `stmt` stands: numbers and NULL into `slots`, through `buffer` the rest.
    ///
    /// # Errors
    ///
    /// [`Kind::NoMemory`].
    ///
    /// # Panics
    ///
    /// Unless `slots` are as many as the row's columns.
    ///
    /// # Safety
    ///
    /// While the returned value lives, the caller guarantees that:
    ///
    /// 1. `stmt` is not stepped, reset or finalized;
    /// 2. no other thread uses the connection that prepared `stmt`.
    pub(super) unsafe fn current(
        stmt: *mut ffi::sqlite3_stmt,
        buffer: &'row mut Vec<RawValue>,
        slots: &mut [u64],
        integers_whole: bool,
    ) -> Result<Self> {
        if buffer.len() < slots.len() {
            buffer.resize(slots.len(), RawValue::NONE);
        }
        let count = c_int::try_from(slots.len()).unwrap_or(c_int::MAX);
        let mut value_count = 0;
        // SAFETY: (2); `slots` and `buffer` have at least `count` elements to write to, and without
        // a row `frl_row` writes none.
        let columns = unsafe {
            frl_row(
                stmt,
                slots.as_mut_ptr(),
                count,
                c_int::from(integers_whole),
                buffer.as_mut_ptr(),
                &raw mut value_count,
            )
        };
        if columns < 0 {
            return Err(Error::of(Kind::NoMemory, "out of memory"));
        }
        assert_eq!(columns, count, "slots for another number of columns");
        Ok(Self { values: &buffer[..usize::try_from(value_count).unwrap_or(0)] })
    }

    /// Reads the arguments of a function, as [`Row::current`] does a row.
    ///
    /// # Errors
    ///
    /// [`Kind::NoMemory`].
    ///
    /// # Panics
    ///
    /// Unless slots and buffer have room for all of them.
    ///
    /// # Safety
    ///
    /// `arguments` are those of a function that is being called, and it does not return while the
    /// returned value lives.
    pub(super) unsafe fn of_arguments(
        arguments: &[*mut ffi::sqlite3_value],
        buffer: &'row mut [RawValue],
        slots: &mut [u64],
        integers_whole: bool,
    ) -> Result<Self> {
        let count = arguments.len();
        assert!(slots.len() >= count && buffer.len() >= count, "no room for the arguments");
        // SAFETY: the caller's promise; `slots` and `buffer` have `count` elements to write to.
        let value_count = unsafe {
            frl_arguments(
                arguments.as_ptr(),
                c_int::try_from(count).unwrap_or(0),
                slots.as_mut_ptr(),
                c_int::from(integers_whole),
                buffer.as_mut_ptr(),
            )
        };
        usize::try_from(value_count)
            .map(|value_count| Self { values: &buffer[..value_count] })
            .map_err(|_| Error::of(Kind::NoMemory, "out of memory"))
    }

    /// The values, left to right, with their columns.
    pub fn values(&self) -> impl Iterator<Item = (usize, Cell<'row>)> + use<'row> {
        self.values.iter().map(|value| {
            let cell = match value.kind {
                ffi::SQLITE_TEXT => Cell::Text(bytes(value)),
                ffi::SQLITE_BLOB => Cell::Blob(bytes(value)),
                // SAFETY: `frl_row` stored an integer for any other kind.
                _ => Cell::Integer(unsafe { value.value.integer }),
            };
            (usize::try_from(value.column).unwrap_or(0), cell)
        })
    }
}

/// The bytes of a text or blob.
fn bytes(value: &RawValue) -> &[u8] {
    let size = usize::try_from(value.size).unwrap_or(0);
    // SAFETY: `frl_row` stored the pointer for texts and blobs, the only callers' kinds.
    let data = unsafe { value.value.bytes }.cast::<u8>();
    if size == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: SQLite keeps `size` initialised bytes at `data` until the statement moves, which
    // promise 1 of `Row::current` rules out while the row is borrowed.
    unsafe { slice::from_raw_parts(data, size) }
}

#[cfg(test)]
#[path = "row_tests.rs"]
pub(super) mod tests;
