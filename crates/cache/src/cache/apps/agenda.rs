//! Which app is to be looked at when, for a million of them.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::task::Waker;

use crate::Monotonic;
use crate::sync::{AtomicUsize, Mutex, Ordering, Seat, Wakers, lock};

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
    /// Where ticks begin: a clock may count from anywhere.
    start: Monotonic,
}

struct Inner<C> {
    entries: BTreeMap<Tick, Vec<Weak<C>>>,
    len: usize,
    /// How many slots were removed since their entries were last looked for.
    removed: usize,
    /// Keepers who sleep until `wanted`.
    bells: Wakers,
    wanted: Tick,
}

impl<C> Agenda<C> {
    pub(in crate::cache) fn new(start: Monotonic) -> Self {
        let inner = Inner {
            entries: BTreeMap::new(),
            len: 0,
            removed: 0,
            bells: Wakers::default(),
            wanted: Tick::MAX,
        };
        // Registries by one clock have the same ticks, so that their keepers wake at once.
        let start = start.as_millis();
        let start = Monotonic::from_millis(start - start % MILLISECONDS);
        Self { inner: Mutex::new(inner), keepers: AtomicUsize::new(0), start }
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

    /// Adds an entry. Who is returned is to be woken once nothing is locked.
    #[must_use]
    pub(in crate::cache) fn insert(&self, tick: Tick, slot: Weak<C>) -> Vec<Waker> {
        let mut inner = lock(&self.inner);
        inner.len += 1;
        inner.entries.entry(tick).or_default().push(slot);
        if tick < inner.wanted { inner.bells.take_all() } else { Vec::new() }
    }

    /// Takes out an entry that is due by this tick: of the earliest ones whichever `choice` meets, which
    /// is any number.
    pub(super) fn pop(&self, by: Tick, choice: usize) -> Option<(Tick, Weak<C>)> {
        let mut inner = lock(&self.inner);
        let mut first = inner.entries.first_entry()?;
        let tick = *first.key();
        if tick > by {
            return None;
        }
        let slots = first.get_mut();
        let chosen = choice.checked_rem(slots.len());
        let slot = chosen.map(|chosen| slots.swap_remove(chosen));
        if first.get().is_empty() {
            first.remove();
        }
        inner.len = inner.len.saturating_sub(1);
        slot.map(|slot| (tick, slot))
    }

    /// Everything that is due by this tick, left where it is.
    pub(super) fn due(&self, by: Tick) -> Vec<Weak<C>> {
        let inner = lock(&self.inner);
        inner.entries.range(..=by).flat_map(|(_, slots)| slots.iter().cloned()).collect()
    }

    /// So many slots were removed and dropped. Their entries count no more, so they are left until there
    /// are enough of them: looking for one would cost as much as looking for all.
    pub(super) fn sweep(&self, removed: usize) {
        let mut inner = lock(&self.inner);
        inner.removed += removed;
        if inner.removed <= SWEEP_AT + inner.len / 8 {
            return;
        }
        inner.removed = 0;
        inner.entries.retain(|_, slots| {
            slots.retain(|slot| slot.strong_count() > 0);
            slots.shrink_to_fit();
            !slots.is_empty()
        });
        inner.len = inner.entries.values().map(Vec::len).sum();
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

impl<C> Agenda<C> {
    /// When something is to be looked at that wants to be at this time: now, or soon after it.
    pub(in crate::cache) fn tick(&self, deadline: Monotonic, now: Monotonic) -> Tick {
        let ticks = |time: Monotonic| {
            let since = time.as_millis().saturating_sub(self.start.as_millis());
            since / MILLISECONDS
        };
        let tick = if deadline <= now { ticks(now) } else { ticks(deadline) + 1 };
        // Ticks last for 34 years; the highest ones have another meaning to slots.
        Tick::try_from(tick).map_or(LAST, |tick| tick.min(LAST))
    }

    /// The last tick that has been by now.
    pub(super) fn tick_by(&self, now: Monotonic) -> Tick {
        self.tick(now, now)
    }

    /// When this tick is.
    pub(super) fn time(&self, tick: Tick) -> Monotonic {
        let since = u64::from(tick) * MILLISECONDS;
        Monotonic::from_millis(self.start.as_millis().saturating_add(since))
    }
}

/// So few removed slots are not worth a look at all entries.
const SWEEP_AT: usize = 64;

/// In a slot: it has no entry that counts.
pub(in crate::cache) const UNSCHEDULED: Tick = Tick::MAX - 1;
/// In a slot: it is in no registry, and is to have no entry.
pub(in crate::cache) const UNREGISTERED: Tick = Tick::MAX;
const LAST: Tick = Tick::MAX - 2;
