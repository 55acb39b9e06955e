//! Whether a thread may go on running JavaScript.

use std::ptr;

use napi::{Env, sys};

use super::callback::is_exception_pending;

/// Whether `env` still runs JavaScript: `false` once its thread has been told to end, as by
/// `worker.terminate()`. To be called inside of a call from JavaScript.
///
/// Node-API has no question for it. But calls that could run JavaScript are refused from that moment
/// on, in Node and in Bun, and comparing a value with itself counts as one of them while it does
/// nothing. Deno tells nobody: there the answer stays `true`. They are refused as well while an exception
/// waits to surface, which by itself ends nothing.
pub fn is_running(env: Env) -> bool {
    may_run(env.raw()) || is_exception_pending(env)
}

/// Whether a call that counts as running JavaScript is allowed.
fn may_run(env: sys::napi_env) -> bool {
    let (mut scope, mut value, mut equal) = (ptr::null_mut(), ptr::null_mut(), false);
    // The scope keeps handles from piling up during one long call.
    // SAFETY: promise 1.
    if unsafe { sys::napi_open_handle_scope(env, &raw mut scope) } != sys::Status::napi_ok {
        return false;
    }
    // SAFETY: promise 1.
    unsafe { sys::napi_get_undefined(env, &raw mut value) };
    // SAFETY: promise 1; `value` belongs to the scope just opened.
    let status = unsafe { sys::napi_strict_equals(env, value, value, &raw mut equal) };
    // SAFETY: promise 1; the scope is the innermost one.
    unsafe { sys::napi_close_handle_scope(env, scope) };
    status == sys::Status::napi_ok
}
