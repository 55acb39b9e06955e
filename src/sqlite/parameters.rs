//! Parameter values on their way into a statement, owned until the statement lets them go.
//!
//! Text and blobs are copied once, into one buffer that is kept from execution to execution. The
//! statement binds pointers into that buffer (`SQLITE_STATIC`), which is sound because it owns it.

use std::ops::Range;

/// A buffer that has grown beyond this is given back after the execution that needed it.
const KEPT_BYTES: usize = 64 * 1024;

/// One value to bind.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// UTF-8 text: a range of [`Parameters::bytes`].
    Text(Range<usize>),
    /// A blob: a range of [`Parameters::bytes`].
    Blob(Range<usize>),
}

/// The values of one execution, in the order of the statement's parameters.
#[derive(Debug, Default)]
pub struct Parameters {
    values: Vec<Parameter>,
    buffer: Vec<u8>,
    used: usize,
}

impl Parameters {
    /// The values; index 0 is the parameter that SQLite numbers 1.
    pub fn values(&self) -> &[Parameter] {
        &self.values
    }

    /// The bytes that the ranges of the values point into.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.used]
    }

    /// Whether the buffer is larger than what is kept for the next execution.
    pub fn is_large(&self) -> bool {
        self.buffer.len() > KEPT_BYTES
    }

    /// Forgets the values; keeps a buffer of moderate size for the next ones.
    pub fn clear(&mut self) {
        self.values.clear();
        self.used = 0;
        if self.is_large() {
            self.buffer = Vec::new();
        }
    }

    /// Appends a value that needs no bytes.
    pub fn push(&mut self, value: Parameter) {
        self.values.push(value);
    }

    /// Room for at least `size` more bytes, to be filled by the caller and claimed with
    /// [`Parameters::push_text`] or [`Parameters::push_blob`].
    pub fn spare(&mut self, size: usize) -> &mut [u8] {
        let needed = self.used + size;
        if self.buffer.len() < needed {
            self.buffer.resize(needed.next_power_of_two(), 0);
        }
        &mut self.buffer[self.used..]
    }

    /// Appends the text in the first `size` bytes of [`Parameters::spare`].
    pub fn push_text(&mut self, size: usize) {
        let range = self.claim(size);
        self.values.push(Parameter::Text(range));
    }

    /// Appends the blob in the first `size` bytes of [`Parameters::spare`].
    pub fn push_blob(&mut self, size: usize) {
        let range = self.claim(size);
        self.values.push(Parameter::Blob(range));
    }

    fn claim(&mut self, size: usize) -> Range<usize> {
        let start = self.used;
        self.used = (start + size).min(self.buffer.len());
        start..self.used
    }
}
