//! Raw Node-API calls of the hot path: the one file outside `sqlite/` with `unsafe`.
//!
//! Three promises make it sound:
//!
//! 1. An `env` is used on its own thread, during a call from JavaScript, which is the only way to
//!    reach this file. Values made or received live until that call returns.
//! 2. The shared buffers are V8's memory, kept alive by a reference for as long as Rust points at
//!    them, and never handed to users, nor to a function that users can replace: nobody can detach
//!    or shrink them.
//! 3. The data pointer of `execute` is the environment, which lives until its instance data is
//!    finalized, after which no JavaScript runs.
#![expect(unsafe_code, reason = "Node-API is a C interface")]

use std::cell::{RefCell, RefMut};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::slice;

use napi::bindgen_prelude::{ArrayBuffer, FromNapiValue, Object, Result as NapiResult};
use napi::{Env, Error as NapiError, JsValue, Status, sys};

use super::environment::Environment;
use super::execute::{abandon, execute};
use crate::batch::Detach;
use crate::batch::layout::{BLOB_BYTES, CELL_SLOTS, HEADER_SLOTS, PARAMETER_SLOTS};
use crate::error::{Error, Kind, Result};
use crate::sqlite::Parameters;

/// Most calls have no more arguments than this; then reading them allocates nothing.
const INLINE_ARGUMENTS: usize = 8;

/// Turns a Node-API status into an error of ours: none of the calls here fails for another
/// reason than memory, once its arguments are of the right type.
fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        Ok(())
    } else {
        Err(Error::of(Kind::NoMemory, "JavaScript could not make or read a value"))
    }
}

fn check_napi(status: sys::napi_status) -> NapiResult<()> {
    if status == sys::Status::napi_ok {
        Ok(())
    } else {
        Err(NapiError::from_status(Status::from(status)))
    }
}

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

    /// The parts; `None` while a call further up the stack works with them.
    pub fn parts(&self) -> Option<SharedParts<'_>> {
        self.0.try_borrow_mut().ok().map(SharedParts)
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

/// The slots that carry parameters to Rust.
pub struct ParameterBuffer(RefCell<Memory>);

impl ParameterBuffer {
    /// Allocates the first buffer.
    pub fn new(env: Env) -> NapiResult<Self> {
        Ok(Self(RefCell::new(Memory::allocate(env, PARAMETER_SLOTS)?)))
    }

    /// The buffer, for JavaScript, with at least `slots` slots.
    pub fn grow(&self, env: Env, slots: usize) -> NapiResult<ArrayBuffer<'static>> {
        let mut memory = self.0.borrow_mut();
        if memory.count < slots {
            let old =
                std::mem::replace(&mut *memory, Memory::allocate(env, slots.next_power_of_two())?);
            // SAFETY: promise 1; nothing points into the old buffer any more.
            check_napi(unsafe { sys::napi_delete_reference(env.raw(), old.reference) })?;
        }
        memory.array_buffer(env)
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
}

/// A JavaScript value of the call under way.
#[derive(Clone, Copy)]
pub struct Value<'call> {
    raw: sys::napi_value,
    _call: PhantomData<&'call ()>,
}

/// One call from JavaScript.
pub struct Call<'call> {
    env: sys::napi_env,
    arguments: &'call [sys::napi_value],
}

