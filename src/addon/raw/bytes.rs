//! The memory of a `Uint8Array`, for calls that move whole images of databases.

use std::io;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;

use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi::{Env, JsValue, sys};

use super::napi_error;

/// The bytes of a `Uint8Array` during a call in which no JavaScript of this thread runs.
pub struct Bytes<'call> {
    data: NonNull<u8>,
    size: usize,
    _call: PhantomData<&'call ()>,
}

impl<'call> Bytes<'call> {
    /// The bytes of `array`. A detached array has none.
    pub fn of(env: Env, array: &Unknown<'call>) -> NapiResult<Self> {
        Self::at(env.raw(), array.raw()).map_err(napi_error)
    }

    /// Where the bytes of `array` are, a value of the scope that is open; promise 1 of the folder is
    /// the caller's.
    pub(super) fn at(env: sys::napi_env, array: sys::napi_value) -> Result<Self, sys::napi_status> {
        let (mut size, mut data) = (0, ptr::null_mut());
        // SAFETY: promise 1; the results that are not wanted are null, as Node-API allows.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                array,
                ptr::null_mut(),
                &raw mut size,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok {
            return Err(status);
        }
        let bytes = NonNull::new(data.cast::<u8>());
        let size = if bytes.is_some() { size } else { 0 };
        Ok(Self { data: bytes.unwrap_or(NonNull::dangling()), size, _call: PhantomData })
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The bytes, to be written: for arrays of promise 4 only.
    pub fn for_writing(&mut self) -> &mut [u8] {
        // SAFETY: Node-API says that `size` bytes are at `data`; JavaScript of this thread does not
        // run, promise 4 keeps other threads out and `&mut self` other users.
        unsafe { slice::from_raw_parts_mut(self.data.as_ptr(), self.size) }
    }

    /// Copies as many bytes as `target` takes, which are behind it from then on, and answers how many.
    /// Never borrows them: the memory may be shared with threads that change it.
    pub fn copy_to(&mut self, target: &mut [u8]) -> usize {
        let count = target.len().min(self.size);
        // SAFETY: Node-API says that `size` bytes are at `data`, of which `count` are copied;
        // `target` has as many and is Rust's own.
        unsafe { ptr::copy_nonoverlapping(self.data.as_ptr(), target.as_mut_ptr(), count) };
        // SAFETY: `count` bytes further is within the bytes, or their end.
        self.data = unsafe { self.data.add(count) };
        self.size -= count;
        count
    }
}

impl io::Read for Bytes<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        Ok(self.copy_to(target))
    }
}
