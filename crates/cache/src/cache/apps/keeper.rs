//! One keeper for all apps.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::super::cell::Cell;
use super::super::keeper::{LONGEST, SHORTEST};
use super::super::waiting::{Role, Waiting};
use super::{Apps, Registry};
use crate::sync::{AtomicBool, Mutex, Ordering, Seat, lock};
use crate::{Issuer, Monotonic, Store};

/// A renewal that takes longer makes room for another.
const SLOW: Duration = Duration::from_secs(5);
/// So many renewals are begun before others on this thread have their turn.
const AT_A_TIME: usize = 64;

impl<I: Issuer + 'static, S: Store + 'static> Apps<I, S> {
    /// Keeps all apps fresh for as long as this is polled, those that are added later too, with at
    /// most so many renewals at once. Spawn it, and stop it by dropping it.
    ///
    /// A renewal that takes longer than five seconds goes on, but makes room for another: an app
    /// that hangs or fails delays no other one. So there may be more requests under way than
    /// `at_most`, up to that many for each five seconds that the issuer takes. Callers who find no code
    /// do not wait for a place: they renew it themselves.
    pub fn keep_fresh(&self, at_most: usize) -> impl Future<Output = Infallible> + Send + 'static {
        let registry = Arc::clone(&self.registry);
        async move {
            let mut keeper = Keeper::begin(registry, at_most.max(1));
            poll_fn(|cx| keeper.poll(cx)).await
        }
    }
}

struct Keeper<I: Issuer, S> {
    // The order in which these are dropped: what the places leave is nobody's then.
    keeping: Keeping<I, S>,
    places: Vec<Place<I, S>>,
    at_most: usize,
    caller: Arc<Caller>,
    bell: Bell<I, S>,
    asleep: Option<Sleep>,
    last: Option<(u64, Monotonic)>,
    order: Order,
}

/// The order of what is due at the same time: another one in each process, so that those who start
/// together do not all ask for the same turns.
struct Order(u64);

impl Order {
    fn next(&mut self) -> usize {
        // Knuth's generator: nothing depends on how good it is.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default()
    }
}

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Counts as a keeper as long as it lives.
struct Keeping<I: Issuer, S>(Arc<Registry<I, S>>);

/// Its waker in the agenda.
struct Bell<I: Issuer, S>(Arc<Registry<I, S>>, Option<Seat>);

/// One renewal.
struct Place<I: Issuer, S> {
    cell: Arc<Cell<I, S>>,
    work: Sleep,
    flag: Arc<Flag>,
    begun: Monotonic,
}

/// Who polls the keeper.
struct Caller(Mutex<Waker>);

/// Whether a renewal can go on.
struct Flag {
    woken: AtomicBool,
    caller: Arc<Caller>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            let waker = lock(&self.caller.0).clone();
            waker.wake();
        }
    }
}