impl<'call> Call<'call> {
    /// The argument at `position`; undefined when the call has fewer.
    pub fn argument(&self, position: usize) -> Option<Value<'call>> {
        self.arguments.get(position).map(|&raw| Value { raw, _call: PhantomData })
    }

    /// The element at `position` of an array.
    pub fn element(&self, array: Value<'call>, position: usize) -> Result<Value<'call>> {
        let mut raw = ptr::null_mut();
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        // SAFETY: promise 1.
        check(unsafe { sys::napi_get_element(self.env, array.raw, position, &raw mut raw) })?;
        Ok(Value { raw, _call: PhantomData })
    }

    /// Appends a string, as UTF-8, to `parameters`. Lone surrogates become U+FFFD.
    pub fn push_text(&self, value: Value<'call>, parameters: &mut Parameters) -> Result<()> {
        let spare = parameters.spare(64)?;
        let capacity = spare.len();
        let mut size = 0;
        // SAFETY: promise 1; `spare` has `capacity` bytes, and Node-API ends the text within them.
        check(unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value.raw,
                spare.as_mut_ptr().cast(),
                capacity,
                &raw mut size,
            )
        })?;
        // A cut text stops short of the end by less than one character and the NUL.
        if size + 5 > capacity {
            let mut whole = 0;
            // SAFETY: promise 1; without a buffer only the size is answered.
            check(unsafe {
                sys::napi_get_value_string_utf8(
                    self.env,
                    value.raw,
                    ptr::null_mut(),
                    0,
                    &raw mut whole,
                )
            })?;
            let spare = parameters.spare(whole + 1)?;
            // SAFETY: as for the first call.
            check(unsafe {
                sys::napi_get_value_string_utf8(
                    self.env,
                    value.raw,
                    spare.as_mut_ptr().cast(),
                    whole + 1,
                    &raw mut size,
                )
            })?;
        }
        parameters.push_text(size);
        Ok(())
    }

    /// Appends the bytes of a `Uint8Array` to `parameters`.
    pub fn push_blob(&self, value: Value<'call>, parameters: &mut Parameters) -> Result<()> {
        let (mut size, mut data) = (0, ptr::null_mut());
        // SAFETY: promise 1; the results that are not wanted are null, as Node-API allows.
        check(unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                value.raw,
                ptr::null_mut(),
                &raw mut size,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        let spare = parameters.spare(size)?;
        if size > 0 && !data.is_null() {
            // SAFETY: Node-API says that `size` bytes are at `data`; no JavaScript of this thread
            // runs during the copy. The target has at least `size` bytes and is ours alone.
            unsafe { ptr::copy_nonoverlapping(data.cast::<u8>(), spare.as_mut_ptr(), size) };
        }
        parameters.push_blob(size);
        Ok(())
    }

    /// The value of a bigint; `None` when it does not fit into 64 bits.
    pub fn int64(&self, value: Value<'call>) -> Result<Option<i64>> {
        let (mut integer, mut lossless) = (0, false);
        // SAFETY: promise 1.
        check(unsafe {
            sys::napi_get_value_bigint_int64(
                self.env,
                value.raw,
                &raw mut integer,
                &raw mut lossless,
            )
        })?;
        Ok(lossless.then_some(integer))
    }

    /// A string of one-byte characters.
    pub fn one_byte_string(&self, text: &[u8]) -> Result<Value<'call>> {
        self.make(|env, value| {
            // SAFETY: promise 1; `text` lives during the call.
            unsafe {
                sys::napi_create_string_latin1(env, text.as_ptr().cast(), length(text), value)
            }
        })
    }

    /// A string of UTF-16 code units.
    pub fn two_byte_string(&self, text: &[u16]) -> Result<Value<'call>> {
        self.make(|env, value| {
            // SAFETY: promise 1; `text` lives during the call.
            unsafe { sys::napi_create_string_utf16(env, text.as_ptr(), length(text), value) }
        })
    }

    /// An array of values.
    pub fn array(&self, values: &[Value<'call>]) -> Result<Value<'call>> {
        let array = self.make(|env, value| {
            // SAFETY: promise 1.
            unsafe { sys::napi_create_array_with_length(env, values.len(), value) }
        })?;
        for (position, value) in (0..).zip(values) {
            // SAFETY: promise 1.
            check(unsafe { sys::napi_set_element(self.env, array.raw, position, value.raw) })?;
        }
        Ok(array)
    }

    fn make(
        &self,
        create: impl FnOnce(sys::napi_env, *mut sys::napi_value) -> sys::napi_status,
    ) -> Result<Value<'call>> {
        let mut raw = ptr::null_mut();
        check(create(self.env, &raw mut raw))?;
        Ok(Value { raw, _call: PhantomData })
    }
}

