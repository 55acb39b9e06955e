//! JavaScript that Rust calls while SQLite runs.

use std::cell;
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi::{Env, JsValue, sys};
use smallvec::SmallVec;

use super::memory::ParameterBuffer;
use super::scopes::Scopes;
use super::values::{Value, Values};
use crate::addon::environment::Environment;
use crate::addon::exit::has_begun;
use crate::batch::layout::{
    TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_NULL, TAG_TEXT_ARGUMENT, tag,
};
use crate::error::{Error, Kind, Result};
use crate::sqlite::Cell;

/// What a callback is called with. Most take few: then collecting them allocates nothing.
pub type Given<'s> = SmallVec<[Value<'s>; 8]>;

/// As many arguments are collected without allocating.
const INLINE_ARGUMENTS: usize = 4;

thread_local! {
    /// Whether this thread is cleaning up an environment.
    static CLEANING_UP: cell::Cell<bool> = const { cell::Cell::new(false) };
}

/// Runs the clean-up of an environment, during which no callback is called: JavaScript can no longer
/// run, and not every runtime says so when it is called all the same.
pub fn cleaning_up(clean_up: impl FnOnce()) {
    CLEANING_UP.set(true);
    clean_up();
    CLEANING_UP.set(false);
}

/// Whether callbacks can be called.
fn may_call() -> bool {
    !has_begun() && !CLEANING_UP.get()
}

/// A JavaScript function that belongs to a connection.
///
/// The reference is weak: a function that mentions its database would otherwise keep that from being
/// collected. The database's JavaScript object keeps the function.
pub struct Callback {
    function: Reference,
    scopes: Rc<Scopes>,
    number: u64,
}

/// A JavaScript object that Rust keeps alive.
pub struct Held(Reference);

struct Reference {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Reference {
    fn new(
        env: sys::napi_env,
        value: sys::napi_value,
        count: u32,
    ) -> std::result::Result<Self, sys::napi_status> {
        let mut reference = ptr::null_mut();
        // SAFETY: promise 1; `value` is an object of the scope that is open.
        match unsafe { sys::napi_create_reference(env, value, count, &raw mut reference) } {
            sys::Status::napi_ok => Ok(Self { env, reference }),
            status => Err(status),
        }
    }

    /// The value, in the scope that is open; null once a weak reference's value is gone.
    fn value(&self) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: promise 1, and the reference lives as long as `self`. On failure `value` stays null.
        unsafe { sys::napi_get_reference_value(self.env, self.reference, &raw mut value) };
        value
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        if has_begun() {
            return;
        }
        // SAFETY: promise 5; nobody else has the reference.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}

/// The error of a callback that has thrown. The exception stays pending in the environment, so that
/// JavaScript gets the very value that was thrown once the call has returned to it.
fn thrown() -> Error {
    Error::of(Kind::Thrown, "a callback has thrown")
}

/// Whether an exception waits for the call to return to JavaScript.
pub fn is_exception_pending(env: Env) -> bool {
    let mut pending = false;
    // SAFETY: promise 1.
    unsafe { sys::napi_is_exception_pending(env.raw(), &raw mut pending) };
    pending
}

/// Calls a function with itself as the receiver, which the functions of TypeScript do not look at.
fn call<'s>(values: &Values<'s>, function: Value<'s>, given: &[Value<'s>]) -> Result<Value<'s>> {
    let mut result = ptr::null_mut();
    // SAFETY: promise 1. `Value` is a transparent `napi_value`, and `given` has `given.len()`.
    let status = unsafe {
        sys::napi_call_function(
            values.env,
            function.raw,
            function.raw,
            given.len(),
            given.as_ptr().cast(),
            &raw mut result,
        )
    };
    if status == sys::Status::napi_ok { Ok(Values::value(result)) } else { Err(thrown()) }
}

impl Callback {
    /// Refers to `function` without keeping it.
    pub fn new(env: Env, function: &Unknown<'_>) -> NapiResult<Self> {
        let scopes = Rc::clone(&Environment::current(env)?.scopes);
        let function = Reference::new(env.raw(), function.raw(), 0).map_err(super::napi_error)?;
        let number = scopes.new_callback();
        Ok(Self { function, scopes, number })
    }

