//! Reading and making JavaScript values.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;

use napi::sys;

use super::scopes::Scopes;
use super::{Bytes, check, length, refused};
use crate::batch::Detach;
use crate::error::Result;
use crate::sqlite::{Cell as Stored, Output, Parameters};

/// A JavaScript value of the call under way.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'call> {
    pub(super) raw: sys::napi_value,
    _call: PhantomData<&'call ()>,
}

/// What JavaScript's `typeof` says of a value, as far as callers tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `undefined` or `null`.
    Nothing,
    /// A number.
    Number,
    /// A bigint.
    BigInt,
    /// A string.
    String,
    /// An object; functions are none.
    Object,
    /// Anything else.
    Other,
}

/// The values of one scope: a call from JavaScript, or one of Rust's to JavaScript.
pub struct Values<'call> {
    pub(super) env: sys::napi_env,
    /// The bytes of the texts and blobs that were made and read.
    bytes: Cell<usize>,
    _call: PhantomData<&'call ()>,
}

/// One call from JavaScript.
pub struct Call<'call> {
    values: Values<'call>,
    arguments: &'call [sys::napi_value],
}

impl<'call> Call<'call> {
    /// A call with these arguments; promise 1 of the folder is its caller's.
    pub(super) fn new(env: sys::napi_env, arguments: &'call [sys::napi_value]) -> Self {
        Self { values: Values::new(env), arguments }
    }

    /// The argument at `position`; undefined when the call has fewer.
    pub fn argument(&self, position: usize) -> Option<Value<'call>> {
        self.arguments.get(position).map(|&raw| Value { raw, _call: PhantomData })
    }
}

impl<'call> Deref for Call<'call> {
    type Target = Values<'call>;

    fn deref(&self) -> &Values<'call> {
        &self.values
    }
}

impl<'call> Values<'call> {
    /// The values of a scope that is open; promise 1 of the folder is its caller's.
    pub(super) fn new(env: sys::napi_env) -> Self {
        Self { env, bytes: Cell::new(0), _call: PhantomData }
    }

