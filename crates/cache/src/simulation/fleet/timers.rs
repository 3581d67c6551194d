//! Who wakes when, and what happens when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::world::World;

/// Those who sleep. A seat is used again, so its number alone does not name a sleeper.
#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(u64, u32, u32)>>,
    seats: Vec<(u32, Option<Waker>)>,
    free: Vec<u32>,
}

impl Timers {
    fn insert(&mut self, at: u64, waker: Waker) -> (u32, u32) {
        let seat = self.free.pop().unwrap_or_else(|| {
            self.seats.push((0, None));
            self.seats.len() as u32 - 1
        });
        let entry = &mut self.seats[seat as usize];
        entry.1 = Some(waker);
        let name = (seat, entry.0);
        self.heap.push(Reverse((at, name.0, name.1)));
        name
    }

    fn remove(&mut self, (seat, uses): (u32, u32)) -> Option<Waker> {
        let entry = &mut self.seats[seat as usize];
        if entry.0 != uses {
            return None;
        }
        entry.0 += 1;
        self.free.push(seat);
        entry.1.take()
    }

    /// When the next wakes.
    pub(super) fn next(&mut self) -> Option<u64> {
        while let Some(Reverse((at, seat, uses))) = self.heap.peek() {
            if self.seats[*seat as usize].0 == *uses {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }

    /// Those whose time has come. They are to be woken.
    pub(super) fn over(&mut self, now: u64) -> Vec<Waker> {
        let mut over = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            if let Some(Reverse((_, seat, uses))) = self.heap.pop() {
                over.extend(self.remove((seat, uses)));
            }
        }
        over
    }
}

/// Sleeps until a moment by the true time. Dropped, it wakes nobody.
pub(super) struct Sleep {
    world: World,
    until: u64,
    seat: Option<(u32, u32)>,
}

impl Sleep {
    pub(super) const fn new(world: World, until: u64) -> Self {
        Self { world, until, seat: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.until {
            return Poll::Ready(());
        }
        let world = self.world.clone();
        let timers = &mut world.state().timers;
        // Whoever polls now may be another than before.
        let _old = self.seat.take().and_then(|seat| timers.remove(seat));
        self.seat = Some(timers.insert(self.until, cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            let _waker = self.world.state().timers.remove(seat);
        }
    }
}

/// What happens when, apart from sleepers.
#[derive(Default)]
pub(super) struct Agenda(BinaryHeap<Reverse<(u64, u32, Due)>>, u32);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// This request arrives at the platform.
    Arrival(u32),
    /// Something goes wrong.
    Fault,
    /// This process goes on after a pause.
    Thaw(u32),
    /// This process is started again.
    Start(u32),
    /// Somebody in this process uses a code.
    Use(u32),
}

impl Agenda {
    pub(super) fn add(&mut self, at: u64, due: Due) {
        self.1 += 1;
        self.0.push(Reverse((at, self.1, due)));
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.0.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn pop(&mut self, now: u64) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, _, due))| due)
    }
}