    /// Calls the function and gives what it returns to `read`.
    ///
    /// # Errors
    ///
    /// [`Kind::Thrown`] where JavaScript has thrown, or can no longer run.
    pub fn call<T>(
        &self,
        arguments: impl for<'s> FnOnce(&Values<'s>, &mut Given<'s>) -> Result<()>,
        read: impl for<'s> FnOnce(&Values<'s>, Value<'s>) -> Result<T>,
    ) -> Result<T> {
        self.enter(|values, function| {
            let mut given = Given::new();
            arguments(values, &mut given)?;
            read(values, call(values, function, &given)?)
        })
    }

    /// Calls the function with `count` arguments, and takes its result, in the form in which
    /// [`ParameterBuffer`] carries values. `write` is given the slots, and one element per argument, to be
    /// replaced where the value does not fit into its slot.
    ///
    /// # Errors
    ///
    /// As for [`Callback::call`].
    pub fn exchange(
        &self,
        memory: &ParameterBuffer,
        count: usize,
        write: impl for<'s> FnOnce(&Values<'s>, &mut [u64], &mut [Value<'s>]) -> Result<()>,
        give: impl FnOnce(Cell<'_>),
    ) -> Result<()> {
        self.enter(|values, function| {
            // What stands for a number is never looked at, and this is at hand.
            let mut inline = [function; INLINE_ARGUMENTS];
            let mut many;
            let given = if count <= INLINE_ARGUMENTS {
                &mut inline[..count]
            } else {
                many = vec![function; count];
                &mut many[..]
            };
            memory.write(|slots| write(values, slots, given))?;
            let result = call(values, function, given)?;
            let slot = memory.first();
            match tag(slot) {
                TAG_NULL => give(Cell::Null),
                TAG_TEXT_ARGUMENT => give(Cell::Text(&values.text(result)?)),
                TAG_BLOB_ARGUMENT => give(Cell::Blob(&values.blob(result)?)),
                TAG_BIGINT_ARGUMENT => {
                    give(values.int64(result)?.map_or(Cell::Null, Cell::Integer));
                }
                _ => give(Cell::Real(f64::from_bits(slot))),
            }
            Ok(())
        })
    }

    /// Gives the function to `act`, in a scope.
    fn enter<'s, T>(&'s self, act: impl FnOnce(&Values<'s>, Value<'s>) -> Result<T>) -> Result<T> {
        if !may_call() {
            return Err(thrown());
        }
        let scope = self.scopes.enter().ok_or_else(super::refused)?;
        let function = scope.function(self.number, || self.function.value());
        if function.is_null() {
            return Err(Error::of(Kind::Thrown, "the callback's database is gone"));
        }
        let values = Values::new(self.function.env);
        let acted = act(&values, Values::value(function));
        scope.keeps(values.bytes());
        acted
    }

    /// Calls the function with `held` although an exception may be pending, which it then still is.
    /// For cleaning up; without one, what the function throws becomes pending.
    pub fn clean_up(&self, held: &Held) {
        if !may_call() {
            return;
        }
        let Some(_scope) = self.scopes.enter() else { return };
        let env = self.function.env;
        let mut pending = false;
        // SAFETY: promise 1.
        unsafe { sys::napi_is_exception_pending(env, &raw mut pending) };
        let mut exception = ptr::null_mut();
        if pending {
            // SAFETY: promise 1.
            unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut exception) };
        }
        let called = self.call(
            |_, arguments| {
                arguments.push(held.value());
                Ok(())
            },
            |_, _| Ok(()),
        );
        if exception.is_null() {
            return;
        }
        if called.is_err() {
            let mut second = ptr::null_mut();
            // SAFETY: promise 1. Of two exceptions the first is the cause.
            unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut second) };
        }
        // SAFETY: promise 1; the exception belongs to the scope that is open.
        unsafe { sys::napi_throw(env, exception) };
    }
}

impl Held {
    /// The object, in the scope that is open.
    pub fn value<'s>(&self) -> Value<'s> {
        Values::value(self.0.value())
    }
}

impl<'call> Values<'call> {
    /// Keeps an object beyond this scope.
    pub fn hold(&self, value: Value<'call>) -> Result<Held> {
        Reference::new(self.env, value.raw, 1)
            .map(Held)
            .map_err(|_| Error::of(Kind::NoMemory, "JavaScript could not keep an object"))
    }
}
