//! Locks and what waits for them. In the models of `models.rs` they are those of loom, which executes
//! every order in which threads can meet.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(all(test, loom))]
pub use loom::{
    sync::atomic::AtomicBool,
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};
#[cfg(not(all(test, loom)))]
pub use std::{
    sync::atomic::AtomicBool,
    sync::{Condvar, Mutex, MutexGuard},
    thread::Builder,
};

/// The lock. Whoever panics with one of a pool's has changed what it guards by whole steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until it is woken.
pub fn wait<'l, T>(condition: &Condvar, guard: MutexGuard<'l, T>) -> MutexGuard<'l, T> {
    condition.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits with the lock of `mutex` in hand until it is woken, but not for longer than `limit`. Whether it
/// was that long.
#[cfg(not(all(test, loom)))]
pub fn wait_for<'l, T>(
    condition: &Condvar,
    _mutex: &'l Mutex<T>,
    guard: MutexGuard<'l, T>,
    limit: Duration,
) -> (MutexGuard<'l, T>, bool) {
    let waited = condition.wait_timeout(guard, limit);
    let (guard, result) = waited.unwrap_or_else(PoisonError::into_inner);
    (guard, result.timed_out())
}

/// Models have no clock: no time is over at once, and any other never.
#[cfg(all(test, loom))]
pub fn wait_for<'l, T>(
    condition: &Condvar,
    mutex: &'l Mutex<T>,
    guard: MutexGuard<'l, T>,
    limit: Duration,
) -> (MutexGuard<'l, T>, bool) {
    if limit > Duration::ZERO {
        return (wait(condition, guard), false);
    }
    // Others come between, as they do while a thread that was not woken goes for the lock.
    drop(guard);
    loom::thread::yield_now();
    (lock(mutex), true)
}
