//! Stopping a connection's work when its thread is to end.
//!
//! A thread that is inside SQLite hears of nothing: SQLite has to ask. A watched connection asks
//! every few thousand steps of its virtual machine, and before each wait for a lock.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::ffi;

use super::handle::Handle;

/// Virtual-machine steps between two questions: some 20 to 50 microseconds of work, a hundred times
/// what the question costs.
const STEPS: c_int = 4000;

type BusyHandler = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;

unsafe extern "C" {
    /// In `csrc/engine.c`. `db` is open, and `watch` lives as long as the handler is in place.
    fn frl_take_over_waiting(db: *mut ffi::sqlite3, handler: BusyHandler, watch: *mut c_void);
    /// In `csrc/engine.c`. `db` is open.
    fn frl_wait(db: *mut ffi::sqlite3, count: c_int) -> c_int;
    /// In `csrc/engine.c`. `db` is open.
    fn frl_busy_timeout(db: *mut ffi::sqlite3) -> c_int;
}

/// How a watched connection waits for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// As SQLite does: longer from one attempt to the next, up to 100 milliseconds.
    BackingOff,
    /// With as much time between any two attempts. Who has waited long then gets the lock as easily
    /// as who comes anew, at the cost of more attempts.
    Polling(Duration),
}

/// What is asked, and of which connection.
pub(super) struct Watch {
    db: *mut ffi::sqlite3,
    goes_on: Box<dyn Fn() -> bool>,
    waiting: Waiting,
    /// When the wait under way has begun.
    since: Cell<Option<Instant>>,
}

impl Watch {
    /// Whether work goes on. A question that panics has no answer: then it does.
    fn goes_on(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.goes_on)())).unwrap_or(true)
    }

    /// Waits after an attempt that met a lock, the `count`-th of one wait. 0: the time is over.
    fn wait(&self, count: c_int, busy_timeout_ms: c_int) -> c_int {
        let Waiting::Polling(interval) = self.waiting else {
            // SAFETY: the connection that calls is open.
            return unsafe { frl_wait(self.db, count) };
        };
        let began = self.since.get().filter(|_| count > 0).unwrap_or_else(Instant::now);
        self.since.set(Some(began));
        let timeout = Duration::from_millis(u64::try_from(busy_timeout_ms).unwrap_or(0));
        let left = timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return 0;
        }
        sleep(interval.min(left));
        1
    }
}

impl Handle {
    /// Asks `goes_on` now and then while SQLite works or waits; `false` ends that with
    /// `SQLITE_INTERRUPT` or `SQLITE_BUSY`. Once only: a second question is dropped.
    ///
    /// Waiting for locks lasts as long as without, and `PRAGMA busy_timeout` changes it as ever. It
    /// takes the connection's progress handler, of which SQLite has one.
    pub fn watch(&self, goes_on: Box<dyn Fn() -> bool>, waiting: Waiting) {
        let db = self.raw();
        let new = || Box::new(Watch { db, goes_on, waiting, since: Cell::new(None) });
        let watch = self.watch.get_or_init(new);
        let data = ptr::from_ref(&**watch).cast_mut().cast();
        // SAFETY: the handle is open (promise 1 of the module); the box is dropped after it.
        unsafe { ffi::sqlite3_progress_handler(self.raw(), STEPS, Some(progress), data) };
        self.keep_watch();
    }

    /// Takes over waiting from SQLite's own handler, which `PRAGMA busy_timeout` brings back when it
    /// is compiled.
    pub(super) fn keep_watch(&self) {
        if let Some(watch) = self.watch.get() {
            let data = ptr::from_ref(&**watch).cast_mut().cast();
            // SAFETY: as above.
            unsafe { frl_take_over_waiting(self.raw(), wait, data) };
        }
    }
}

/// Called by SQLite every [`STEPS`] steps; another answer than 0 interrupts.
unsafe extern "C" fn progress(watch: *mut c_void) -> c_int {
    // SAFETY: `Handle::watch` gives a `Watch` that outlives the connection.
    let watch = unsafe { &*watch.cast::<Watch>() };
    c_int::from(!watch.goes_on())
}

/// Called by SQLite when a lock is held by another connection; 0 gives up.
unsafe extern "C" fn wait(watch: *mut c_void, count: c_int) -> c_int {
    // SAFETY: as for `progress`.
    let watch = unsafe { &*watch.cast::<Watch>() };
    if !watch.goes_on() {
        return 0;
    }
    // SAFETY: as in `Watch::wait`.
    let busy_timeout_ms = unsafe { frl_busy_timeout(watch.db) };
    watch.wait(count, busy_timeout_ms)
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
