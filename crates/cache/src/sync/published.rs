//! A pointer that many read while one may replace it.

use std::sync::Arc;

#[cfg(not(schedules))]
use arc_swap::{ArcSwapOption, Guard};

#[cfg(schedules)]
use super::scheduled::{Loaded as Guard, Swapped as ArcSwapOption};

/// What is published now, if anything is. Reading neither locks nor counts references.
pub(crate) struct Published<T>(ArcSwapOption<T>);

/// What was published when somebody looked, held in place.
type Look<T> = Guard<Option<Arc<T>>>;

impl<T> Published<T> {
    pub(crate) const fn nothing() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Looks at it without counting a reference.
    #[inline]
    pub(crate) fn look(&self) -> Look<T> {
        self.0.load()
    }

    /// Reads it in place.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnOnce(Option<&Arc<T>>) -> R) -> R {
        read(self.0.load().as_ref())
    }

    pub(crate) fn owned(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }

    /// Publishes another, unless it is what is published now; whether it did.
    pub(crate) fn replace(&self, new: Option<&Arc<T>>) -> bool {
        let pointer = |arc: Option<&Arc<T>>| arc.map(Arc::as_ptr);
        let changed = self.read(|current| pointer(current) != pointer(new));
        if changed {
            self.0.store(new.cloned());
        }
        changed
    }
}
