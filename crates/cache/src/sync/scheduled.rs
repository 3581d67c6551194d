//! The same primitives as a tester of schedules wants them: each use of one is a point at which another
//! task may go on. Compiled only by the workspace in `schedules`.

use std::ops::Deref;
use std::sync::{Arc, OnceLock as Cell};

pub(crate) use shuttle::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
pub(crate) use shuttle::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Stands for `OnceLock`: set once, read without a lock.
pub(crate) struct OnceLock<T> {
    is_set: AtomicBool,
    value: Cell<T>,
}

impl<T> OnceLock<T> {
    pub(crate) const fn new() -> Self {
        Self { is_set: AtomicBool::new(false), value: Cell::new() }
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        let set = self.value.set(value);
        self.is_set.store(true, Ordering::SeqCst);
        set
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.is_set.load(Ordering::SeqCst) { self.value.get() } else { None }
    }
}

/// Stands for `ArcSwapOption`: what was loaded stays, whatever is stored meanwhile.
pub(crate) struct Swapped<T>(Mutex<Option<Arc<T>>>);

/// What was loaded.
pub(crate) struct Loaded<T>(T);

impl<T> Swapped<T> {
    pub(crate) const fn const_empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn load(&self) -> Loaded<Option<Arc<T>>> {
        Loaded(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        super::lock(&self.0).clone()
    }

    pub(crate) fn store(&self, new: Option<Arc<T>>) {
        let _old = std::mem::replace(&mut *super::lock(&self.0), new);
    }
}

impl<T> Deref for Loaded<T> {
    type Target = T;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
