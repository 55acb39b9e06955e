//! Writes rows into a batch, cell by cell.

use super::layout::{
    DETACHED_SOFT_LIMIT, MAX_BATCHED_BLOB, MAX_BATCHED_TEXT, TAG_BLOB, TAG_DETACHED, TAG_INT32,
    TAG_INT64, TAG_NULL, TAG_TEXT, TAG_WIDE_TEXT, TEXT_HARD_LIMIT, TEXT_SOFT_LIMIT,
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
}

impl Text {
    fn clear(&mut self) {
        self.one_byte.clear();
        self.two_byte.clear();
    }

    /// Bytes that the JavaScript strings of this text occupy.
    fn size(&self) -> usize {
        self.one_byte.len() + 2 * self.two_byte.len()
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

/// A batch under construction: rows of equal width, written left to right.
///
/// Cells grow from the front of `cells`; the 64-bit integers that [`Integers::BigInt`] asks for
/// grow from its back. [`RowBatch::has_room`] makes sure that a whole row fits.
#[derive(Debug)]
pub struct RowBatch<'b> {
    cells: &'b mut [u64],
    blobs: &'b mut [u8],
    text: &'b mut Text,
    integers: Integers,
    next_cell: usize,
    first_wide: usize,
    blob_bytes: usize,
    detached: u32,
    detached_bytes: usize,
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
            blobs,
            text,
            integers,
            next_cell: 0,
            first_wide,
            blob_bytes: 0,
            detached: 0,
            detached_bytes: 0,
            rows: 0,
        }
    }

    /// Rows written so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether any cell needs more than the one-byte string.
    pub fn has_extras(&self) -> bool {
        self.detached > 0 || !self.text.two_byte.is_empty()
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
            && self.blobs.len() - self.blob_bytes >= MAX_BATCHED_BLOB
            && self.detached_bytes < DETACHED_SOFT_LIMIT
    }

    /// How much of the buffers is filled.
    pub fn used(&self) -> Used {
        Used { cells: self.next_cell, first_wide: self.first_wide, blob_bytes: self.blob_bytes }
    }

    /// Counts the row whose cells were written since the last call.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Appends NULL.
    pub fn push_null(&mut self) {
        self.put(TAG_NULL, 0);
    }

    /// Appends an integer.
    ///
    /// # Panics
    ///
    /// Without room for the row, which [`RowBatch::has_room`] tells.
    pub fn push_integer(&mut self, value: i64) {
        if let Ok(small) = i32::try_from(value) {
            self.put(TAG_INT32, small.cast_unsigned());
        } else if self.integers == Integers::BigInt {
            assert!(self.first_wide > self.next_cell, "the two ends of the cells have met");
            self.first_wide -= 1;
            self.cells[self.first_wide] = value.cast_unsigned();
            self.put(TAG_INT64, count(self.first_wide));
        } else {
            #[expect(clippy::cast_precision_loss, reason = "the contract rounds beyond 2^53")]
            self.push_real(value as f64);
        }
    }

    /// Appends a real.
    pub fn push_real(&mut self, value: f64) {
        // SQLite stores NaN as NULL; a NaN from anywhere else must not be read as a tag.
        if value.is_nan() {
            self.push_null();
        } else {
            self.cells[..self.first_wide][self.next_cell] = value.to_bits();
            self.next_cell += 1;
        }
    }

    /// Appends a text. Invalid UTF-8 becomes U+FFFD, as in WHATWG's decoder.
    pub fn push_text(&mut self, utf8: &[u8], detach: &mut impl Detach) -> Result<()> {
        if utf8.len() > MAX_BATCHED_TEXT || self.text.size() + 2 * utf8.len() > TEXT_HARD_LIMIT {
            detach.text(utf8)?;
            self.put_detached(utf8.len());
        } else if utf8.is_ascii() {
            self.text.one_byte.extend_from_slice(utf8);
            self.put(TAG_TEXT, count(utf8.len()));
        } else {
            match std::str::from_utf8(utf8) {
                Ok(text) => self.push_non_ascii(text),
                Err(_) => self.push_non_ascii(&String::from_utf8_lossy(utf8)),
            }
        }
        Ok(())
    }

    /// Appends a blob.
    pub fn push_blob(&mut self, bytes: &[u8], detach: &mut impl Detach) -> Result<()> {
        let end = self.blob_bytes + bytes.len();
        if bytes.len() > MAX_BATCHED_BLOB || end > self.blobs.len() {
            detach.blob(bytes)?;
            self.put_detached(bytes.len());
        } else {
            self.blobs[self.blob_bytes..end].copy_from_slice(bytes);
            self.blob_bytes = end;
            self.put(TAG_BLOB, count(bytes.len()));
        }
        Ok(())
    }

    fn push_non_ascii(&mut self, text: &str) {
        // In valid UTF-8 the characters up to U+00FF have no byte above 0xC3.
        if text.bytes().all(|byte| byte < 0xC4) {
            let before = self.text.one_byte.len();
            self.text.one_byte.extend(
                text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')),
            );
            self.put(TAG_TEXT, count(self.text.one_byte.len() - before));
        } else {
            let before = self.text.two_byte.len();
            self.text.two_byte.extend(text.encode_utf16());
            self.put(TAG_WIDE_TEXT, count(self.text.two_byte.len() - before));
        }
    }

    fn put_detached(&mut self, size: usize) {
        self.detached_bytes += size;
        self.put(TAG_DETACHED, self.detached);
        self.detached += 1;
    }

    fn put(&mut self, tag: i32, payload: u32) {
        self.cells[..self.first_wide][self.next_cell] =
            u64::from(tag.cast_unsigned()) << 32 | u64::from(payload);
        self.next_cell += 1;
    }
}

/// Counts within a batch are bounded by its limits, far below 2^32.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
