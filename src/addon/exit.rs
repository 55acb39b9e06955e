//! Closing what is open when the process ends without cleaning up its environments.
//!
//! `process.exit()` and an uncaught error skip the environment's clean-up hook, in every runtime.
//! What they do call are the C library's exit handlers, after the last JavaScript has run: so an
//! `exit` listener of the application may still use its databases, whenever it was added.
//!
//! What must stay true: the handler makes no Node-API call, nor does anything that it destroys (see
//! [`has_begun`]); it touches the environments of its own thread only, since other threads may
//! still be running; it leaves alone a connection that is executing further up the stack; it waits
//! for no lock. It runs in C, where a panic would end the process: hence the fence.

use std::cell::RefCell;
use std::mem::{ManuallyDrop, take};
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::environment::Environment;
use super::raw::at_exit;

thread_local! {
    /// The environments of this thread. Without a destructor: `exit()` destroys the thread's
    /// variables before it calls the handler.
    static ENVIRONMENTS: ManuallyDrop<RefCell<Vec<Rc<Environment>>>> =
        const { ManuallyDrop::new(RefCell::new(Vec::new())) };
}

static REGISTERED: Once = Once::new();
static BEGUN: AtomicBool = AtomicBool::new(false);
/// The process that the environments belong to. A fork has copies of them, whose files are not its.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether the process is ending and Node-API must not be called any more: a destructor that would
/// call it does nothing instead.
pub fn has_begun() -> bool {
    BEGUN.load(Ordering::Relaxed)
}

/// Closes what `environment` has open, should the process end on this thread.
pub fn watch(environment: &Rc<Environment>) {
    ENVIRONMENTS.with(|watched| watched.borrow_mut().push(Rc::clone(environment)));
    REGISTERED.call_once(|| {
        PROCESS.store(std::process::id(), Ordering::Relaxed);
        at_exit(close_environments);
    });
}

/// Forgets an environment that has been cleaned up.
pub fn unwatch(environment: &Rc<Environment>) {
    ENVIRONMENTS.with(|watched| {
        let mut watched = watched.borrow_mut();
        watched.retain(|one| !Rc::ptr_eq(one, environment));
        if watched.is_empty() {
            // Nothing else frees the list's memory when the thread ends.
            watched.shrink_to_fit();
        }
    });
}

extern "C" fn close_environments() {
    if std::process::id() != PROCESS.load(Ordering::Relaxed) {
        return;
    }
    BEGUN.store(true, Ordering::Relaxed);
    let closed = catch_unwind(|| {
        let environments =
            ENVIRONMENTS.with(|watched| watched.try_borrow_mut().map(|mut list| take(&mut *list)));
        for environment in environments.into_iter().flatten() {
            environment.abandon_all();
            // What stays open is in use further up the stack.
            std::mem::forget(environment);
        }
    });
    // Nobody is left to hear of a defect.
    drop(closed);
}
