//! Being called when the process ends.

use std::ffi::c_int;

// The declarations are those of the C standard. Both functions only keep the pointer; a
// library that is unloaded is called at that moment by `atexit`, and forgotten by `at_quick_exit`.
unsafe extern "C" {
    safe fn atexit(handler: extern "C" fn()) -> c_int;
    #[cfg(target_os = "linux")]
    safe fn at_quick_exit(handler: extern "C" fn()) -> c_int;
}

/// Has `handler` called on the thread that ends the process, after all JavaScript. Registered once
/// more it is called once more.
///
/// Not called when a signal or `abort()` ends the process. Bun ends by `quick_exit` on Linux.
pub fn at_exit(handler: extern "C" fn()) {
    // Both fail only for want of memory; then the files are left as a signal would leave them.
    let _ = atexit(handler);
    #[cfg(target_os = "linux")]
    let _ = at_quick_exit(handler);
}
