//! Two threads that do their turns at the very same time, each on a processor of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::clock;

/// Something a thread can do so many times. It is made on the thread that does it.
pub type Work<'w> = Box<dyn FnMut(u32) + 'w>;

/// Makes the work of one thread.
pub(crate) type Make<'w> = dyn Fn() -> Work<'w> + Sync + 'w;

/// The two threads, waiting for orders.
pub(crate) struct Pair {
    orders: [Sender<Order>; 2],
    reports: Receiver<Report>,
}

/// Which row a thread is to work on, and how long.
struct Order {
    row: usize,
    calls: u32,
    gates: Arc<Gates>,
}

/// What became of an order.
struct Report {
    taken: Duration,
    disturbed: bool,
}

/// Where the threads of a turn wait for each other, before they begin and after they end.
struct Gates {
    threads: usize,
    begin: AtomicUsize,
    end: AtomicUsize,
}

impl Pair {
    /// Starts the threads, lets `measure` use them, and ends them.
    pub(crate) fn with<R>(rows: &[&Make<'_>], measure: impl FnOnce(&Self) -> R) -> R {
        thread::scope(|scope| {
            let (report, reports) = channel();
            let orders = [0, 1].map(|number| {
                let (order, orders) = channel();
                let report = report.clone();
                scope.spawn(move || obey(number, rows, &orders, &report));
                order
            });
            measure(&Self { orders, reports })
        })
    }

    /// One thread does `row` so many times. How long that took; nothing if the scheduler put
    /// something else on its processor meanwhile.
    pub(crate) fn alone(&self, thread: usize, row: usize, calls: u32) -> Option<Duration> {
        let gates = Arc::new(Gates::of(1));
        self.order(thread, Order { row, calls, gates });
        self.report()
    }

    /// Both do `row` so many times. How long it took until both had; nothing if the scheduler put
    /// something else on a processor of theirs meanwhile.
    pub(crate) fn together(&self, row: usize, calls: u32) -> Option<Duration> {
        let gates = Arc::new(Gates::of(2));
        for thread in [0, 1] {
            self.order(thread, Order { row, calls, gates: Arc::clone(&gates) });
        }
        let (one, other) = (self.report(), self.report());
        Some(one?.max(other?))
    }

    fn order(&self, thread: usize, order: Order) {
        // A thread that is gone sends no report either, which is what the caller then sees.
        let _ = self.orders[thread % 2].send(order);
    }

    fn report(&self) -> Option<Duration> {
        let report = self.reports.recv().ok()?;
        (!report.disturbed).then_some(report.taken)
    }
}

/// The life of one of the two.
fn obey(number: usize, rows: &[&Make<'_>], orders: &Receiver<Order>, report: &Sender<Report>) {
    pin(number);
    let mut works: Vec<Work<'_>> = rows.iter().map(|make| make()).collect();
    for Order { row, calls, gates } in orders {
        let switches = switches();
        gates.pass(&gates.begin);
        let start = clock::now();
        works[row](calls);
        let taken = start.elapsed();
        let disturbed = switches != self::switches();
        // Whoever reports wakes the main thread, which would run in the other's time.
        gates.pass(&gates.end);
        if report.send(Report { taken, disturbed }).is_err() {
            return;
        }
    }
}

impl Gates {
    const fn of(threads: usize) -> Self {
        Self { threads, begin: AtomicUsize::new(0), end: AtomicUsize::new(0) }
    }

    /// Waits by spinning: who sleeps is woken at different times. Where there is one processor for
    /// both, the other needs it.
    fn pass(&self, gate: &AtomicUsize) {
        gate.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0_u32;
        while gate.load(Ordering::Acquire) < self.threads {
            core::hint::spin_loop();
            spins = spins.wrapping_add(1);
            if spins % 4096 == 0 {
                thread::yield_now();
            }
        }
    }
}

/// How often this thread had to make room for another; nothing where the kernel does not tell.
fn switches() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

/// Keeps this thread on the processor of that number, counted among those that it may use: the
/// scheduler likes to put threads that talk to each other on the same one. Elsewhere than on Linux,
/// and with one processor, it stays where it is.
fn pin(number: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let mine = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).nth(number);
        if let Some(mine) = mine {
            let mut only = CpuSet::new();
            only.set(mine);
            // Refused, it is measured where the scheduler puts it.
            let _ = sched_setaffinity(None, &only);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = number;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn both_threads_work_at_the_same_time() {
        // Neither could pass if the other had not come yet.
        let barrier = Barrier::new(2);
        let make = || -> Work<'_> {
            Box::new(|calls| {
                for _ in 0..calls {
                    barrier.wait();
                }
            })
        };
        Pair::with(&[&make], |pair| pair.together(0, 100));
    }

    #[test]
    fn each_thread_makes_its_own_work_and_alone_only_one_works() {
        let (made, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let make = || -> Work<'_> {
            made.fetch_add(1, Ordering::SeqCst);
            Box::new(|calls| {
                for _ in 0..calls {
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        Pair::with(&[&make], |pair| {
            pair.alone(0, 0, 3);
            assert_eq!(done.load(Ordering::SeqCst), 3);
            pair.together(0, 3);
            assert_eq!(done.load(Ordering::SeqCst), 9);
            assert_eq!(made.load(Ordering::SeqCst), 2);
        });
    }
}
