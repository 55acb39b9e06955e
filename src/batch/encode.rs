//! Writes rows into a batch.

use super::layout::{
    BLOB_BYTES, DETACHED_SOFT_LIMIT, LENGTH_BITS, MAX_BATCHED_BLOB, MAX_BATCHED_TEXT,
    MAX_COPIED_TEXT, TAG_BLOB, TAG_DETACHED, TAG_INT64, TAG_TEXT, TAG_WIDE_TEXT, TEXT_HARD_LIMIT,
    TEXT_SOFT_LIMIT,
};
use crate::error::Result;

/// How JavaScript wants integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integers {
    /// As numbers: beyond 2^53 rounded to the nearest float64.
    Number,
    /// As bigints: exact.
    BigInt,
}

/// Takes the values that are too long for a batch, in the order of their cells.
pub trait Detach {
    /// Keeps a text. `utf8` is what SQLite stores: not validated, NUL bytes included.
    fn text(&mut self, utf8: &[u8]) -> Result<()>;
    /// Keeps a blob.
    fn blob(&mut self, bytes: &[u8]) -> Result<()>;
}

/// The two strings that hold the text of a batch; reused from batch to batch.
#[derive(Debug, Default)]
pub struct Text {
    /// ASCII and Latin-1 cells, one byte per character.
    pub one_byte: Vec<u8>,
    /// All other cells, in UTF-16 code units.
    pub two_byte: Vec<u16>,
    /// The longest text that the strings take, in UTF-8 bytes.
    longest: usize,
}

impl Text {
    fn clear(&mut self) {
        self.one_byte.clear();
        self.two_byte.clear();
        self.longest = MAX_BATCHED_TEXT;
    }

    /// Bytes that the JavaScript strings of this text occupy.
    fn size(&self) -> usize {
        self.one_byte.len() + 2 * self.two_byte.len()
    }

    /// Appends a text and answers its slot; `None` for one that is too long. Invalid UTF-8 becomes
    /// U+FFFD, as in WHATWG's decoder.
    fn push(&mut self, utf8: &[u8]) -> Option<u64> {
        if utf8.len() > self.longest || self.size() + 2 * utf8.len() > TEXT_HARD_LIMIT {
            None
        } else if utf8.is_ascii() {
            let start = self.one_byte.len();
            self.one_byte.extend_from_slice(utf8);
            Some(placed(TAG_TEXT, start, utf8.len()))
        } else {
            Some(match std::str::from_utf8(utf8) {
                Ok(text) => self.push_non_ascii(text),
                Err(_) => self.push_non_ascii(&String::from_utf8_lossy(utf8)),
            })
        }
    }

    fn push_non_ascii(&mut self, text: &str) -> u64 {
        // In valid UTF-8 the characters up to U+00FF have no byte above 0xC3.
        if text.bytes().all(|byte| byte < 0xC4) {
            let start = self.one_byte.len();
            self.one_byte.extend(
                text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')),
            );
            placed(TAG_TEXT, start, self.one_byte.len() - start)
        } else {
            let start = self.two_byte.len();
            self.two_byte.extend(text.encode_utf16());
            placed(TAG_WIDE_TEXT, start, self.two_byte.len() - start)
        }
    }
}

/// The area of small blobs.
#[derive(Debug)]
struct Blobs<'b> {
    bytes: &'b mut [u8],
    used: usize,
}

impl Blobs<'_> {
    /// Appends a blob and answers its slot; `None` for one that is too long or no longer fits.
    fn push(&mut self, blob: &[u8]) -> Option<u64> {
        if blob.len() > MAX_BATCHED_BLOB {
            return None;
        }
        let start = self.used;
        self.bytes.get_mut(start..start + blob.len())?.copy_from_slice(blob);
        self.used += blob.len();
        Some(placed(TAG_BLOB, start, blob.len()))
    }
}

/// Counts the values that went to [`Detach`].
#[derive(Debug, Default)]
struct Detached {
    count: usize,
    bytes: usize,
}

impl Detached {
    /// The slot of the next value, which has `size` bytes.
    fn push(&mut self, size: usize) -> u64 {
        let slot = tagged(TAG_DETACHED, count(self.count));
        self.count += 1;
        self.bytes += size;
        slot
    }
}

/// The filled parts of a batch's buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Cells from the front.
    pub cells: usize,
    /// The first of the wide integers, which reach to the back.
    pub first_wide: usize,
    /// Bytes of blobs.
    pub blob_bytes: usize,
}

/// A batch under construction: rows of equal width.
///
/// Cells grow from the front of `cells`; the 64-bit integers that [`Integers::BigInt`] asks for
/// grow from its back. [`RowBatch::has_room`] makes sure that a whole row fits.
#[derive(Debug)]
pub struct RowBatch<'b> {
    cells: &'b mut [u64],
    blobs: Blobs<'b>,
    text: &'b mut Text,
    integers: Integers,
    next_cell: usize,
    first_wide: usize,
    detached: Detached,
    rows: usize,
}

