//! A list of those who wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakers in numbered places. A place that was left is used again, so the list is never longer than
/// the most who waited at once.
///
/// Dropping a waker may drop a task and run anything. So nothing here drops one: what is taken out is
/// handed back, to be dropped where no lock is held.
#[derive(Default)]
pub(crate) struct Wakers {
    places: Vec<Place>,
    free: Option<usize>,
    /// No place from here on is taken.
    top: usize,
    taken: usize,
    last_number: u64,
}

enum Place {
    Taken(u64, Waker),
    /// With the next free one.
    Free(Option<usize>),
}

/// Where somebody's waker is; no two ever have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    place: usize,
    number: u64,
}

impl Wakers {
    pub(crate) const fn is_empty(&self) -> bool {
        self.taken == 0
    }

    pub(crate) fn insert(&mut self, waker: Waker) -> Seat {
        self.last_number += 1;
        let number = self.last_number;
        let place = match self.free {
            Some(place) => {
                if let Some(free) = self.places.get_mut(place) {
                    if let Place::Free(next) = std::mem::replace(free, Place::Taken(number, waker))
                    {
                        self.free = next;
                    }
                }
                place
            }
            None => {
                self.places.push(Place::Taken(number, waker));
                self.places.len() - 1
            }
        };
        self.taken += 1;
        self.top = self.top.max(place + 1);
        Seat { place, number }
    }

    /// Whether this seat is still taken, its waker being this one from now on. The old one is handed
    /// back.
    pub(crate) fn update(&mut self, seat: Seat, waker: &Waker) -> (bool, Option<Waker>) {
        match self.places.get_mut(seat.place) {
            Some(Place::Taken(number, old)) if *number == seat.number => {
                let stale = !old.will_wake(waker);
                (true, stale.then(|| std::mem::replace(old, waker.clone())))
            }
            _ => (false, None),
        }
    }

    pub(crate) fn remove(&mut self, seat: Seat) -> Option<Waker> {
        match self.places.get(seat.place) {
            Some(Place::Taken(number, _)) if *number == seat.number => self.take(seat.place),
            _ => None,
        }
    }

    /// Takes out any one.
    pub(crate) fn pop(&mut self) -> Option<Waker> {
        while self.top > 0 {
            self.top -= 1;
            if matches!(self.places.get(self.top), Some(Place::Taken(..))) {
                return self.take(self.top);
            }
        }
        None
    }

    /// Takes out all.
    pub(crate) fn take_all(&mut self) -> Vec<Waker> {
        let numbers = self.last_number;
        let all = std::mem::replace(self, Self { last_number: numbers, ..Self::default() });
        let taken = |place| match place {
            Place::Taken(_, waker) => Some(waker),
            Place::Free(_) => None,
        };
        all.places.into_iter().filter_map(taken).collect()
    }

    fn take(&mut self, place: usize) -> Option<Waker> {
        let free = Place::Free(self.free);
        match std::mem::replace(self.places.get_mut(place)?, free) {
            Place::Taken(_, waker) => {
                self.free = Some(place);
                self.taken -= 1;
                Some(waker)
            }
            Place::Free(_) => None,
        }
    }
}

/// Wakes everyone. One that panics costs the others nothing.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_and_seats_are_not() {
        let mut wakers = Wakers::default();
        let first = wakers.insert(Waker::noop().clone());
        assert!(wakers.remove(first).is_some() && wakers.is_empty());
        for _ in 0..1000 {
            let second = wakers.insert(Waker::noop().clone());
            assert_eq!(second.place, first.place);
            assert!(wakers.remove(first).is_none() && !wakers.update(first, Waker::noop()).0);
            assert!(wakers.update(second, Waker::noop()).0 && wakers.remove(second).is_some());
        }
        assert_eq!(wakers.places.len(), 1);
    }

    #[test]
    fn whoever_is_left_is_found() {
        let mut wakers = Wakers::default();
        let seats: Vec<Seat> = (0..9).map(|_| wakers.insert(Waker::noop().clone())).collect();
        for seat in &seats[1..] {
            assert!(wakers.remove(*seat).is_some());
        }
        assert!(wakers.pop().is_some() && wakers.pop().is_none());
        wakers.insert(Waker::noop().clone());
        wakers.insert(Waker::noop().clone());
        assert_eq!((wakers.take_all().len(), wakers.is_empty()), (2, true));
    }
}
