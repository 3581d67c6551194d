//! One slot, and what its readers, its callers and the work itself share.

mod registered;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;

use super::apps::{UNREGISTERED, UNSCHEDULED};
use super::flight::Flight;
use super::room::{Outcome, Room};
use super::setting::Setting;
use crate::broken::{Rule, broken};
use crate::sync::{AtomicU32, Mutex, Ordering, Published, Seat, lock, wake_all};
use crate::{Event, Issuer, Lease, LeaseErrorKind, Now, Slot, SlotKey, Token};

/// A program may have a million of these at rest.
pub(crate) struct Cell<I: Issuer, S> {
    pub(super) setting: Arc<Setting<I, S>>,
    pub(super) current: Published<Lease<I::Token>>,
    state: Mutex<State<I::Token>>,
    pub(super) key: SlotKey,
    pub(super) issuer: I,
    /// In a registry: the tick of its entry in the agenda. Changed under the lock of the state.
    scheduled: AtomicU32,
    /// In a registry: when somebody last asked for it, in fours of seconds.
    used: AtomicU32,
}

pub(super) struct State<T> {
    pub(super) slot: Slot<T>,
    room: Option<Box<Room<T>>>,
}

impl<T: Token> State<T> {
    pub(super) fn room(&mut self) -> &mut Room<T> {
        self.room.get_or_insert_with(|| Box::new(Room::new()))
    }

    pub(super) fn room_if_any(&mut self) -> Option<&mut Room<T>> {
        self.room.as_deref_mut()
    }

    /// Takes out what is left, if this says so of it.
    fn take_parked_if(&mut self, condition: impl FnOnce(&Flight) -> bool) -> Option<Flight> {
        self.room.as_deref_mut()?.parked.take_if(|flight| condition(flight))
    }
}

impl<I: Issuer, S> Cell<I, S> {
    pub(super) fn new(setting: Arc<Setting<I, S>>, key: SlotKey, issuer: I) -> Self {
        let slot = Slot::new(setting.shared);
        let state = Mutex::new(State { slot, room: None });
        let scheduled = if setting.agenda.is_some() { UNSCHEDULED } else { UNREGISTERED };
        let (scheduled, used) = (AtomicU32::new(scheduled), AtomicU32::new(0));
        Self { setting, current: Published::nothing(), state, key, issuer, scheduled, used }
    }

    /// Does something with what is held, in place, if it may be used now.
    #[inline]
    pub(super) fn live<R>(&self, read: impl FnOnce(&Arc<Lease<I::Token>>) -> R) -> Option<R> {
        let mut read = Some(read);
        let mut over = false;
        let done = self.current.read(|lease| {
            let lease = lease?;
            over = !lease.is_live(self.setting.now());
            if over { None } else { read.take().map(|read| read(lease)) }
        });
        if over { self.successor().and_then(|lease| Some(read?(&lease))) } else { done }
    }

    /// What is held in place of a lease that is over, if it may be used now: whoever read that one a
    /// moment before its successor was published finds the successor behind the lock.
    #[cold]
    fn successor(&self) -> Option<Arc<Lease<I::Token>>> {
        let held = self.in_room(|state| state.slot.held().cloned());
        held.filter(|lease| lease.is_live(self.setting.now()))
    }

    /// What is held, if it is good enough.
    #[inline]
    pub(super) fn owned(
        &self,
        good: impl FnOnce(&Lease<I::Token>, Now) -> bool,
    ) -> Option<Arc<Lease<I::Token>>> {
        self.current.read(|lease| {
            let lease = lease?;
            good(lease, self.setting.now()).then(|| Arc::clone(lease))
        })
    }

    /// Does something with the slot: publishes what it then holds, and tells what happened once
    /// nothing is locked any more.
    pub(super) fn with<R>(self: &Arc<Self>, act: impl FnOnce(&mut State<I::Token>, Now) -> R) -> R {
        crate::broken::pass();
        let (result, events, wakers, now) = {
            let mut state = lock(&self.state);
            // Read under the lock, so that the slot never sees time run backwards.
            let now = self.setting.careful_now();
            let result = act(&mut state, now);
            let mut wakers = self.publish(&mut state, now);
            wakers.append(&mut self.schedule(&state, now));
            (result, state.slot.take_events(), wakers, now)
        };
        for event in events.iter().filter(|event| self.setting.is_news(event, now)) {
            self.tell(event);
        }
        wake_all(wakers);
        result
    }

    pub(super) fn tell(&self, event: &Event) {
        self.setting.tell(&self.key, event);
    }

    /// Makes readers see what is held. Whoever is to be told is to be woken.
    fn publish(&self, state: &mut State<I::Token>, now: Now) -> Vec<Waker> {
        let held = state.slot.held();
        let changed = self.current.replace(held);
        // A code may also have come to life again, by a look into the store.
        let live = held.filter(|lease| lease.is_live(now)).cloned();
        let Some(room) = state.room_if_any() else { return Vec::new() };
        let mut wakers = if changed { room.watchers.take_all() } else { Vec::new() };
        if let Some(lease) = live.filter(|_| room.has_waiters() && !broken(Rule::NobodyWaits)) {
            // Nobody waits for the rest of the work.
            wakers.append(&mut room.dismiss(Outcome::Done(Ok(lease))));
        }
        self.tidy(state);
        wakers
    }