impl<'b> RowBatch<'b> {
    /// An empty batch over these buffers. `text` is emptied first.
    pub fn new(
        cells: &'b mut [u64],
        blobs: &'b mut [u8],
        text: &'b mut Text,
        integers: Integers,
    ) -> Self {
        text.clear();
        let first_wide = cells.len();
        Self {
            cells,
            blobs: Blobs { bytes: blobs, used: 0 },
            text,
            integers,
            next_cell: 0,
            first_wide,
            detached: Detached::default(),
            rows: 0,
        }
    }

    /// Whether all texts are detached that would keep the batch's text alive.
    #[must_use]
    pub fn detaching_text(self, detach: bool) -> Self {
        if detach {
            self.text.longest = MAX_COPIED_TEXT;
        }
        self
    }

    /// Rows written so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether any cell needs more than the one-byte string.
    pub fn has_extras(&self) -> bool {
        self.detached.count > 0 || !self.text.two_byte.is_empty()
    }

    /// The text of the batch.
    pub fn text(&self) -> &Text {
        self.text
    }

    /// Whether a row of `columns` cells may be written: there is room for it, and neither the text
    /// nor the detached values have reached their limit.
    pub fn has_room(&self, columns: usize) -> bool {
        // Twice: each cell may need a wide integer.
        self.first_wide - self.next_cell >= 2 * columns
            && self.text.size() < TEXT_SOFT_LIMIT
            && self.blobs.bytes.len() - self.blobs.used >= MAX_BATCHED_BLOB
            && self.detached.bytes < DETACHED_SOFT_LIMIT
    }

    /// How much of the buffers is filled.
    pub fn used(&self) -> Used {
        Used { cells: self.next_cell, first_wide: self.first_wide, blob_bytes: self.blobs.used }
    }

    /// The cells and the bytes of blobs, of which [`RowBatch::used`] says what is filled.
    pub fn memory(&self) -> (&[u64], &[u8]) {
        (self.cells, self.blobs.bytes)
    }

    /// How integers are wanted.
    pub fn integers(&self) -> Integers {
        self.integers
    }

    /// The slots of the next row, to be filled with its numbers and NULLs. Its texts, blobs and wide
    /// integers follow by the `put_` functions, then [`RowBatch::end_row`].
    ///
    /// # Panics
    ///
    /// Without room for the row, which [`RowBatch::has_room`] tells.
    pub fn next_row(&mut self, columns: usize) -> &mut [u64] {
        &mut self.cells[..self.first_wide][self.next_cell..][..columns]
    }

    /// Writes a text of the next row. Invalid UTF-8 becomes U+FFFD, as in WHATWG's decoder.
    pub fn put_text(&mut self, column: usize, utf8: &[u8], detach: &mut impl Detach) -> Result<()> {
        let slot = if let Some(slot) = self.text.push(utf8) {
            slot
        } else {
            detach.text(utf8)?;
            self.detached.push(utf8.len())
        };
        self.cells[self.next_cell + column] = slot;
        Ok(())
    }

    /// Writes a blob of the next row.
    pub fn put_blob(
        &mut self,
        column: usize,
        bytes: &[u8],
        detach: &mut impl Detach,
    ) -> Result<()> {
        let slot = if let Some(slot) = self.blobs.push(bytes) {
            slot
        } else {
            detach.blob(bytes)?;
            self.detached.push(bytes.len())
        };
        self.cells[self.next_cell + column] = slot;
        Ok(())
    }

    /// Writes an integer of the next row that needs more than 32 bits and is wanted whole.
    ///
    /// # Panics
    ///
    /// Without room for the row, which [`RowBatch::has_room`] tells.
    pub fn put_wide(&mut self, column: usize, integer: i64) {
        let cell = self.next_cell + column;
        assert!(self.first_wide > cell + 1, "the two ends of the cells have met");
        self.first_wide -= 1;
        self.cells[self.first_wide] = integer.cast_unsigned();
        self.cells[cell] = tagged(TAG_INT64, count(self.first_wide));
    }

    /// Counts the row.
    pub fn end_row(&mut self, columns: usize) {
        self.next_cell += columns;
        self.rows += 1;
    }
}

/// The slot with this tag as its high word.
const fn tagged(tag: i32, low: u32) -> u64 {
    (tag.cast_unsigned() as u64) << 32 | low as u64
}

/// The slot of a value that stands in a string or area.
fn placed(tag: i32, start: usize, length: usize) -> u64 {
    tagged(tag, count(start << LENGTH_BITS | length))
}

/// Counts within a batch are bounded by its limits, far below 2^32.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

const _: () = {
    let too_long = 1 << LENGTH_BITS;
    assert!(MAX_BATCHED_TEXT < too_long);
    assert!(MAX_BATCHED_BLOB < too_long);
    // JavaScript reads the low word as a signed integer.
    let starts = 1 << (31 - LENGTH_BITS);
    assert!(TEXT_HARD_LIMIT < starts);
    assert!(BLOB_BYTES < starts);
};

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
