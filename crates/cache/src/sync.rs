//! What the driver synchronises by: one place, so that a tester of thread schedules can stand in for
//! it without a change anywhere else.

mod published;
#[cfg(schedules)]
mod scheduled;
mod wakers;

#[cfg(schedules)]
pub(crate) use scheduled::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Mutex, MutexGuard, OnceLock,
    Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
#[cfg(not(schedules))]
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
#[cfg(not(schedules))]
pub(crate) use std::sync::{
    Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

use std::sync::PoisonError;

pub(crate) use published::Published;
pub(crate) use wakers::{Seat, Wakers, wake_all};

/// Locks it, although somebody may have panicked who held it: what is kept under our locks is whole
/// after each assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads it, likewise.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Changes it, likewise.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
