//! Ratios against a named floor, measured in the same run.
//!
//! A number of nanoseconds says more about the machine and its other guests than about the code.
//! So every row here is compared with a *floor*: what a careful person would write by hand for the
//! same job. Floor and contenders take turns in thousands of short rounds, each round gives one
//! ratio, and the median of these is printed, with the span that the middle 80 % of them fill.
//! Whatever slows the machine down for longer than a round slows both sides of a ratio.
//!
//! This is a harness of our own because the known ones measure one function for seconds and then
//! the next: on a busy machine the ratio of two such figures is noise, and none of them prints a
//! ratio to a floor. Allocations are counted by a global allocator that is the same for all rows.
//!
//! Nothing here fails because of time. A row that promises a number of allocations does fail the
//! run when it needs more: that is no measurement, it is the same everywhere.
//!
//! ```no_run
//! use yzb_bench::Bench;
//! let mut bench = Bench::from_args("sums");
//! let numbers = [1_u64; 100];
//! let mut group = bench.group("sum of 100");
//! group.floor("a loop", || {
//!     let mut sum = 0;
//!     for number in &numbers {
//!         sum += number;
//!     }
//!     sum
//! });
//! group.row("an iterator", || numbers.iter().sum::<u64>()).at_most(1.0).allocates(0);
//! group.run();
//! bench.finish();
//! ```
#![expect(clippy::print_stdout, reason = "a benchmark is there to print its table")]

mod bench;
mod clock;
mod load;
mod pair;
mod spread;
mod threads;

pub use bench::{Bench, Group, Row};
pub use load::Load;
pub use pair::Work;
pub use threads::{Threads, ThreadsRow, repeat};
