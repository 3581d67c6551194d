//! Rows done by one thread, and by two at the same time.

use core::hint::black_box;
use std::time::Duration;

use crate::bench::{Bench, Effort};
use crate::pair::{Make, Pair, Work};
use crate::spread::Spread;

/// How long one thread works before it is the next row's turn. The threads are woken for every turn;
/// it must be long against the moment by which one begins or ends before the other, and short
/// against the time that a scheduler gives to each of those who want a processor.
const TURN: Duration = Duration::from_micros(200);
const ROUNDS: usize = 1000;
/// How often a turn that was disturbed is tried again in its round.
const TRIES: usize = 4;
/// Over how many calls allocations are counted.
const COUNTED: u32 = 64;

/// A table of ways to do one job that several threads do at the same time.
///
/// A row is given as what *makes* the work, and the work as what does it so many times: so a thread
/// can have a handle of its own, and a future be entered once for many calls.
///
/// ```no_run
/// use std::sync::{Mutex, RwLock};
/// use yzb_bench::{Bench, repeat};
/// let mut bench = Bench::from_args("locks");
/// let (mutex, lock) = (Mutex::new(7), RwLock::new(7));
/// let mut table = bench.threads("a number behind a lock");
/// table.floor("Mutex", || repeat(|| mutex.lock().map(|number| *number).ok()));
/// table.row("RwLock", || repeat(|| lock.read().map(|number| *number).ok())).allocates(0);
/// table.note("RefCell", "not for threads");
/// table.run();
/// bench.finish();
/// ```
pub struct Threads<'b, 'w> {
    bench: &'b mut Bench,
    title: &'static str,
    rows: Vec<ThreadsRow<'w>>,
    notes: Vec<(String, String)>,
}

/// One row of a table for threads.
pub struct ThreadsRow<'w> {
    name: String,
    allocates: Option<u32>,
    make: Box<Make<'w>>,
}

/// What one call takes, in nanoseconds: a sample for each round that nothing disturbed.
#[derive(Default)]
struct Samples {
    one: Vec<f64>,
    two: Vec<f64>,
    /// To the floor's of the same round.
    one_to_floor: Vec<f64>,
    two_to_floor: Vec<f64>,
    /// How much more two threads do in the same time than one.
    gain: Vec<f64>,
}

/// Calls `work` as often as it is told.
pub fn repeat<T>(mut work: impl FnMut() -> T) -> impl FnMut(u32) {
    move |calls| {
        for _ in 0..calls {
            black_box(work());
        }
    }
}

impl<'b, 'w> Threads<'b, 'w> {
    pub(crate) const fn new(bench: &'b mut Bench, title: &'static str) -> Self {
        Self { bench, title, rows: Vec::new(), notes: Vec::new() }
    }

    /// Sets what the rows are compared with.
    pub fn floor<W: FnMut(u32) + 'w>(
        &mut self,
        name: impl Into<String>,
        make: impl Fn() -> W + Sync + 'w,
    ) -> &mut ThreadsRow<'w> {
        self.rows.insert(0, ThreadsRow::new(name.into(), make));
        &mut self.rows[0]
    }

    /// Adds a row. What a call returns is to be dropped within its time.
    pub fn row<W: FnMut(u32) + 'w>(
        &mut self,
        name: impl Into<String>,
        make: impl Fn() -> W + Sync + 'w,
    ) -> &mut ThreadsRow<'w> {
        let index = self.rows.len();
        self.rows.push(ThreadsRow::new(name.into(), make));
        &mut self.rows[index]
    }

    /// Adds a line without figures that says why it has none.
    pub fn note(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.notes.push((name.into(), why.into()));
    }

    /// Runs all rows and prints the table.
    pub fn run(self) {
        let allocations: Vec<f64> = self.rows.iter().map(ThreadsRow::allocations).collect();
        for (row, &count) in self.rows.iter().zip(&allocations) {
            if row.allocates.is_some_and(|promised| count > f64::from(promised)) {
                let (title, name) = (self.title, &row.name);
                println!("{title}: {name} allocates {count} times, more than promised");
                self.bench.found_broken();
            }
        }
        if self.bench.effort() == Effort::Once {
            return;
        }
        let makes: Vec<&Make<'_>> = self.rows.iter().map(|row| &*row.make).collect();
        let samples = rounds(&makes);
        self.print(samples, &allocations);
    }

    fn print(self, samples: Vec<Samples>, allocations: &[f64]) {
        println!("\n{}", self.title);
        let columns = ["one: ns", "to the floor", "two: ns", "to the floor"];
        let [one, one_to_floor, two, two_to_floor] = columns;
        println!(
            "  {:<46} {one:>9}  {one_to_floor:<26} {two:>9}  {two_to_floor:<26} allocations",
            ""
        );
        let kept = |samples: &Samples| samples.one.len().min(samples.two.len());
        let fewest = samples.iter().map(kept).min().unwrap_or_default();
        for ((row, samples), count) in self.rows.iter().zip(samples).zip(allocations) {
            let [one, one_to_floor, two, two_to_floor, _] = samples.spreads();
            println!(
                "  {:<46} {:>9.1}  {:<26} {:>9.1}  {:<26} {}",
                row.name,
                one.median,
                one_to_floor.to_string(),
                two.median,
                two_to_floor.to_string(),
                (count * 100.0).round() / 100.0,
            );
        }
        for (name, why) in self.notes {
            println!("  {name:<46} not measured: {why}");
        }
        println!("  (undisturbed in at least {fewest} of {ROUNDS} rounds)");
    }
}

