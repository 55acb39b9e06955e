//! `execute`, as JavaScript calls it.

use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Object, Result as NapiResult};
use napi::{Env, JsValue, sys};

use super::values::Call;
use super::{check_napi, length};
use crate::addon::environment::Environment;
use crate::addon::execute::{abandon, execute};

/// Most calls have no more arguments than this; then reading them allocates nothing.
const INLINE_ARGUMENTS: usize = 8;

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
    let call = Call::new(env, arguments);
    let running = Cell::new(None);
    match catch_unwind(AssertUnwindSafe(|| execute(environment, &call, &running))) {
        Ok(Some(value)) => value.raw,
        Ok(None) => ptr::null_mut(),
        Err(_) => {
            // The statement may stand in the middle of its rows, with locks. Should this panic as
            // well, the first defect is still what is reported.
            drop(catch_unwind(AssertUnwindSafe(|| abandon(environment, running.get()))));
            let message = c"ferrolite: a defect in the addon was caught; please report it";
            // SAFETY: promise 1; the message ends with NUL. That the throw itself fails means that
            // JavaScript is being torn down.
            unsafe { sys::napi_throw_error(env, ptr::null(), message.as_ptr()) };
            ptr::null_mut()
        }
    }
}
