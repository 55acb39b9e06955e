//! JavaScript that Rust calls while SQLite runs.

use std::cell::Cell;
use std::ptr;

use napi::bindgen_prelude::{Result as NapiResult, Unknown};
use napi::{Env, JsValue, sys};
use smallvec::SmallVec;

use super::check;
use super::values::{Value, Values};
use crate::addon::exit::has_begun;
use crate::error::{Error, Kind, Result};

/// What a callback is called with. Most take few: then collecting them allocates nothing.
pub type Given<'s> = SmallVec<[Value<'s>; 8]>;

thread_local! {
    /// Whether this thread is cleaning up an environment.
    static CLEANING_UP: Cell<bool> = const { Cell::new(false) };
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
pub struct Callback(Reference);

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

/// The scope that the values of one call belong to.
struct Scope {
    env: sys::napi_env,
    scope: sys::napi_handle_scope,
}

impl Scope {
    fn open(env: sys::napi_env) -> Result<Self> {
        let mut scope = ptr::null_mut();
        // SAFETY: promise 1.
        check(unsafe { sys::napi_open_handle_scope(env, &raw mut scope) })?;
        Ok(Self { env, scope })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // SAFETY: promise 1; scopes are closed in the reverse order of their opening.
        unsafe { sys::napi_close_handle_scope(self.env, self.scope) };
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

impl Callback {
    /// Refers to `function` without keeping it.
    pub fn new(env: Env, function: &Unknown<'_>) -> NapiResult<Self> {
        Reference::new(env.raw(), function.raw(), 0).map(Self).map_err(super::napi_error)
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
        let env = self.0.env;
        if !may_call() {
            return Err(thrown());
        }
        let _scope = Scope::open(env)?;
        let function = self.0.value();
        if function.is_null() {
            return Err(Error::of(Kind::Thrown, "the callback's database is gone"));
        }
        let values = Values::new(env);
        let mut given = Given::new();
        arguments(&values, &mut given)?;
        let receiver = values.undefined()?;
        let mut result = ptr::null_mut();
        // SAFETY: promise 1. `Value` is a transparent `napi_value`, and `given` has `given.len()`.
        let status = unsafe {
            sys::napi_call_function(
                env,
                receiver.raw,
                function,
                given.len(),
                given.as_ptr().cast(),
                &raw mut result,
            )
        };
        if status != sys::Status::napi_ok {
            return Err(thrown());
        }
        read(&values, Values::value(result))
    }

    /// Calls the function with `held` although an exception may be pending, which it then still is.
    /// For cleaning up; without one, what the function throws becomes pending.
    pub fn clean_up(&self, held: &Held) {
        if !may_call() {
            return;
        }
        let Ok(_scope) = Scope::open(self.0.env) else { return };
        let mut pending = false;
        // SAFETY: promise 1.
        unsafe { sys::napi_is_exception_pending(self.0.env, &raw mut pending) };
        let mut exception = ptr::null_mut();
        if pending {
            // SAFETY: promise 1.
            unsafe { sys::napi_get_and_clear_last_exception(self.0.env, &raw mut exception) };
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
            unsafe { sys::napi_get_and_clear_last_exception(self.0.env, &raw mut second) };
        }
        // SAFETY: promise 1; the exception belongs to the scope that is open.
        unsafe { sys::napi_throw(self.0.env, exception) };
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