impl<'w> ThreadsRow<'w> {
    fn new<W: FnMut(u32) + 'w>(name: String, make: impl Fn() -> W + Sync + 'w) -> Self {
        let make = move || -> Work<'w> { Box::new(make()) };
        Self { name, allocates: None, make: Box::new(make) }
    }

    /// Promises that one call allocates at most so many times. This is demanded.
    pub fn allocates(&mut self, at_most: u32) -> &mut Self {
        self.allocates = Some(at_most);
        self
    }

    /// What one call allocates on its own thread, on average once everything is warm. What beginning
    /// to work allocates is not in it.
    fn allocations(&self) -> f64 {
        let mut work = (self.make)();
        work(1);
        let mut count = |calls| allocation_counter::measure(|| work(calls)).count_total;
        let (once, more) = (count(1), count(1 + COUNTED));
        more.saturating_sub(once) as f64 / f64::from(COUNTED)
    }
}

/// How much more two threads do in the same time than one, for two works that take turns.
pub(crate) fn gains_of_two<'w>(effort: Effort, works: [&Make<'w>; 2]) -> [Spread; 2] {
    if effort == Effort::Once {
        return works.map(|make| {
            make()(1);
            Spread::of(Vec::new())
        });
    }
    let mut gains = rounds(&works).into_iter().map(|samples| samples.spreads()[4]);
    [(); 2].map(|()| gains.next().unwrap_or(Spread::of(Vec::new())))
}

impl Samples {
    fn spreads(self) -> [Spread; 5] {
        [self.one, self.one_to_floor, self.two, self.two_to_floor, self.gain].map(Spread::of)
    }
}

/// Lets all rows take turns, each alone and then as two.
fn rounds(makes: &[&Make<'_>]) -> Vec<Samples> {
    let mut samples: Vec<Samples> = makes.iter().map(|_| Samples::default()).collect();
    Pair::with(makes, |pair| {
        let calls: Vec<u32> = (0..makes.len()).map(|row| calls_in_a_turn(pair, row)).collect();
        for round in 0..ROUNDS {
            let mut times = vec![(None, None); makes.len()];
            // Nobody is always the one after the floor.
            for turn in 0..makes.len() {
                let row = (round + turn) % makes.len();
                let nanos = |taken: Duration| taken.as_secs_f64() * 1e9 / f64::from(calls[row]);
                let one = undisturbed(|| pair.alone(round % 2, row, calls[row])).map(nanos);
                let two = undisturbed(|| pair.together(row, calls[row])).map(nanos);
                times[row] = (one, two);
            }
            for (samples, &own) in samples.iter_mut().zip(&times) {
                samples.add(own, times[0]);
            }
        }
    });
    samples
}

impl Samples {
    fn add(&mut self, own: (Option<f64>, Option<f64>), floor: (Option<f64>, Option<f64>)) {
        let ratio = |own: Option<f64>, floor: Option<f64>| Some(own? / floor?);
        self.one.extend(own.0);
        self.two.extend(own.1);
        self.one_to_floor.extend(ratio(own.0, floor.0));
        self.two_to_floor.extend(ratio(own.1, floor.1));
        self.gain.extend(ratio(own.0, own.1).map(|ratio| 2.0 * ratio));
    }
}

/// The first of a few tries that nothing disturbed.
fn undisturbed(turn: impl Fn() -> Option<Duration>) -> Option<Duration> {
    (0..TRIES).find_map(|_| turn())
}

fn calls_in_a_turn(pair: &Pair, row: usize) -> u32 {
    let mut calls = 1;
    while calls < 1 << 20 && undisturbed(|| pair.alone(0, row, calls)).is_none_or(|t| t < TURN) {
        calls *= 2;
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_beginning_to_work_allocates_is_not_counted_to_the_calls() {
        let begins = || {
            |calls| {
                black_box(vec![1]);
                for _ in 0..calls {
                    black_box(7);
                }
            }
        };
        assert_eq!(ThreadsRow::new("begins".to_owned(), begins).allocations(), 0.0);
        let each = ThreadsRow::new("each".to_owned(), || repeat(|| Box::new(7)));
        assert_eq!(each.allocations(), 1.0);
    }

    #[test]
    fn two_threads_that_cost_one_nothing_do_twice_the_work() {
        let mut samples = Samples::default();
        samples.add((Some(10.0), Some(10.0)), (Some(20.0), Some(40.0)));
        let [one, one_to_floor, two, two_to_floor, gain] = samples.spreads().map(|s| s.median);
        assert_eq!([one, one_to_floor, two, two_to_floor, gain], [10.0, 0.5, 10.0, 0.25, 2.0]);
    }

    #[test]
    fn a_disturbed_turn_has_no_figure_and_no_ratio() {
        let mut samples = Samples::default();
        samples.add((Some(10.0), None), (None, Some(40.0)));
        assert_eq!(samples.one, [10.0]);
        let others = [samples.two, samples.one_to_floor, samples.two_to_floor, samples.gain];
        assert!(others.iter().all(Vec::is_empty));
    }
}