    /// The renewal of this number is over, or given up for this reason.
    pub(super) fn end(
        self: &Arc<Self>,
        attempt: u64,
        flight: Flight,
        given_up: Option<LeaseErrorKind>,
    ) {
        let stage = flight.stage();
        // Dropped before anybody may begin anew; it is somebody else's code, and may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(flight)));
        let (policy, random) = (&self.setting.policy, self.setting.random());
        let wakers = self.with(|state, now| {
            let slot = &mut state.slot;
            if let Some(kind) = given_up.filter(|_| !stage.settled) {
                let sent = stage.sent.unwrap_or(now);
                slot.settle(policy, attempt, (sent, now), Err(kind), random);
            }
            slot.finish(attempt, now);
            let outcome = match slot.outcome(policy, attempt, now) {
                Some(outcome) => Outcome::Done(outcome),
                None => Outcome::Again,
            };
            let Some(room) = state.room_if_any() else { return Vec::new() };
            let mut wakers = room.kick();
            if room.has_waiters() {
                wakers.append(&mut room.dismiss(outcome));
            }
            self.tidy(state);
            wakers
        });
        wake_all(wakers);
    }

    /// Leaves the work of this number to whoever waits or keeps.
    pub(super) fn park(self: &Arc<Self>, attempt: u64, flight: Flight) {
        let mut flight = Some(flight);
        let wakers = self.with(|state, _| {
            if !state.slot.is_running(attempt) {
                return Vec::new();
            }
            state.slot.park(attempt);
            let room = state.room();
            room.parked = flight.take();
            let mut wakers = room.kick();
            wakers.extend(room.call_one());
            wakers
        });
        wake_all(wakers);
        self.give_up_forsaken();
    }

    /// Whether somebody keeps it fresh.
    pub(super) fn is_kept(&self, state: &State<I::Token>) -> bool {
        let by_own = state.room.as_ref().is_some_and(|room| room.keepers > 0);
        by_own
            || self.scheduled.load(Ordering::Relaxed) != UNREGISTERED
                && self.setting.agenda.as_ref().is_some_and(|agenda| agenda.is_kept())
    }

    /// Whoever was told to go on with what was left may be gone: tells another.
    pub(super) fn pass_on(self: &Arc<Self>) {
        let next = self.in_room(|state| {
            let parked = state.slot.is_parked();
            state.room_if_any().filter(|_| parked).and_then(Room::call_one)
        });
        wake_all(next);
        self.give_up_forsaken();
    }

    /// Other processes must not wait for work that nobody does. What was not stored is stored after
    /// the next look.
    pub(super) fn give_up_forsaken(self: &Arc<Self>) {
        let forsaken = {
            let mut state = lock(&self.state);
            let waiters = state.room.as_ref().is_some_and(|room| room.has_waiters());
            let forsaken = !waiters && !self.is_kept(&state);
            let attempt = state.slot.attempt();
            let parked = state.take_parked_if(|flight| forsaken && flight.holds_up_others());
            parked.map(|flight| (flight, attempt))
        };
        if let Some((flight, attempt)) = forsaken {
            let sent = flight.stage().sent.is_some();
            self.end(attempt, flight, sent.then_some(LeaseErrorKind::Abandoned));
        }
    }

    /// Nobody who goes away now has it any more but work that was left, if there is any: that goes too.
    /// It holds its slot as the slot holds it, and would stay for ever.
    pub(super) fn give_up_unreachable(self: &Arc<Self>) {
        let parked = {
            let mut state = lock(&self.state);
            let attempt = state.slot.attempt();
            // Whoever asks here, and the work.
            let last = Arc::strong_count(self) <= 2;
            state.take_parked_if(|_| last).map(|flight| (flight, attempt))
        };
        if let Some((flight, attempt)) = parked {
            let sent = flight.stage().sent.is_some();
            self.end(attempt, flight, sent.then_some(LeaseErrorKind::Abandoned));
        }
    }

    /// Does something with who waits and what was left, and nothing with the slot. What is returned
    /// is dropped or woken where nothing is locked.
    pub(super) fn in_room<R>(&self, act: impl FnOnce(&mut State<I::Token>) -> R) -> R {
        let mut state = lock(&self.state);
        let result = act(&mut state);
        self.tidy(&mut state);
        result
    }

    /// Keepers look at the slot.
    pub(super) fn kick(&self) {
        let wakers = self.in_room(|state| state.room_if_any().map(Room::kick));
        wake_all(wakers.into_iter().flatten());
    }

    /// Waits for a change, unless `done` says that there was one.
    pub(super) fn watch(
        &self,
        seat: &mut Option<Seat>,
        waker: &Waker,
        done: impl FnOnce(&mut State<I::Token>) -> bool,
    ) -> bool {
        let (done, _old) = self.in_room(|state| {
            if done(state) {
                return (true, None);
            }
            let watchers = &mut state.room().watchers;
            let (stays, old) = seat.map_or((false, None), |seat| watchers.update(seat, waker));
            if !stays {
                *seat = Some(watchers.insert(waker.clone()));
            }
            (false, old)
        });
        done
    }

    pub(super) fn unwatch(&self, seat: Option<Seat>) {
        let Some(seat) = seat else { return };
        let _waker = self.in_room(|state| state.room_if_any()?.watchers.remove(seat));
    }

    fn tidy(&self, state: &mut State<I::Token>) {
        if state.room.as_ref().is_some_and(|room| room.is_empty()) {
            state.room = None;
        }
    }
}
