use super::{Detach, Integers, RowBatch, Text};
use crate::batch::layout::{
    BLOB_BYTES, CELL_SLOTS, DETACHED_SOFT_LIMIT, LENGTH_BITS, MAX_BATCHED_BLOB, MAX_BATCHED_TEXT,
    TAG_BLOB, TAG_DETACHED, TAG_INT64, TAG_TEXT, TAG_WIDE_TEXT, TEXT_HARD_LIMIT, TEXT_SOFT_LIMIT,
};
use crate::error::Result;

/// Keeps the values as bytes.
#[derive(Default)]
struct Kept(Vec<Vec<u8>>);

impl Detach for Kept {
    fn text(&mut self, utf8: &[u8]) -> Result<()> {
        self.0.push(utf8.to_vec());
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.push(bytes.to_vec());
        Ok(())
    }
}

/// Appends a row of one text.
fn push_text(batch: &mut RowBatch<'_>, kept: &mut Kept, utf8: &[u8]) {
    batch.next_row(1);
    batch.put_text(0, utf8, kept).unwrap();
    batch.end_row(1);
}

/// Appends a row of one blob.
fn push_blob(batch: &mut RowBatch<'_>, kept: &mut Kept, bytes: &[u8]) {
    batch.next_row(1);
    batch.put_blob(0, bytes, kept).unwrap();
    batch.end_row(1);
}

struct Buffers {
    cells: Vec<u64>,
    blobs: Vec<u8>,
    text: Text,
}

impl Buffers {
    fn new() -> Self {
        Self { cells: vec![0; CELL_SLOTS], blobs: vec![0; BLOB_BYTES], text: Text::default() }
    }

    fn batch(&mut self, integers: Integers) -> RowBatch<'_> {
        RowBatch::new(&mut self.cells, &mut self.blobs, &mut self.text, integers)
    }

    fn tag(&self, cell: usize) -> i32 {
        i32::try_from(self.cells[cell].cast_signed() >> 32).unwrap()
    }

    fn payload(&self, cell: usize) -> u32 {
        u32::try_from(self.cells[cell] & u64::from(u32::MAX)).unwrap()
    }

    /// Start and length of a text or blob.
    fn place(&self, cell: usize) -> (u32, u32) {
        (self.payload(cell) >> LENGTH_BITS, self.payload(cell) & ((1 << LENGTH_BITS) - 1))
    }
}

#[test]
fn wide_integers_keep_all_bits_at_the_back() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::BigInt);
    batch.next_row(3).fill(7);
    batch.put_wide(0, i64::MIN);
    batch.put_wide(2, (1 << 53) + 1);
    batch.end_row(3);
    assert_eq!((buffers.tag(0), buffers.cells[1], buffers.tag(2)), (TAG_INT64, 7, TAG_INT64));
    assert_eq!(buffers.cells[buffers.payload(0) as usize].cast_signed(), i64::MIN);
    assert_eq!(buffers.cells[buffers.payload(2) as usize], (1 << 53) + 1);
}

#[test]
fn text_goes_to_the_narrowest_string_that_holds_it() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let mut kept = Kept::default();
    for text in ["abc", "", "Zürich\u{ff}", "\u{100}", "a😀", "x\0y"] {
        push_text(&mut batch, &mut kept, text.as_bytes());
    }
    assert!(batch.has_extras());
    let tags: Vec<_> = (0..6).map(|cell| buffers.tag(cell)).collect();
    assert_eq!(tags, [TAG_TEXT, TAG_TEXT, TAG_TEXT, TAG_WIDE_TEXT, TAG_WIDE_TEXT, TAG_TEXT]);
    let places: Vec<_> = (0..6).map(|cell| buffers.place(cell)).collect();
    assert_eq!(places, [(0, 3), (3, 0), (3, 7), (0, 1), (1, 3), (10, 3)]);
    assert_eq!(buffers.text.one_byte, b"abcZ\xfcrich\xffx\0y");
    assert_eq!(buffers.text.two_byte, [0x100, 0x61, 0xd83d, 0xde00]);
    assert!(kept.0.is_empty());
}

#[test]
fn invalid_utf8_becomes_replacement_characters() {
    let mut buffers = Buffers::new();
    let mut kept = Kept::default();
    let mut batch = buffers.batch(Integers::Number);
    push_text(&mut batch, &mut kept, b"a\xff\xc3");
    assert_eq!(buffers.tag(0), TAG_WIDE_TEXT);
    assert_eq!(buffers.text.two_byte, [0x61, 0xfffd, 0xfffd]);
}

