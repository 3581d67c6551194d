//! Groups of rows, run in rounds and printed as a table.

use core::hint::black_box;
use std::process::ExitCode;

use crate::clock::Clock;
use crate::pair::Work;
use crate::spread::Spread;
use crate::threads::{self, Threads, repeat};

/// One benchmark program: prints a table for each of its groups.
#[derive(Debug)]
pub struct Bench {
    effort: Effort,
    broken: usize,
}

/// How much to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effort {
    /// One round of one call each: that the rows still run, and what they allocate.
    Once,
    /// Enough rounds for a median.
    Full,
}

/// One floor and the rows that are compared with it.
pub struct Group<'b, 'w> {
    bench: &'b mut Bench,
    title: &'static str,
    clock: Clock,
    rows: Vec<Row<'w>>,
}

/// One way to do a group's job.
pub struct Row<'w> {
    name: &'static str,
    at_most: Option<f64>,
    allocates: Option<u64>,
    /// Does it so many times.
    work: Box<dyn FnMut(u32) + 'w>,
}

impl Bench {
    /// Starts a program. `cargo bench` passes `--bench`; without it (`cargo test --all-targets`)
    /// each row is called once, which takes no time.
    #[must_use]
    pub fn from_args(title: &str) -> Self {
        let full = std::env::args().any(|argument| argument == "--bench");
        println!("\n# {title}");
        Self { effort: if full { Effort::Full } else { Effort::Once }, broken: 0 }
    }

    /// Starts a group; its first row is the floor.
    pub fn group<'w>(&mut self, title: &'static str) -> Group<'_, 'w> {
        Group { bench: self, title, clock: Clock::Wall, rows: Vec::new() }
    }

    /// Starts a group of work that waits for other threads: what counts is the CPU time of the
    /// measuring thread, the kernel's work for it included.
    pub fn group_by_cpu<'w>(&mut self, title: &'static str) -> Group<'_, 'w> {
        Group { clock: Clock::Cpu, ..self.group(title) }
    }

    /// Starts a table of work that is done by one thread, and by two at the same time; its first row
    /// is the floor.
    pub fn threads<'w>(&mut self, title: &'static str) -> Threads<'_, 'w> {
        Threads::new(self, title)
    }

    /// Prints how much more two threads do in the same time than one: for `floor`, which shows what
    /// the machine has to give just now, and for `work`.
    pub fn two_threads<T, F>(
        &mut self,
        title: &str,
        floor: (&str, impl Fn() -> F + Sync),
        work: (&str, impl Fn() -> T + Sync),
        at_least: f64,
    ) {
        let ((floor, by_hand), (name, ours)) = (floor, work);
        let floors = || -> Work<'_> { Box::new(repeat(&by_hand)) };
        let works = || -> Work<'_> { Box::new(repeat(&ours)) };
        let gains = threads::gains_of_two(self.effort, [&floors, &works]);
        if self.effort == Effort::Full {
            println!("\n{title}");
            println!("  {:<46} {:>9}  {:<22} {:>8}", "", "", "to one thread", "target");
            let targets = [(floor, None), (name, Some(at_least))];
            for ((name, target), gain) in targets.into_iter().zip(gains) {
                let target = target.map_or_else(|| "-".to_owned(), |least| format!("≥ {least:.1}"));
                println!("  {name:<46} {:>9}  {:<22} {target:>8}", "", gain.to_string());
            }
        }
    }

    pub(crate) const fn effort(&self) -> Effort {
        self.effort
    }

    /// A row did not keep to its allocations.
    pub(crate) const fn found_broken(&mut self) {
        self.broken += 1;
    }

    /// Whether every row kept to its allocations.
    #[must_use]
    pub fn finish(self) -> ExitCode {
        if self.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl<'w> Group<'_, 'w> {
    /// Sets what the rows are compared with.
    pub fn floor<T>(&mut self, name: &'static str, work: impl FnMut() -> T + 'w) {
        self.rows.insert(0, Row::new(name, work));
    }

    /// Adds a row. What `work` returns is dropped within the measured time.
    pub fn row<T>(&mut self, name: &'static str, work: impl FnMut() -> T + 'w) -> &mut Row<'w> {
        let index = self.rows.len();
        self.rows.push(Row::new(name, work));
        &mut self.rows[index]
    }

    /// Runs all rows and prints the table.
    pub fn run(mut self) {
        let allocations: Vec<u64> = self.rows.iter_mut().map(Row::count_allocations).collect();
        for (row, &count) in self.rows.iter().zip(&allocations) {
            if row.allocates.is_some_and(|promised| count > promised) {
                println!(
                    "{}: {} allocates {count} times, more than promised",
                    self.title, row.name
                );
                self.bench.broken += 1;
            }
        }
        if self.bench.effort == Effort::Full {
            let times = rounds(self.clock, &mut self.rows);
            self.print(&times, &allocations);
        }
    }

    fn print(&self, times: &[Vec<f64>], allocations: &[u64]) {
        println!("\n{}", self.title);
        let unit = self.clock.unit();
        println!("  {:<46} {unit:>9}  {:<22} {:>8}  allocations", "", "to the floor", "target");
        for ((row, own), count) in self.rows.iter().zip(times).zip(allocations) {
            let ratios = own.iter().zip(&times[0]).map(|(own, floor)| own / floor).collect();
            let ratio = Spread::of(ratios).to_string();
            let target = row.at_most.map_or_else(|| "-".to_owned(), |most| format!("≤ {most:.1}"));
            let nanos = Spread::of(own.clone()).median;
            println!("  {:<46} {nanos:>9.1}  {ratio:<22} {target:>8}  {count}", row.name);
        }
    }
}

/// Lets all rows take turns; the nanoseconds for one call, for each row and round.
fn rounds(clock: Clock, rows: &mut [Row<'_>]) -> Vec<Vec<f64>> {
    let calls: Vec<u32> = rows.iter_mut().map(|row| row.calls_in_a_turn(clock)).collect();
    let mut times = vec![Vec::with_capacity(clock.rounds()); rows.len()];
    for round in 0..clock.rounds() {
        // Nobody is always the one after the floor.
        for turn in 0..rows.len() {
            let index = (round + turn) % rows.len();
            let (row, calls) = (&mut rows[index], calls[index]);
            let taken = clock.time(|| (row.work)(calls));
            times[index].push(taken.as_secs_f64() * 1e9 / f64::from(calls));
        }
    }
    times
}

impl<'w> Row<'w> {
    fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'w) -> Self {
        let work = move |calls| {
            for _ in 0..calls {
                black_box(work());
            }
        };
        Self { name, at_most: None, allocates: None, work: Box::new(work) }
    }

    /// Says which ratio to the floor is aimed at. It is printed, not demanded.
    pub fn at_most(&mut self, ratio: f64) -> &mut Self {
        self.at_most = Some(ratio);
        self
    }

    /// Promises that one call allocates at most so many times. This is demanded.
    pub fn allocates(&mut self, at_most: u64) -> &mut Self {
        self.allocates = Some(at_most);
        self
    }

    /// What one call allocates, once everything is warm.
    fn count_allocations(&mut self) -> u64 {
        (self.work)(1);
        allocation_counter::measure(|| (self.work)(1)).count_total
    }

    fn calls_in_a_turn(&mut self, clock: Clock) -> u32 {
        let mut calls = 1;
        while clock.time(|| (self.work)(calls)) < clock.turn() && calls < 1 << 20 {
            calls *= 2;
        }
        calls
    }
}
