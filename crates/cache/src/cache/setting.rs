//! What all slots of one setting share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use yzb_proto::UnixSeconds;

use crate::sync::{AtomicU64, Ordering};
use crate::timer::ErasedTimer;
use crate::{Clock, Event, Monotonic, Now, Observer, Policy, SlotKey};

/// The parts that were handed in, once for many slots. They are other people's code: where a panic
/// in one could cost a code or leave somebody waiting, it is contained here.
pub(crate) struct Setting<S> {
    pub(super) store: S,
    /// Whether others write into the store.
    pub(super) shared: bool,
    pub(super) policy: Policy,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timer: Arc<dyn ErasedTimer>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// The last reading of the clock, for when it panics.
    pub(super) last_wall: AtomicU64,
    pub(super) last_monotonic: AtomicU64,
}

impl<S> Setting<S> {
    /// Both clocks. A panic in them goes on to whoever asks: nothing may be locked here.
    #[inline]
    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Both clocks, as they were at the last look if the clock panics.
    pub(super) fn careful_now(&self) -> Now {
        match catch_unwind(AssertUnwindSafe(|| self.clock.now())) {
            Ok(now) => {
                self.last_wall.store(now.wall.as_secs(), Ordering::Relaxed);
                self.last_monotonic.store(now.monotonic.as_millis(), Ordering::Relaxed);
                now
            }
            Err(_) => Now::new(
                UnixSeconds::new(self.last_wall.load(Ordering::Relaxed)),
                Monotonic::from_millis(self.last_monotonic.load(Ordering::Relaxed)),
            ),
        }
    }

    /// A number from 0 to 1; the middle if its source panics, or says something else.
    pub(super) fn random(&self) -> f64 {
        let number = catch_unwind(AssertUnwindSafe(|| (self.random)())).unwrap_or(0.5);
        if (0.0..=1.0).contains(&number) { number } else { 0.5 }
    }

    /// A panicking observer is no reason for a caller to go without a code.
    pub(super) fn tell(&self, key: &SlotKey, event: &Event) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.observer.observe(key, event)));
    }
}
