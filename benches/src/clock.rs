//! The one reader of the clock.

use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "measuring time is what this crate is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How long `work` takes.
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let start = now();
    work();
    start.elapsed()
}
