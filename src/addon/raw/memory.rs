//! The buffers that JavaScript and Rust both read and write.

use std::cell::{RefCell, RefMut};
use std::ptr::{self, NonNull};
use std::slice;

use napi::bindgen_prelude::{ArrayBuffer, FromNapiValue, Result as NapiResult};
use napi::{Env, Error as NapiError, sys};

use super::check_napi;
use crate::batch::layout::{BLOB_BYTES, CELL_SLOTS, HEADER_SLOTS, PARAMETER_SLOTS};
use crate::error::Result;

/// An `ArrayBuffer` that Rust and JavaScript both use, as 8-byte slots.
struct Memory {
    slots: NonNull<u64>,
    count: usize,
    reference: sys::napi_ref,
}

impl Memory {
    fn allocate(env: Env, count: usize) -> NapiResult<Self> {
        let (mut data, mut value) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: promise 1; both results live during the call.
        check_napi(unsafe {
            sys::napi_create_arraybuffer(env.raw(), count * 8, &raw mut data, &raw mut value)
        })?;
        let mut reference = ptr::null_mut();
        // SAFETY: promise 1; `value` was just made.
        check_napi(unsafe { sys::napi_create_reference(env.raw(), value, 1, &raw mut reference) })?;
        let slots = NonNull::new(data.cast::<u64>())
            .filter(|slots| slots.is_aligned())
            .ok_or_else(|| NapiError::from_reason("no memory for a shared buffer"))?;
        Ok(Self { slots, count, reference })
    }

    fn array_buffer(&self, env: Env) -> NapiResult<ArrayBuffer<'static>> {
        let mut value = ptr::null_mut();
        // SAFETY: promise 1; the reference lives as long as `self` (promise 2).
        check_napi(unsafe {
            sys::napi_get_reference_value(env.raw(), self.reference, &raw mut value)
        })?;
        // SAFETY: promise 1; `value` is the ArrayBuffer of `allocate`.
        unsafe { ArrayBuffer::from_napi_value(env.raw(), value) }
    }

    /// Lets go of the memory, of which nothing is left then.
    fn release(&mut self, env: Env) {
        (self.slots, self.count) = (NonNull::dangling(), 0);
        let reference = std::mem::replace(&mut self.reference, ptr::null_mut());
        // SAFETY: promise 1; nobody else has the reference, and null is refused.
        unsafe { sys::napi_delete_reference(env.raw(), reference) };
    }

    fn slots(&mut self) -> &mut [u64] {
        // SAFETY: promise 2, V8 zeroed the memory, and `&mut self` keeps other users out.
        unsafe { slice::from_raw_parts_mut(self.slots.as_ptr(), self.count) }
    }
}

/// Header, cells and blobs of one batch.
pub struct SharedBuffer(RefCell<Memory>);

/// The parts of the shared buffer, while one call works with them.
pub struct SharedParts<'b>(RefMut<'b, Memory>);

impl SharedBuffer {
    /// Allocates the buffer in the environment's heap.
    pub fn new(env: Env) -> NapiResult<Self> {
        let count = HEADER_SLOTS + CELL_SLOTS + BLOB_BYTES / 8;
        Ok(Self(RefCell::new(Memory::allocate(env, count)?)))
    }

    /// The buffer, for JavaScript.
    pub fn array_buffer(&self, env: Env) -> NapiResult<ArrayBuffer<'static>> {
        self.0.borrow().array_buffer(env)
    }

    /// Gives the memory back: no JavaScript runs any more in this environment.
    pub fn release(&self, env: Env) {
        if let Ok(mut memory) = self.0.try_borrow_mut() {
            memory.release(env);
        }
    }

    /// The parts.
    ///
    /// # Panics
    ///
    /// While a call further up the stack works with them. No code of the user may run then, so that is
    /// a defect, of which the header in use cannot tell.
    pub fn parts(&self) -> SharedParts<'_> {
        SharedParts(self.0.borrow_mut())
    }
}

impl SharedParts<'_> {
    /// Header slots, cells, blob bytes.
    pub fn split(&mut self) -> (&mut [u64], &mut [u64], &mut [u8]) {
        let (header, rest) = self.0.slots().split_at_mut(HEADER_SLOTS);
        let (cells, blobs) = rest.split_at_mut(CELL_SLOTS);
        // SAFETY: `blobs` is a live slice of plain integers; bytes need no alignment.
        let blobs = unsafe {
            slice::from_raw_parts_mut(blobs.as_mut_ptr().cast::<u8>(), size_of_val(blobs))
        };
        (header, cells, blobs)
    }
}

/// The slots that carry parameters to Rust, and a callback's arguments and result. One buffer for as long as the environment lives: several
/// realms can have views of it.
pub struct ParameterBuffer(RefCell<Memory>);

impl ParameterBuffer {
    /// Allocates the buffer in the environment's heap.
    pub fn new(env: Env) -> NapiResult<Self> {
        Ok(Self(RefCell::new(Memory::allocate(env, PARAMETER_SLOTS)?)))
    }

    /// The buffer, for JavaScript.
    pub fn array_buffer(&self, env: Env) -> NapiResult<ArrayBuffer<'static>> {
        self.0.borrow().array_buffer(env)
    }

    /// Gives the memory back, as [`SharedBuffer::release`].
    pub fn release(&self, env: Env) {
        if let Ok(mut memory) = self.0.try_borrow_mut() {
            memory.release(env);
        }
    }

    /// Gives the first `count` slots to `read`, with their positions.
    pub fn read(&self, count: usize, mut read: impl FnMut(usize, u64) -> Result<()>) -> Result<()> {
        let mut memory = self.0.borrow_mut();
        memory
            .slots()
            .iter()
            .take(count)
            .enumerate()
            .try_for_each(|(position, &slot)| read(position, slot))
    }

    /// Lets `write` fill the slots.
    pub fn write<T>(&self, write: impl FnOnce(&mut [u64]) -> Result<T>) -> Result<T> {
        write(self.0.borrow_mut().slots())
    }

    /// The first slot, which carries the result of a callback.
    pub fn first(&self) -> u64 {
        self.0.borrow_mut().slots()[0]
    }
}
