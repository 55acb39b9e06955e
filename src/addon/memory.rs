//! Memory for a batch whose execution may call back into JavaScript.

use std::cell::RefCell;

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

/// Memory of batches that have ended, for the next ones.
#[derive(Default)]
pub struct SpareMemory(RefCell<Vec<BatchMemory>>);

impl SpareMemory {
    /// More than this, of some 120 KB each, is given back: callbacks rarely execute statements that
    /// call back in their turn.
    const MOST: usize = 4;

    /// Memory for one batch.
    pub fn take(&self) -> BatchMemory {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes the memory of a batch back.
    pub fn keep(&self, memory: BatchMemory) {
        let mut spare = self.0.borrow_mut();
        if spare.len() < Self::MOST {
            spare.push(memory);
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

#[cfg(test)]
mod tests {
    use super::SpareMemory;

    #[test]
    fn memory_is_used_again_but_not_kept_without_end() {
        let spare = SpareMemory::default();
        let mut first = spare.take();
        first.split().0[0] = 7;
        spare.keep(first);
        assert_eq!(spare.take().split().0[0], 7);
        for memory in [(); 100].map(|()| spare.take()) {
            spare.keep(memory);
        }
        assert_eq!(spare.0.borrow().len(), SpareMemory::MOST);
    }
}