/// Values that are too long for a batch, made at once.
pub struct Extras<'c, 'call> {
    call: &'c Call<'call>,
    values: Vec<Value<'call>>,
}

impl<'c, 'call> Extras<'c, 'call> {
    /// None yet.
    pub fn new(call: &'c Call<'call>) -> Self {
        Self { call, values: Vec::new() }
    }

    /// The values, in the order of their cells.
    pub fn into_values(self) -> Vec<Value<'call>> {
        self.values
    }
}

impl Detach for Extras<'_, '_> {
    fn text(&mut self, utf8: &[u8]) -> Result<()> {
        let value = if utf8.is_ascii() {
            self.call.one_byte_string(utf8)?
        } else {
            self.call.make(|env, value| {
                // SAFETY: promise 1; `utf8` lives during the call. Invalid bytes become U+FFFD.
                unsafe {
                    sys::napi_create_string_utf8(env, utf8.as_ptr().cast(), length(utf8), value)
                }
            })?
        };
        self.values.push(value);
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<()> {
        let value = self.call.make(|env, value| {
            // SAFETY: promise 1; `bytes` lives during the call, and the copy's address is not wanted.
            unsafe {
                sys::napi_create_buffer_copy(
                    env,
                    bytes.len(),
                    bytes.as_ptr().cast(),
                    ptr::null_mut(),
                    value,
                )
            }
        })?;
        self.values.push(value);
        Ok(())
    }
}

/// A length as Node-API wants it. No slice is longer than `isize::MAX`.
fn length<T>(slice: &[T]) -> isize {
    isize::try_from(slice.len()).unwrap_or(isize::MAX)
}

/// Defines `execute` on the addon's exports.
pub fn define_execute(
    env: Env,
    exports: &Object<'_>,
    environment: &Rc<Environment>,
) -> NapiResult<()> {
    let name = c"execute";
    let mut function = ptr::null_mut();
    // SAFETY: promise 1; the data pointer is promise 3.
    check_napi(unsafe {
        sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            length(name.to_bytes()),
            Some(execute_callback),
            Rc::as_ptr(environment).cast_mut().cast(),
            &raw mut function,
        )
    })?;
    // SAFETY: promise 1; the name ends with NUL.
    check_napi(unsafe {
        sys::napi_set_named_property(env.raw(), exports.raw(), name.as_ptr(), function)
    })
}

/// Called by JavaScript, with `execute` behind a fence for panics.
unsafe extern "C" fn execute_callback(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut inline = [ptr::null_mut(); INLINE_ARGUMENTS];
    let mut count = INLINE_ARGUMENTS;
    let mut data: *mut c_void = ptr::null_mut();
    // SAFETY: promise 1; `inline` has room for `count` arguments.
    let status = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            inline.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    if status != sys::Status::napi_ok || data.is_null() {
        return ptr::null_mut();
    }
    let mut many;
    let arguments = if count <= INLINE_ARGUMENTS {
        &inline[..count]
    } else {
        many = vec![ptr::null_mut(); count];
        // SAFETY: as above, with `many` in the place of `inline`.
        unsafe {
            sys::napi_get_cb_info(
                env,
                info,
                &raw mut count,
                many.as_mut_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
            );
        }
        &many[..]
    };
    // SAFETY: promise 3; the environment is only ever borrowed shared.
    let environment = unsafe { &*data.cast::<Environment>() };
    let call = Call { env, arguments };
    match catch_unwind(AssertUnwindSafe(|| execute(environment, &call))) {
        Ok(Some(value)) => value.raw,
        Ok(None) => ptr::null_mut(),
        Err(_) => {
            // The statement may stand in the middle of its rows, with locks. Should this panic as
            // well, the first defect is still what is reported.
            drop(catch_unwind(AssertUnwindSafe(|| abandon(environment))));
            let message = c"ferrolite: a defect in the addon was caught; please report it";
            // SAFETY: promise 1; the message ends with NUL. That the throw itself fails means that
            // JavaScript is being torn down.
            unsafe { sys::napi_throw_error(env, ptr::null(), message.as_ptr()) };
            ptr::null_mut()
        }
    }
}