#[test]
fn long_values_are_detached_in_the_order_of_their_cells() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let mut kept = Kept::default();
    let (text, blob) = (vec![b't'; MAX_BATCHED_TEXT + 1], vec![7; MAX_BATCHED_BLOB + 1]);
    push_blob(&mut batch, &mut kept, &blob);
    push_text(&mut batch, &mut kept, &text);
    push_text(&mut batch, &mut kept, &text[1..]);
    push_blob(&mut batch, &mut kept, &blob[1..]);
    assert!(batch.has_extras());
    let tags: Vec<_> = (0..4).map(|cell| buffers.tag(cell)).collect();
    assert_eq!(tags, [TAG_DETACHED, TAG_DETACHED, TAG_TEXT, TAG_BLOB]);
    assert_eq!((buffers.payload(0), buffers.payload(1)), (0, 1));
    assert_eq!(kept.0, [blob, text]);
}

#[test]
fn texts_that_would_pin_the_batch_are_detached_where_that_is_wanted() {
    let mut buffers = Buffers::new();
    let mut kept = Kept::default();
    let mut batch = buffers.batch(Integers::Number).detaching_text(true);
    push_text(&mut batch, &mut kept, b"twelve bytes");
    push_text(&mut batch, &mut kept, b"thirteen byte");
    assert_eq!((buffers.tag(0), buffers.tag(1)), (TAG_TEXT, TAG_DETACHED));
    assert_eq!(kept.0, [b"thirteen byte"]);
    // The next batch over the same memory is asked anew.
    let mut batch = buffers.batch(Integers::Number);
    push_text(&mut batch, &mut kept, b"thirteen byte");
    assert_eq!(buffers.tag(0), TAG_TEXT);
}

#[test]
fn text_of_a_batch_never_passes_the_hard_limit() {
    for text in ["x".repeat(1000), "é".repeat(500), "語".repeat(300)] {
        let mut buffers = Buffers::new();
        let mut batch = buffers.batch(Integers::Number);
        let mut kept = Kept::default();
        let mut cells = 0;
        while kept.0.is_empty() {
            push_text(&mut batch, &mut kept, text.as_bytes());
            cells += 1;
            let size = batch.text().one_byte.len() + 2 * batch.text().two_byte.len();
            assert!(size <= TEXT_HARD_LIMIT, "{size}");
            assert!(cells < 100);
        }
    }
}

#[test]
fn a_batch_has_no_room_once_text_or_cells_are_used_up() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    assert!(batch.has_room(CELL_SLOTS / 2));
    assert!(!batch.has_room(CELL_SLOTS / 2 + 1));
    let mut kept = Kept::default();
    while batch.has_room(1) {
        push_text(&mut batch, &mut kept, &[b'x'; 100]);
    }
    assert!(batch.text().one_byte.len() >= TEXT_SOFT_LIMIT);

    let mut batch = buffers.batch(Integers::BigInt);
    let mut rows = 0;
    while batch.has_room(3) {
        batch.next_row(3);
        for column in 0..3 {
            batch.put_wide(column, i64::MAX);
        }
        batch.end_row(3);
        rows += 1;
    }
    assert_eq!(rows, CELL_SLOTS / 6);
    assert_eq!(batch.rows(), rows);
}

#[test]
fn blobs_that_no_longer_fit_are_detached() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let mut kept = Kept::default();
    let blob = vec![1; MAX_BATCHED_BLOB];
    for _ in 0..=BLOB_BYTES / MAX_BATCHED_BLOB {
        push_blob(&mut batch, &mut kept, &blob);
    }
    push_blob(&mut batch, &mut kept, &[]);
    assert_eq!(kept.0.len(), 1);
    assert_eq!(
        buffers.tag(BLOB_BYTES / MAX_BATCHED_BLOB + 1),
        TAG_BLOB,
        "an empty one always fits"
    );
}

#[test]
fn a_batch_has_no_room_once_detached_values_or_blobs_take_much() {
    let mut buffers = Buffers::new();
    let mut kept = Kept::default();
    let mut batch = buffers.batch(Integers::Number);
    let blob = vec![0; DETACHED_SOFT_LIMIT / 2];
    push_blob(&mut batch, &mut kept, &blob);
    assert!(batch.has_room(1));
    push_blob(&mut batch, &mut kept, &blob);
    assert!(!batch.has_room(1));

    let mut batch = buffers.batch(Integers::Number);
    while batch.has_room(1) {
        push_blob(&mut batch, &mut kept, &[0; 100]);
    }
    assert_eq!(kept.0.len(), 2, "a batch ends before its blobs have to be detached");
}
