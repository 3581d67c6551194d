//! A slot as one of many in a registry: when it is to be looked at, and whether anybody uses it.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::super::apps::{Tick, UNREGISTERED, UNSCHEDULED};
use super::{Cell, State};
use crate::sync::{Ordering, lock, wake_all};
use crate::{Issuer, Monotonic, Now};

impl<I: Issuer, S> Cell<I, S> {
    /// Somebody asks for it.
    pub(in crate::cache) fn touch(&self) {
        self.touch_at(self.setting.now().monotonic);
    }

    /// Written only when it changes: others read beside it.
    #[inline]
    pub(in crate::cache) fn touch_at(&self, now: Monotonic) {
        let now = fours(now);
        if self.used.load(Ordering::Relaxed) != now {
            self.used.store(now, Ordering::Relaxed);
        }
    }

    /// Puts it into the agenda, if it is to be looked at sooner than it says there.
    pub(in crate::cache) fn reschedule(self: &Arc<Self>) {
        self.with(|_, _| ());
    }

    /// Enters it in the agenda, if it is to be looked at sooner than it says there. Keepers to whom that
    /// is news are to be woken.
    pub(super) fn schedule(self: &Arc<Self>, state: &State<I::Token>, now: Now) -> Vec<Waker> {
        let Some(agenda) = &self.setting.agenda else { return Vec::new() };
        let scheduled = self.scheduled.load(Ordering::Relaxed);
        if scheduled == UNREGISTERED {
            return Vec::new();
        }
        let Some(deadline) = state.slot.next_deadline(now) else { return Vec::new() };
        let wanted = agenda.tick(deadline, now.monotonic);
        if wanted >= scheduled {
            return Vec::new();
        }
        self.scheduled.store(wanted, Ordering::Relaxed);
        agenda.insert(wanted, Arc::downgrade(self))
    }

    /// Its entry of this tick was taken out of the agenda: true if there is something to do now.
    /// Otherwise it is put back, or there was no use in it.
    pub(in crate::cache) fn claim(self: &Arc<Self>, entry: Tick) -> bool {
        let state = lock(&self.state);
        if self.scheduled.load(Ordering::Relaxed) != entry {
            return false;
        }
        self.scheduled.store(UNSCHEDULED, Ordering::Relaxed);
        let now = self.setting.careful_now();
        let due = state.slot.next_deadline(now).is_some_and(|at| at <= now.monotonic);
        let wakers = if due { Vec::new() } else { self.schedule(&state, now) };
        drop(state);
        wake_all(wakers);
        due
    }

    /// Its entry of this tick was taken out of the agenda, and goes to where it belongs; whether that
    /// is where it was.
    pub(in crate::cache) fn put_back(self: &Arc<Self>, entry: Tick) -> bool {
        let Some(agenda) = &self.setting.agenda else { return false };
        let state = lock(&self.state);
        if self.scheduled.load(Ordering::Relaxed) != entry {
            return false;
        }
        self.scheduled.store(UNSCHEDULED, Ordering::Relaxed);
        let now = self.setting.careful_now();
        let Some(deadline) = state.slot.next_deadline(now) else { return false };
        let wanted = agenda.tick(deadline, now.monotonic);
        let stays = deadline <= now.monotonic || wanted <= entry;
        let wanted = if stays { entry } else { wanted };
        self.scheduled.store(wanted, Ordering::Relaxed);
        let wakers = agenda.insert(wanted, Arc::downgrade(self));
        drop(state);
        wake_all(wakers);
        stays
    }

    /// It is in no registry any more. What it leaves is to be passed on.
    pub(in crate::cache) fn unregister(&self) {
        let _state = lock(&self.state);
        self.scheduled.store(UNREGISTERED, Ordering::Relaxed);
    }

    /// Makes its entry in the agenda count no more, if nobody has or wants it and nothing is lost with it.
    /// It is held once by the registry, and its lease by the slot and its readers' pointer.
    pub(in crate::cache) fn retire_if_idle(
        self: &Arc<Self>,
        now: Now,
        unused_for: Duration,
    ) -> bool {
        let unused = fours(now.monotonic).saturating_sub(self.used.load(Ordering::Relaxed));
        if Duration::from_millis(u64::from(unused) << 12) < unused_for {
            return false;
        }
        let state = lock(&self.state);
        // Work that was left has it too. What is as old as this has come to nothing.
        let limit = self.setting.policy.renewal_limit();
        let left = state.room.as_ref().and_then(|room| room.parked.as_ref());
        let forsaken = left.is_some_and(|flight| now.monotonic >= flight.begun + limit);
        // Under the lock: a keeper that claimed it a moment ago has it.
        if Arc::strong_count(self) > 1 + usize::from(forsaken) {
            return false;
        }
        let lease_in_use = state.slot.held().is_some_and(|lease| Arc::strong_count(lease) > 2);
        let waited_for = state.room.as_ref().is_some_and(|room| room.has_waiters());
        let at_rest = state.room.is_none() && state.slot.is_at_rest(now);
        let idle = !lease_in_use && (at_rest || forsaken && !waited_for);
        if idle {
            self.scheduled.store(UNREGISTERED, Ordering::Relaxed);
        }
        idle
    }
}

/// Fours of seconds, or nearly: idleness is not measured more closely.
fn fours(time: Monotonic) -> u32 {
    u32::try_from(time.as_millis() >> 12).unwrap_or(u32::MAX)
}
