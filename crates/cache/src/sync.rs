//! What the driver synchronises by: one place, so that a tester of thread schedules can stand in for
//! it without a change anywhere else.

mod published;
mod wakers;

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, OnceLock};

use std::sync::PoisonError;

pub(crate) use published::Published;
pub(crate) use wakers::{Seat, Wakers, wake_all};

/// Locks it, although somebody may have panicked who held it: what is kept under our locks is whole
/// after each assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