impl<I: Issuer + 'static, S: Store + 'static> Keeper<I, S> {
    fn begin(registry: Arc<Registry<I, S>>, at_most: usize) -> Self {
        let order = Order(registry.setting.random().to_bits());
        Self {
            keeping: Keeping::begin(Arc::clone(&registry)),
            places: Vec::new(),
            at_most,
            caller: Arc::new(Caller(Mutex::new(Waker::noop().clone()))),
            bell: Bell(registry, None),
            asleep: None,
            last: None,
            order,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Infallible> {
        let _old = {
            let mut waker = lock(&self.caller.0);
            if waker.will_wake(cx.waker()) {
                None
            } else {
                Some(std::mem::replace(&mut *waker, cx.waker().clone()))
            }
        };
        let now = self.notice_jumps();
        self.go_on();
        for _ in 0..AT_A_TIME {
            if self.quick(now) >= self.at_most || !self.begin_next(now) {
                return self.sleep(cx, now);
            }
            self.go_on();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// After a jump of the wall clock other times are right for all.
    fn notice_jumps(&mut self) -> Monotonic {
        let registry = &self.keeping.0;
        let now = registry.setting.careful_now();
        let before = self.last.replace((now.wall.as_secs(), now.monotonic));
        if let Some((wall, monotonic)) = before {
            let passed = now.monotonic.since(monotonic).as_secs();
            let tolerance = registry.setting.policy.clock_tolerance().as_secs();
            if now.wall.as_secs().abs_diff(wall.saturating_add(passed)) > tolerance {
                registry.table.for_each(Cell::reschedule);
            }
        }
        now.monotonic
    }

    /// Polls the renewals that can go on. Those that are over leave.
    fn go_on(&mut self) {
        let mut index = 0;
        while let Some(place) = self.places.get_mut(index) {
            if place.is_over() {
                drop(self.places.swap_remove(index));
            } else {
                index += 1;
            }
        }
    }

    /// How many renewals count: those that are not slow.
    fn quick(&self, now: Monotonic) -> usize {
        self.places.iter().filter(|place| now.since(place.begun) < SLOW).count()
    }

    /// Begins with whatever is due first; false if nothing is. Where many entries are older than what
    /// their slots want by now, it may only have put some of them where they belong.
    fn begin_next(&mut self, now: Monotonic) -> bool {
        let registry = &self.keeping.0;
        let by = registry.agenda.tick_by(now);
        for _ in 0..AT_A_TIME {
            let Some((tick, cell)) = registry.agenda.pop(by, self.order.next()) else {
                return false;
            };
            let Some(cell) = cell.upgrade() else { continue };
            if cell.claim(tick) {
                self.places.push(Place::begin(cell, Arc::clone(&self.caller), now));
                return true;
            }
        }
        true
    }

    /// Until the next is due, a place is free, or somebody rings.
    fn sleep(&mut self, cx: &mut Context<'_>, now: Monotonic) -> Poll<Infallible> {
        let registry = &self.keeping.0;
        let full = self.quick(now) >= self.at_most;
        let until = if full {
            // What becomes slow makes room.
            let begun = |place: &Place<I, S>| place.begun + SLOW;
            let quick = self.places.iter().map(begun).filter(|slow| *slow > now);
            quick.min().unwrap_or(now)
        } else {
            let agenda = &registry.agenda;
            let until = agenda.tick(now + LONGEST, now);
            agenda.time(agenda.listen(until, &mut self.bell.1, cx.waker()))
        };
        let pause = until.since(now).clamp(SHORTEST, LONGEST);
        let setting = Arc::clone(&registry.setting);
        let asleep = self.asleep.insert(Box::pin(async move { setting.timer.sleep(pause).await }));
        if asleep.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<I: Issuer + 'static, S: Store + 'static> Place<I, S> {
    fn begin(cell: Arc<Cell<I, S>>, caller: Arc<Caller>, now: Monotonic) -> Self {
        let slot = Arc::clone(&cell);
        let work = Box::pin(async move {
            // Errors are told to the observer; the pause after them is in the deadline.
            let _ = Waiting::new(&slot, Role::Keeper).await;
        });
        let flag = Arc::new(Flag { woken: AtomicBool::new(true), caller });
        Self { cell, work, flag, begun: now }
    }

    fn is_over(&mut self) -> bool {
        if !self.flag.woken.swap(false, Ordering::AcqRel) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.flag));
        self.work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
    }
}

impl<I: Issuer, S> Drop for Place<I, S> {
    fn drop(&mut self) {
        // Dropped before it is looked at, so that what it leaves is seen.
        self.work = Box::pin(std::future::ready(()));
        self.cell.reschedule();
    }
}

impl<I: Issuer, S> Keeping<I, S> {
    fn begin(registry: Arc<Registry<I, S>>) -> Self {
        registry.agenda.begin();
        Self(registry)
    }
}

impl<I: Issuer, S> Drop for Keeping<I, S> {
    fn drop(&mut self) {
        let agenda = &self.0.agenda;
        if !agenda.end() {
            return;
        }
        // What was left to the keeper is nobody's now.
        let now = self.0.setting.careful_now().monotonic;
        for cell in agenda.due(agenda.tick_by(now)).iter().filter_map(std::sync::Weak::upgrade) {
            cell.pass_on();
        }
    }
}

impl<I: Issuer, S> Drop for Bell<I, S> {
    fn drop(&mut self) {
        self.0.agenda.stop_ringing(self.1);
    }
}
