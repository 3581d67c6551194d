//! Whether two threads do twice the work.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use crate::bench::Effort;
use crate::clock;
use crate::spread::Spread;

/// How long threads run before they are counted: the scheduler first puts two that begin together
/// on one core.
const WARM_UP: Duration = Duration::from_millis(15);
const TURN: Duration = Duration::from_millis(25);
const ROUNDS: usize = 25;
/// How often work is done between two looks at the clock.
const CALLS: u32 = 200;

/// The throughput of two threads, as a multiple of one thread's in the same round.
pub(crate) fn gain_of_two(effort: Effort, work: &(impl Fn(u32) + Sync)) -> Spread {
    if effort == Effort::Once {
        work(1);
        return Spread::of(Vec::new());
    }
    let gain = |_| {
        let one = calls_per_second(1, work);
        calls_per_second(2, work) / one
    };
    Spread::of((0..ROUNDS).map(gain).collect())
}

/// How much all threads do together.
fn calls_per_second(threads: usize, work: &(impl Fn(u32) + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let run = || {
        barrier.wait();
        work_for(WARM_UP, work);
        work_for(TURN, work)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    })
}

/// Works for so long; the calls per second.
fn work_for(span: Duration, work: &impl Fn(u32)) -> f64 {
    let start = clock::now();
    let mut calls = 0;
    loop {
        work(CALLS);
        calls += CALLS;
        let taken = start.elapsed();
        if taken >= span {
            return f64::from(calls) / taken.as_secs_f64();
        }
    }
}
