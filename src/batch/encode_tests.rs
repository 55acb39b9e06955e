use super::{Detach, Integers, RowBatch, Text};
use crate::batch::layout::{
    BLOB_BYTES, CELL_SLOTS, DETACHED_SOFT_LIMIT, MAX_BATCHED_BLOB, MAX_BATCHED_TEXT, TAG_BLOB,
    TAG_DETACHED, TAG_INT32, TAG_INT64, TAG_NULL, TAG_TEXT, TAG_WIDE_TEXT, TEXT_HARD_LIMIT,
    TEXT_SOFT_LIMIT,
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
}

#[test]
fn integers_within_32_bits_are_tagged_and_others_are_reals() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    for value in [0, -1, i64::from(i32::MAX), i64::from(i32::MIN), 1 << 31, i64::MIN] {
        batch.push_integer(value);
    }
    assert_eq!(buffers.tag(0), TAG_INT32);
    assert_eq!(buffers.payload(1), u32::MAX);
    assert_eq!(buffers.payload(2), 0x7fff_ffff);
    assert_eq!((buffers.tag(3), buffers.payload(3)), (TAG_INT32, 0x8000_0000));
    assert_eq!(f64::from_bits(buffers.cells[4]).to_bits(), 2_147_483_648.0_f64.to_bits());
    assert_eq!(
        f64::from_bits(buffers.cells[5]).to_bits(),
        (-9_223_372_036_854_775_808.0_f64).to_bits()
    );
}

#[test]
fn wide_integers_keep_all_bits_at_the_back_when_bigints_are_wanted() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::BigInt);
    batch.push_integer(i64::MIN);
    batch.push_integer(7);
    batch.push_integer((1 << 53) + 1);
    assert_eq!((buffers.tag(0), buffers.tag(1), buffers.tag(2)), (TAG_INT64, TAG_INT32, TAG_INT64));
    assert_eq!(buffers.cells[buffers.payload(0) as usize].cast_signed(), i64::MIN);
    assert_eq!(buffers.cells[buffers.payload(2) as usize], (1 << 53) + 1);
}

#[test]
fn no_real_can_be_read_as_a_tag() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let reals = [-0.0, f64::MIN, f64::NEG_INFINITY, f64::INFINITY, -f64::MIN_POSITIVE];
    for real in reals {
        batch.push_real(real);
    }
    batch.push_real(f64::from_bits(u64::MAX));
    for (cell, real) in reals.iter().enumerate() {
        assert_eq!(buffers.cells[cell], real.to_bits());
        assert!(!(-16..0).contains(&buffers.tag(cell)), "{real}");
    }
    assert_eq!(buffers.tag(reals.len()), TAG_NULL, "a NaN is NULL");
}

#[test]
fn text_goes_to_the_narrowest_string_that_holds_it() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let mut kept = Kept::default();
    for text in ["abc", "", "Zürich\u{ff}", "\u{100}", "a😀", "x\0y"] {
        batch.push_text(text.as_bytes(), &mut kept).unwrap();
    }
    assert!(batch.has_extras());
    let tags: Vec<_> = (0..6).map(|cell| buffers.tag(cell)).collect();
    assert_eq!(tags, [TAG_TEXT, TAG_TEXT, TAG_TEXT, TAG_WIDE_TEXT, TAG_WIDE_TEXT, TAG_TEXT]);
    let counts: Vec<_> = (0..6).map(|cell| buffers.payload(cell)).collect();
    assert_eq!(counts, [3, 0, 7, 1, 3, 3]);
    assert_eq!(buffers.text.one_byte, b"abcZ\xfcrich\xffx\0y");
    assert_eq!(buffers.text.two_byte, [0x100, 0x61, 0xd83d, 0xde00]);
    assert!(kept.0.is_empty());
}

#[test]
fn invalid_utf8_becomes_replacement_characters() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    batch.push_text(b"a\xff\xc3", &mut Kept::default()).unwrap();
    assert_eq!(buffers.tag(0), TAG_WIDE_TEXT);
    assert_eq!(buffers.text.two_byte, [0x61, 0xfffd, 0xfffd]);
}

#[test]
fn long_values_are_detached_in_the_order_of_their_cells() {
    let mut buffers = Buffers::new();
    let mut batch = buffers.batch(Integers::Number);
    let mut kept = Kept::default();
    let (text, blob) = (vec![b't'; MAX_BATCHED_TEXT + 1], vec![7; MAX_BATCHED_BLOB + 1]);
    batch.push_blob(&blob, &mut kept).unwrap();
    batch.push_text(&text, &mut kept).unwrap();
    batch.push_text(&text[1..], &mut kept).unwrap();
    batch.push_blob(&blob[1..], &mut kept).unwrap();
    assert!(batch.has_extras());
    let tags: Vec<_> = (0..4).map(|cell| buffers.tag(cell)).collect();
    assert_eq!(tags, [TAG_DETACHED, TAG_DETACHED, TAG_TEXT, TAG_BLOB]);
    assert_eq!((buffers.payload(0), buffers.payload(1)), (0, 1));
    assert_eq!(kept.0, [blob, text]);
}

#[test]
fn text_of_a_batch_never_passes_the_hard_limit() {
    for text in ["x".repeat(1000), "é".repeat(500), "語".repeat(300)] {
        let mut buffers = Buffers::new();
        let mut batch = buffers.batch(Integers::Number);
        let mut kept = Kept::default();
        let mut cells = 0;
        while kept.0.is_empty() {
            batch.push_text(text.as_bytes(), &mut kept).unwrap();
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
        batch.push_text(&[b'x'; 100], &mut kept).unwrap();
    }
    assert!(batch.text().one_byte.len() >= TEXT_SOFT_LIMIT);

    let mut batch = buffers.batch(Integers::BigInt);
    let mut rows = 0;
    while batch.has_room(3) {
        for _ in 0..3 {
            batch.push_integer(i64::MAX);
        }
        batch.end_row();
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
        batch.push_blob(&blob, &mut kept).unwrap();
    }
    batch.push_blob(&[], &mut kept).unwrap();
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
    batch.push_blob(&blob, &mut kept).unwrap();
    assert!(batch.has_room(1));
    batch.push_blob(&blob, &mut kept).unwrap();
    assert!(!batch.has_room(1));

    let mut batch = buffers.batch(Integers::Number);
    while batch.has_room(1) {
        batch.push_blob(&[0; 100], &mut kept).unwrap();
    }
    assert_eq!(kept.0.len(), 2, "a batch ends before its blobs have to be detached");
}
