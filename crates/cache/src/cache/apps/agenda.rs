//! Which app is to be looked at when, for a million of them.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::task::Waker;

use crate::Monotonic;
use crate::sync::{AtomicUsize, Mutex, Ordering, Seat, Wakers, lock, wake_all};

/// A quarter of a second, by which entries are gathered: nothing is looked at later than that.
pub(in crate::cache) type Tick = u32;

const MILLISECONDS: u64 = 256;

/// Slots by the tick at which they want to be looked at.
///
/// A slot has one entry that counts, whose tick it knows itself. An entry is added when the slot is to
/// be looked at sooner, and left where it is when later: whoever comes upon it moves it. So a busy slot
/// costs nothing here, and an idle one a pointer.
pub(in crate::cache) struct Agenda<C> {
    inner: Mutex<Inner<C>>,
    keepers: AtomicUsize,
}

struct Inner<C> {
    entries: BTreeMap<Tick, Vec<Weak<C>>>,
    /// Keepers who sleep until `wanted`.
    bells: Wakers,
    wanted: Tick,
}

impl<C> Agenda<C> {
    pub(in crate::cache) fn new() -> Self {
        let inner = Inner { entries: BTreeMap::new(), bells: Wakers::default(), wanted: Tick::MAX };
        Self { inner: Mutex::new(inner), keepers: AtomicUsize::new(0) }
    }

    pub(in crate::cache) fn is_kept(&self) -> bool {
        self.keepers.load(Ordering::Acquire) > 0
    }

    /// One keeper more.
    pub(super) fn begin(&self) {
        self.keepers.fetch_add(1, Ordering::AcqRel);
    }

    /// One keeper less; whether it was the last.
    pub(super) fn end(&self) -> bool {
        self.keepers.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(in crate::cache) fn insert(&self, tick: Tick, slot: Weak<C>) {
        let bells = {
            let mut inner = lock(&self.inner);
            inner.entries.entry(tick).or_default().push(slot);
            if tick < inner.wanted { inner.bells.take_all() } else { Vec::new() }
        };
        wake_all(bells);
    }

    /// Takes out an entry that is due by this tick, the earliest first.
    pub(super) fn pop(&self, by: Tick) -> Option<(Tick, Weak<C>)> {
        let mut inner = lock(&self.inner);
        let mut first = inner.entries.first_entry()?;
        let tick = *first.key();
        if tick > by {
            return None;
        }
        let slot = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        slot.map(|slot| (tick, slot))
    }

    /// Everything that is due by this tick, left where it is.
    pub(super) fn due(&self, by: Tick) -> Vec<Weak<C>> {
        let inner = lock(&self.inner);
        inner.entries.range(..=by).flat_map(|(_, slots)| slots.iter().cloned()).collect()
    }

    pub(in crate::cache) fn remove(&self, tick: Tick, slot: *const C) {
        let mut inner = lock(&self.inner);
        let Some(slots) = inner.entries.get_mut(&tick) else { return };
        if let Some(index) = slots.iter().position(|entry| entry.as_ptr() == slot) {
            let _entry = slots.swap_remove(index);
        }
        if slots.is_empty() {
            inner.entries.remove(&tick);
        }
    }

    pub(super) fn first(&self) -> Option<Tick> {
        lock(&self.inner).entries.first_key_value().map(|(tick, _)| *tick)
    }

    /// When there is something to look at, at the latest at `until`. Rings if that becomes sooner.
    pub(super) fn listen(&self, until: Tick, seat: &mut Option<Seat>, waker: &Waker) -> Tick {
        let mut inner = lock(&self.inner);
        let first = inner.entries.first_key_value().map_or(until, |(tick, _)| until.min(*tick));
        // With several keepers the one who sleeps longest decides; the others are woken in vain.
        let alone = inner.bells.is_empty();
        inner.wanted = if alone { first } else { inner.wanted.max(first) };
        let (stays, old) = seat.map_or((false, None), |seat| inner.bells.update(seat, waker));
        if !stays {
            *seat = Some(inner.bells.insert(waker.clone()));
        }
        drop(inner);
        drop(old);
        first
    }

    pub(super) fn stop_ringing(&self, seat: Option<Seat>) {
        let _waker = seat.and_then(|seat| lock(&self.inner).bells.remove(seat));
    }
}

/// When something is to be looked at that wants to be at this time: now, or soon after it.
pub(in crate::cache) fn tick(deadline: Monotonic, now: Monotonic) -> Tick {
    let ticks = |time: Monotonic| time.as_millis() / MILLISECONDS;
    let tick = if deadline <= now { ticks(now) } else { ticks(deadline) + 1 };
    // Ticks last for 34 years; the highest ones have another meaning to slots.
    Tick::try_from(tick).map_or(LAST, |tick| tick.min(LAST))
}

/// The last tick that has been by now.
pub(super) fn tick_by(now: Monotonic) -> Tick {
    tick(now, now)
}

/// When this tick is.
pub(super) fn time(tick: Tick) -> Monotonic {
    Monotonic::from_millis(u64::from(tick) * MILLISECONDS)
}

/// In a slot: it has no entry that counts.
pub(in crate::cache) const UNSCHEDULED: Tick = Tick::MAX - 1;
/// In a slot: it is in no registry, and is to have no entry.
pub(in crate::cache) const UNREGISTERED: Tick = Tick::MAX;
const LAST: Tick = Tick::MAX - 2;
