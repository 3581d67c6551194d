//! Who is connected, and who goes if there are too many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The seats of all connections.
pub(super) struct Table {
    most: usize,
    seats: Mutex<Seats>,
    /// How many requests there were.
    uses: AtomicU64,
}

#[derive(Default)]
struct Seats {
    taken: HashMap<u64, Arc<Mark>>,
    next: u64,
}

/// How one connection stands.
#[derive(Default)]
struct Mark {
    at_work: AtomicBool,
    /// Grows with each request of any connection; zero before the first.
    last_used: AtomicU64,
    leave: Notify,
}

/// One connection's place. Dropping it gives it back.
pub(super) struct Seat {
    table: Arc<Table>,
    number: u64,
    mark: Arc<Mark>,
}

/// A request is being worked on. Dropping it says that it is over.
pub(super) struct AtWork(Arc<Mark>);

impl Table {
    pub(super) fn new(most: usize) -> Self {
        Self { most, seats: Mutex::default(), uses: AtomicU64::new(0) }
    }

    /// A seat, for which somebody idle may have to leave; none if nobody is idle.
    pub(super) fn take_seat(self: &Arc<Self>) -> Option<Seat> {
        let mut seats = self.seats();
        if seats.taken.len() >= self.most && !seats.free_one() {
            return None;
        }
        seats.next += 1;
        let (number, mark) = (seats.next, Arc::new(Mark::default()));
        seats.taken.insert(number, Arc::clone(&mark));
        Some(Seat { table: Arc::clone(self), number, mark })
    }

    /// The system has no room for more: somebody idle has to leave, if anybody is.
    pub(super) fn make_room(&self) {
        self.seats().free_one();
    }

    /// How many connections have a request under way.
    pub(super) fn at_work(&self) -> usize {
        self.seats().taken.values().filter(|mark| mark.at_work.load(Relaxed)).count()
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    /// Asks somebody idle to leave; whether anybody was.
    fn free_one(&mut self) -> bool {
        let idle = self.taken.iter().filter(|(_, mark)| !mark.at_work.load(Relaxed));
        // Never used before used, and then the longest ago.
        let first = idle.min_by_key(|(number, mark)| (mark.last_used.load(Relaxed), **number));
        let first = first.map(|(number, _)| *number);
        let leaving = first.and_then(|number| self.taken.remove(&number));
        leaving.inspect(|mark| mark.leave.notify_one()).is_some()
    }
}

impl Seat {
    /// A request came.
    pub(super) fn work(&self) -> AtWork {
        // Without the lock: connections at work do not wait for each other.
        self.mark.last_used.store(self.table.uses.fetch_add(1, Relaxed) + 1, Relaxed);
        self.mark.at_work.store(true, Relaxed);
        AtWork(Arc::clone(&self.mark))
    }

    /// Whether a request is under way.
    pub(super) fn is_at_work(&self) -> bool {
        self.mark.at_work.load(Relaxed)
    }

    /// Ready once this connection is to leave.
    pub(super) async fn asked_to_leave(&self) {
        self.mark.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.table.seats().taken.remove(&self.number);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_asked(seat: &Seat) -> bool {
        use std::task::{Context, Poll, Waker};
        let mut asked = Box::pin(seat.asked_to_leave());
        asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn who_never_asked_leaves_first_and_who_is_at_work_never_does() {
        let table = Arc::new(Table::new(3));
        let (silent, used, busy) =
            (table.take_seat().unwrap(), table.take_seat().unwrap(), table.take_seat().unwrap());
        drop(used.work());
        let working = busy.work();
        let fourth = table.take_seat().unwrap();
        assert!(is_asked(&silent) && !is_asked(&used) && !is_asked(&busy));
        let fifth = table.take_seat().unwrap();
        assert!(is_asked(&fourth) && !is_asked(&used));
        let (_a, _b) = (fifth.work(), used.work());
        assert!(table.take_seat().is_none(), "all are at work");
        assert_eq!(table.at_work(), 3);
        drop(working);
        assert!(table.take_seat().is_some());
        assert!(is_asked(&busy));
        drop((silent, fourth, busy));
        assert_eq!(table.seats().taken.len(), 2);
    }

    #[test]
    fn where_the_system_has_no_more_room_somebody_idle_leaves_before_the_table_is_full() {
        let table = Arc::new(Table::new(10));
        let (busy, idle) = (table.take_seat().unwrap(), table.take_seat().unwrap());
        let _working = busy.work();
        table.make_room();
        assert!(is_asked(&idle) && !is_asked(&busy));
        table.make_room();
        assert!(!is_asked(&busy), "nobody is idle");
    }
}
