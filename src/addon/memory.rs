//! Memory for a batch whose execution may call back into JavaScript.

use crate::batch::layout::{BLOB_BYTES, CELL_SLOTS, HEADER_SLOTS};
use crate::batch::{Text, Used};

/// Header, cells, blobs and text of one batch, apart from the shared buffer.
pub struct BatchMemory {
    header: [u64; HEADER_SLOTS],
    cells: Vec<u64>,
    blobs: Vec<u8>,
    text: Text,
}

impl Default for BatchMemory {
    fn default() -> Self {
        Self {
            header: [0; HEADER_SLOTS],
            cells: vec![0; CELL_SLOTS],
            blobs: vec![0; BLOB_BYTES],
            text: Text::default(),
        }
    }
}

impl BatchMemory {
    /// The parts, to be written to.
    pub fn split(&mut self) -> (&mut [u64], &mut [u64], &mut [u8], &mut Text) {
        (&mut self.header, &mut self.cells, &mut self.blobs, &mut self.text)
    }

    /// Copies what is filled to the shared buffer's header, cells and blobs.
    pub fn copy_to(
        &self,
        used: &Used,
        (header, cells, blobs): (&mut [u64], &mut [u64], &mut [u8]),
    ) {
        header.copy_from_slice(&self.header);
        cells[..used.cells].copy_from_slice(&self.cells[..used.cells]);
        cells[used.first_wide..].copy_from_slice(&self.cells[used.first_wide..]);
        blobs[..used.blob_bytes].copy_from_slice(&self.blobs[..used.blob_bytes]);
    }
}
