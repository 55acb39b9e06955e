//! The handle scopes that callbacks run in.
//!
//! A handle scope keeps every value alive that was made since it was opened. A callback needs one, because
//! one execution can call back a million times. Opening one costs about as much as making an argument
//! does, so the callbacks of one execution share a scope, which is renewed now and then.

use std::cell::Cell;
use std::ptr;

use napi::{Env, sys};

/// A shared scope is renewed once its calls have cost this much: so much can it keep from being collected.
const BUDGET: usize = 16 * 1024;
/// What a call costs whose values are small.
const CALL_COST: usize = 256;

/// How the callbacks of one environment get their scopes.
///
/// Its state is in cells of its own each, which are not moved by any call.
pub struct Scopes {
    env: sys::napi_env,
    /// Whether the next callback uses the shared scope. Never while a callback runs: what it calls has
    /// scopes of its own, which close before the shared one may be renewed.
    shares: Cell<bool>,
    /// The shared scope; null before the first callback.
    scope: Cell<sys::napi_handle_scope>,
    cost: Cell<usize>,
    /// The callback that was called last in the shared scope, and the handle of its function there.
    last: Cell<u64>,
    function: Cell<sys::napi_value>,
    callbacks: Cell<u64>,
}

/// No callback has this number.
const NO_CALLBACK: u64 = 0;

impl Scopes {
    /// Those of the environment that is being set up.
    pub fn new(env: Env) -> Self {
        Self {
            env: env.raw(),
            shares: Cell::new(false),
            scope: Cell::new(ptr::null_mut()),
            cost: Cell::new(0),
            last: Cell::new(NO_CALLBACK),
            function: Cell::new(ptr::null_mut()),
            callbacks: Cell::new(NO_CALLBACK),
        }
    }

    /// Makes callbacks share a scope until the returned guard is dropped. Meanwhile a value that shall
    /// outlive them may only be made behind [`Scopes::settle`].
    pub fn share(&self) -> Sharing<'_> {
        let before = Before {
            shares: self.shares.replace(true),
            scope: self.scope.get(),
            cost: self.cost.get(),
            last: self.last.get(),
            function: self.function.get(),
        };
        self.forget();
        Sharing { scopes: self, before }
    }

    /// Closes the shared scope, if one is open: values made next belong to the call from JavaScript.
    pub fn settle(&self) {
        if self.shares.get() && !self.scope.get().is_null() {
            self.close(self.scope.get());
            self.forget();
        }
    }

    fn forget(&self) {
        self.scope.set(ptr::null_mut());
        self.cost.set(0);
        self.last.set(NO_CALLBACK);
    }

    /// A number that no other callback has.
    pub(super) fn new_callback(&self) -> u64 {
        self.callbacks.set(self.callbacks.get() + 1);
        self.callbacks.get()
    }

    /// A scope for one callback, in force until it is dropped; `None` when V8 refuses it.
    pub(super) fn enter(&self) -> Option<Entered<'_>> {
        if !self.shares.get() {
            return Some(Entered { scopes: self, own: self.open()? });
        }
        if self.cost.get() >= BUDGET {
            self.settle();
        }
        if self.scope.get().is_null() {
            self.scope.set(self.open()?);
        }
        self.cost.set(self.cost.get() + CALL_COST);
        self.shares.set(false);
        Some(Entered { scopes: self, own: ptr::null_mut() })
    }

    fn open(&self) -> Option<sys::napi_handle_scope> {
        let mut scope = ptr::null_mut();
        // SAFETY: promise 1.
        let status = unsafe { sys::napi_open_handle_scope(self.env, &raw mut scope) };
        (status == sys::Status::napi_ok).then_some(scope)
    }

    fn close(&self, scope: sys::napi_handle_scope) {
        // SAFETY: promise 1; scopes are closed in the reverse order of their opening.
        unsafe { sys::napi_close_handle_scope(self.env, scope) };
    }
}

/// The state that a [`Sharing`] puts back: that of a call further up the stack.
struct Before {
    shares: bool,
    scope: sys::napi_handle_scope,
    cost: usize,
    last: u64,
    function: sys::napi_value,
}

/// Lets callbacks share a scope. Node ends the process where a scope is open when a call returns to
/// JavaScript, so a guard closes it on every way out.
pub struct Sharing<'s> {
    scopes: &'s Scopes,
    before: Before,
}

impl Drop for Sharing<'_> {
    fn drop(&mut self) {
        let (scopes, before) = (self.scopes, &self.before);
        scopes.settle();
        scopes.shares.set(before.shares);
        scopes.scope.set(before.scope);
        scopes.cost.set(before.cost);
        scopes.last.set(before.last);
        scopes.function.set(before.function);
    }
}

/// The scope of one callback.
pub(super) struct Entered<'s> {
    scopes: &'s Scopes,
    /// Null in the shared scope.
    own: sys::napi_handle_scope,
}

impl Entered<'_> {
    /// The handle of this callback's function, which `find` makes unless the scope has it.
    pub fn function(
        &self,
        callback: u64,
        find: impl FnOnce() -> sys::napi_value,
    ) -> sys::napi_value {
        let scopes = self.scopes;
        if !self.own.is_null() {
            return find();
        }
        if scopes.last.get() != callback {
            scopes.function.set(find());
            scopes.last.set(callback);
        }
        scopes.function.get()
    }

    /// Counts the bytes of texts and blobs that the scope keeps alive.
    pub fn keeps(&self, bytes: usize) {
        if self.own.is_null() {
            self.scopes.cost.set(self.scopes.cost.get().saturating_add(bytes));
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.own.is_null() {
            self.scopes.shares.set(true);
        } else {
            self.scopes.close(self.own);
        }
    }
}
