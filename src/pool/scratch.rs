//! Memory that a thread encodes rows in, used again from batch to batch.

use crate::batch::layout::{BLOB_BYTES, CELL_SLOTS};
use crate::batch::{Integers, RowBatch, Text};

/// The memory of one batch.
pub struct Scratch {
    cells: Vec<u64>,
    blobs: Vec<u8>,
    text: Text,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { cells: vec![0; CELL_SLOTS], blobs: vec![0; BLOB_BYTES], text: Text::default() }
    }
}

impl Scratch {
    /// An empty batch in this memory.
    pub fn batch(&mut self, integers: Integers) -> RowBatch<'_> {
        RowBatch::new(&mut self.cells, &mut self.blobs, &mut self.text, integers)
    }
}
