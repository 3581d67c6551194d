//! What the readers, the driver and the work itself share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::sync::{Notify, watch};

use crate::timer::ErasedTimer;
use crate::{Clock, Event, Lease, LeaseError, Now, Observer, Policy, Slot, SlotKey, Token};

pub(crate) struct Core<T> {
    pub(super) current: ArcSwapOption<Lease<T>>,
    /// The serial of `current`, zero if there is none: changes whenever it does.
    pub(super) version: AtomicU64,
    slot: Mutex<Slot<T>>,
    /// Wakes whoever waits for the renewal that runs.
    pub(super) wake: Notify,
    /// Wakes the keeper.
    pub(super) kick: Notify,
    pub(super) changes: watch::Sender<Option<Arc<Lease<T>>>>,
    pub(super) waiters: AtomicUsize,
    pub(super) keepers: AtomicUsize,
    pub(super) key: SlotKey,
    pub(super) policy: Policy,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timer: Arc<dyn ErasedTimer>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) random: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// Counted as long as it lives.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl<T: Token> Core<T> {
    pub(super) fn new(
        key: SlotKey,
        shared: bool,
        policy: Policy,
        clock: Arc<dyn Clock>,
        timer: Arc<dyn ErasedTimer>,
        observer: Arc<dyn Observer>,
        random: Arc<dyn Fn() -> f64 + Send + Sync>,
    ) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            version: AtomicU64::new(0),
            slot: Mutex::new(Slot::new(shared)),
            wake: Notify::new(),
            kick: Notify::new(),
            changes: watch::Sender::new(None),
            waiters: AtomicUsize::new(0),
            keepers: AtomicUsize::new(0),
            key,
            policy,
            clock,
            timer,
            observer,
            random,
        }
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Reads what is held in place, if it may be used now.
    #[inline]
    pub(super) fn read<R>(&self, read: impl FnOnce(&Lease<T>) -> R) -> Option<R> {
        let current = self.current.load();
        let lease = current.as_deref()?;
        lease.is_live(self.now()).then(|| read(lease))
    }

    /// What is held, if it is good enough.
    #[inline]
    pub(super) fn owned(&self, good: impl FnOnce(&Lease<T>, Now) -> bool) -> Option<Arc<Lease<T>>> {
        let current = self.current.load();
        let lease = current.as_ref()?;
        good(lease, self.now()).then(|| Arc::clone(lease))
    }

    /// Does something with the slot: publishes what it then holds, and tells what happened once
    /// nothing is locked any more.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Slot<T>, Now) -> R) -> R {
        let (result, events) = {
            // Nothing that can panic runs under the lock; after a panic all the same, a slot is
            // still one: every change to it is a few assignments.
            let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
            // Read under the lock, so that the slot never sees time run backwards.
            let result = act(&mut slot, self.now());
            self.publish(slot.held());
            (result, slot.take_events())
        };
        for event in &events {
            self.tell(event);
        }
        result
    }

    /// What came of a renewal that failed.
    pub(super) fn outcome(&self, attempt: u64) -> Option<Result<Arc<Lease<T>>, LeaseError>> {
        self.with(|slot, now| slot.outcome(&self.policy, attempt, now))
    }

    /// A panicking observer is no reason for a caller to go without a code.
    pub(super) fn tell(&self, event: &Event) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.observer.observe(&self.key, event)));
    }

    pub(super) fn waiting(&self) -> Counted<'_> {
        Counted::new(&self.waiters)
    }

    pub(super) fn keeping(&self) -> Counted<'_> {
        Counted::new(&self.keepers)
    }

    pub(super) fn is_kept(&self) -> bool {
        self.keepers.load(Ordering::Relaxed) > 0
    }

    fn publish(&self, held: Option<&Arc<Lease<T>>>) {
        let version = held.map_or(0, |lease| lease.serial());
        if self.version.load(Ordering::Relaxed) == version {
            return;
        }
        self.current.store(held.cloned());
        // After the lease, so that who sees the version finds at least that lease.
        self.version.store(version, Ordering::Release);
        self.changes.send_replace(held.cloned());
        // Nobody waits for the rest of the work.
        self.wake.notify_waiters();
    }
}

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
