//! Parameter values on their way into a statement, owned until the statement lets them go.
//!
//! Text and blobs are copied once, into one buffer that is kept from execution to execution. The
//! statement binds pointers into that buffer (`SQLITE_STATIC`), which is sound because it owns it.

use std::ops::Range;

use super::handle::MAX_LENGTH;
use crate::error::{Error, Kind, Result};

/// A buffer that has grown beyond this is given back after the execution that needed it.
const KEPT_BYTES: usize = 64 * 1024;
/// A buffer below this size grows to the next power of two.
const ROUNDED_BYTES: usize = 1024 * 1024;

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
    ///
    /// # Errors
    ///
    /// [`Kind::TooBig`] for more than SQLite takes (with a byte for the NUL that ends a text),
    /// [`Kind::NoMemory`].
    pub fn spare(&mut self, size: usize) -> Result<&mut [u8]> {
        if size > MAX_LENGTH + 1 {
            return Err(Error::of(Kind::TooBig, "the value is larger than SQLite takes"));
        }
        let needed = self.used + size;
        if self.buffer.len() < needed {
            // Rounding up saves copies while values are small, and would waste memory when not.
            let target = if needed < ROUNDED_BYTES { needed.next_power_of_two() } else { needed };
            self.buffer
                .try_reserve_exact(target - self.buffer.len())
                .map_err(|_| Error::of(Kind::NoMemory, "no memory for the parameters"))?;
            self.buffer.resize(target, 0);
        }
        Ok(&mut self.buffer[self.used..])
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

    /// Puts the values into another order: `order` says which of them stands at each position, and
    /// [`None`] that NULL does.
    pub fn arrange(&mut self, order: &[Option<usize>]) {
        let arranged = order.iter().map(|position| {
            position.and_then(|at| self.values.get(at)).cloned().unwrap_or(Parameter::Null)
        });
        self.values = arranged.collect();
    }

    /// The bytes alone.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.buffer.truncate(self.used);
        self.buffer
    }

    fn claim(&mut self, size: usize) -> Range<usize> {
        let start = self.used;
        self.used = (start + size).min(self.buffer.len());
        start..self.used
    }
}
