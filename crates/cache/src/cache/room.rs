//! Who waits at a slot, and the work that nobody does: what a slot at rest does not have.

use std::sync::Arc;
use std::task::Waker;

use super::flight::Flight;
use crate::sync::{OnceLock, Seat, Wakers};
use crate::{Lease, LeaseError};

/// It exists only while there is somebody or something in it.
pub(super) struct Room<T> {
    waiters: Wakers,
    /// What those who wait now will learn.
    wave: Arc<Wave<T>>,
    /// Those who want to know when something changes: keepers and followers.
    pub(super) watchers: Wakers,
    pub(super) keepers: u32,
    /// How often keepers were told to look.
    pub(super) kicks: u64,
    pub(super) parked: Option<Flight>,
}

/// Everyone who waits for the same renewal. What came of it is put here once, and each looks without
/// locking anything.
pub(super) struct Wave<T>(OnceLock<Outcome<T>>);

#[derive(Clone)]
pub(super) enum Outcome<T> {
    /// Everyone returns this.
    Done(Result<Arc<Lease<T>>, LeaseError>),
    /// Nothing came of it: ask the slot again.
    Again,
}

/// Somebody's place among those who wait.
pub(super) struct Place<T> {
    wave: Arc<Wave<T>>,
    seat: Seat,
    /// The renewal that is waited for.
    pub(super) attempt: u64,
}

impl<T> Room<T> {
    pub(super) fn new() -> Self {
        Self {
            waiters: Wakers::default(),
            wave: Arc::new(Wave(OnceLock::new())),
            watchers: Wakers::default(),
            keepers: 0,
            kicks: 0,
            parked: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
            && self.watchers.is_empty()
            && self.keepers == 0
            && self.parked.is_none()
    }

    pub(super) const fn has_waiters(&self) -> bool {
        !self.waiters.is_empty()
    }

    pub(super) fn enter(&mut self, attempt: u64, waker: Waker) -> Place<T> {
        Place { wave: Arc::clone(&self.wave), seat: self.waiters.insert(waker), attempt }
    }

    /// Whether this place is still on the list, with this waker from now on. The old one is handed
    /// back.
    pub(super) fn stay(&mut self, place: &Place<T>, waker: &Waker) -> (bool, Option<Waker>) {
        if Arc::ptr_eq(&self.wave, &place.wave) {
            self.waiters.update(place.seat, waker)
        } else {
            (false, None)
        }
    }

    pub(super) fn leave(&mut self, place: &Place<T>) -> Option<Waker> {
        if Arc::ptr_eq(&self.wave, &place.wave) { self.waiters.remove(place.seat) } else { None }
    }

    /// Takes one off the list, who is to take over what was left.
    pub(super) fn call_one(&mut self) -> Option<Waker> {
        self.waiters.pop()
    }

    /// Tells everyone who waits. They are to be woken.
    pub(super) fn dismiss(&mut self, outcome: Outcome<T>) -> Vec<Waker> {
        let wave = std::mem::replace(&mut self.wave, Arc::new(Wave(OnceLock::new())));
        let _ = wave.0.set(outcome);
        self.waiters.take_all()
    }

    /// Keepers are to look. They are to be woken.
    pub(super) fn kick(&mut self) -> Vec<Waker> {
        self.kicks += 1;
        self.watchers.take_all()
    }
}

impl<T> Place<T> {
    /// What came of it, if that is known.
    pub(super) fn outcome(&self) -> Option<&Outcome<T>> {
        self.wave.0.get()
    }
}