    /// The bytes of the texts and blobs that were made and read: what their scope keeps alive.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    fn count(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
    }

    /// The value behind a pointer that Node-API gave in this scope.
    pub(super) fn value(raw: sys::napi_value) -> Value<'call> {
        Value { raw, _call: PhantomData }
    }

    /// `undefined`.
    pub fn undefined(&self) -> Result<Value<'call>> {
        // SAFETY: promise 1.
        self.make(|env, value| unsafe { sys::napi_get_undefined(env, value) })
    }

    /// What a callback gives to SQLite. JavaScript has checked it: a primitive or a `Uint8Array`.
    pub fn output(&self, value: Value<'call>) -> Result<Output> {
        Ok(match self.kind(value)? {
            Kind::Nothing => Output::Null,
            Kind::Number => Output::Real(self.double(value)?),
            Kind::BigInt => self.int64(value)?.map_or(Output::Null, Output::Integer),
            Kind::String => Output::Text(self.text(value)?),
            Kind::Object | Kind::Other => Output::Blob(self.blob(value)?),
        })
    }

    /// Like [`Values::output`]; `None` for a symbol, which stands for what SQLite cannot store.
    pub fn storable_output(&self, value: Value<'call>) -> Result<Option<Output>> {
        if self.kind(value)? == Kind::Other { Ok(None) } else { self.output(value).map(Some) }
    }

    /// A string as UTF-8. Lone surrogates become U+FFFD.
    pub fn text(&self, value: Value<'call>) -> Result<Vec<u8>> {
        let mut bytes = Parameters::default();
        self.push_text(value, &mut bytes)?;
        Ok(bytes.into_bytes())
    }

    /// The bytes of a `Uint8Array`.
    pub(super) fn blob(&self, value: Value<'call>) -> Result<Vec<u8>> {
        let mut bytes = Parameters::default();
        self.push_blob(value, &mut bytes)?;
        Ok(bytes.into_bytes())
    }

    /// What kind of value it is.
    pub fn kind(&self, value: Value<'call>) -> Result<Kind> {
        let mut kind = 0;
        // SAFETY: promise 1.
        check(unsafe { sys::napi_typeof(self.env, value.raw, &raw mut kind) })?;
        Ok(match kind {
            sys::ValueType::napi_undefined | sys::ValueType::napi_null => Kind::Nothing,
            sys::ValueType::napi_number => Kind::Number,
            sys::ValueType::napi_bigint => Kind::BigInt,
            sys::ValueType::napi_string => Kind::String,
            sys::ValueType::napi_object => Kind::Object,
            _ => Kind::Other,
        })
    }

    /// Whether it is `undefined` or `null`.
    pub fn is_nothing(&self, value: Value<'call>) -> Result<bool> {
        Ok(self.kind(value)? == Kind::Nothing)
    }

    /// The value of a number.
    pub fn double(&self, value: Value<'call>) -> Result<f64> {
        let mut double = 0.0;
        // SAFETY: promise 1.
        check(unsafe { sys::napi_get_value_double(self.env, value.raw, &raw mut double) })?;
        Ok(double)
    }

    /// How many elements an array has.
    pub fn array_length(&self, array: Value<'call>) -> Result<u32> {
        let mut length = 0;
        // SAFETY: promise 1.
        check(unsafe { sys::napi_get_array_length(self.env, array.raw, &raw mut length) })?;
        Ok(length)
    }

    /// What SQLite stores, as JavaScript has it; integers as bigints or as numbers.
    pub fn cell(&self, cell: Stored<'_>, bigints: bool) -> Result<Value<'call>> {
        match cell {
            // SAFETY: promise 1.
            Stored::Null => self.make(|env, value| unsafe { sys::napi_get_null(env, value) }),
            Stored::Integer(integer) if bigints => self.make(|env, value| {
                // SAFETY: promise 1.
                unsafe { sys::napi_create_bigint_int64(env, integer, value) }
            }),
            #[expect(clippy::cast_precision_loss, reason = "the contract rounds beyond 2^53")]
            Stored::Integer(integer) => self.number(integer as f64),
            Stored::Real(real) => self.number(real),
            Stored::Text(utf8) => self.string(utf8),
            Stored::Blob(bytes) => self.buffer(bytes),
        }
    }

    /// A number.
    pub fn number(&self, number: f64) -> Result<Value<'call>> {
        // SAFETY: promise 1.
        self.make(|env, value| unsafe { sys::napi_create_double(env, number, value) })
    }

    /// A string of UTF-8, where invalid bytes become U+FFFD.
    pub fn string(&self, utf8: &[u8]) -> Result<Value<'call>> {
        self.count(utf8.len());
        if utf8.is_ascii() {
            return self.one_byte_string(utf8);
        }
        self.make(|env, value| {
            // SAFETY: promise 1; `utf8` lives during the call.
            unsafe { sys::napi_create_string_utf8(env, utf8.as_ptr().cast(), length(utf8), value) }
        })
    }

    /// A `Buffer` with a copy of `bytes`.
    pub fn buffer(&self, bytes: &[u8]) -> Result<Value<'call>> {
        self.count(bytes.len());
        self.make(|env, value| {
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
        })
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
        self.count(size);
        parameters.push_text(size);
        Ok(())
    }

    /// Appends the bytes of a `Uint8Array` to `parameters`.
    pub fn push_blob(&self, value: Value<'call>, parameters: &mut Parameters) -> Result<()> {
        let mut bytes = Bytes::at(self.env, value.raw).map_err(|_| refused())?;
        let size = bytes.size();
        bytes.copy_to(&mut parameters.spare(size)?[..size]);
        self.count(size);
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
    /// Whose shared scope must not be open when a value is made.
    scopes: &'c Scopes,
    values: Vec<Value<'call>>,
}

impl<'c, 'call> Extras<'c, 'call> {
    /// None yet.
    pub fn new(call: &'c Call<'call>, scopes: &'c Scopes) -> Self {
        Self { call, scopes, values: Vec::new() }
    }

    /// The values, in the order of their cells.
    pub fn into_values(self) -> Vec<Value<'call>> {
        self.values
    }
}

impl Detach for Extras<'_, '_> {
    fn text(&mut self, utf8: &[u8]) -> Result<()> {
        self.scopes.settle();
        self.values.push(self.call.string(utf8)?);
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<()> {
        self.scopes.settle();
        self.values.push(self.call.buffer(bytes)?);
        Ok(())
    }
}
