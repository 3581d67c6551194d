//! The one reader of the clocks.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Which time a row's work is measured by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// What passes on the wall: for work that never waits.
    Wall,
    /// What this thread spends on a processor, in its own code and in the kernel's: for work that
    /// waits for others.
    Cpu,
}

impl Clock {
    /// How long `work` takes.
    pub(crate) fn time(self, work: impl FnOnce()) -> Duration {
        match self {
            Self::Wall => {
                let start = now();
                work();
                start.elapsed()
            }
            Self::Cpu => {
                let start = ThreadTime::now();
                work();
                start.elapsed()
            }
        }
    }

    /// How long one row runs before it is the next one's turn. Short, so that a round is over
    /// before the machine changes its mind; long enough for reading the clock to be nothing.
    pub(crate) const fn turn(self) -> Duration {
        match self {
            Self::Wall => Duration::from_micros(40),
            // A system call to read, and one call of such work takes a dozen microseconds.
            Self::Cpu => Duration::from_micros(200),
        }
    }

    pub(crate) const fn rounds(self) -> usize {
        match self {
            Self::Wall => 3000,
            Self::Cpu => 1500,
        }
    }

    /// What a table writes above the times.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Wall => "ns",
            Self::Cpu => "CPU ns",
        }
    }
}

/// Now, on the wall.
#[expect(clippy::disallowed_methods, reason = "measuring time is what this crate is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
