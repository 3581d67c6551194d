//! A cache that is warm, as a row of the table.

use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::yield_now;

use tokio::runtime::{Handle, Runtime};
use yzb_bench::Work;

/// The token that everybody hands out: as long as many are.
pub(crate) const TOKEN: &str = "5cc928f04f1d6a2c7b90e3d8a1465cc928f04f1d6a2c7b90e3d8a146d2b7c0aa";

/// How long it lives, in seconds.
pub(crate) const LIFETIME: u64 = 3600;

/// Why a row has no figures.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// One way to get at the token.
pub(crate) struct Row {
    /// Whose it is, which version, and what is called.
    pub(crate) name: String,
    /// Makes a thread's work.
    pub(crate) make: Box<dyn Fn() -> Work<'static> + Sync>,
    /// How often the token was asked for at its source.
    pub(crate) issues: Issues,
}

/// Counts how often a token was asked for at its source. A row that measures a cache leaves it at
/// one, however often it ran.
#[derive(Clone, Debug, Default)]
pub(crate) struct Issues(Arc<AtomicUsize>);

impl Row {
    /// A call that only computes.
    pub(crate) fn plain<T: 'static>(
        name: String,
        issues: &Issues,
        call: impl Fn() -> T + Clone + Sync + 'static,
    ) -> Self {
        let make = move || -> Work<'static> { Box::new(yzb_bench::repeat(call.clone())) };
        Self { name, make: Box::new(make), issues: issues.clone() }
    }

    /// A call that is awaited, within a runtime.
    pub(crate) fn awaited<T: 'static>(
        name: String,
        issues: &Issues,
        runtime: &Runtime,
        call: impl AsyncFn() -> T + Clone + Sync + 'static,
    ) -> Self {
        let handle: Handle = runtime.handle().clone();
        let make = move || -> Work<'static> {
            let (handle, call) = (handle.clone(), call.clone());
            Box::new(move |calls| {
                let _entered = handle.enter();
                for _ in 0..calls {
                    black_box(wait_for(call()));
                }
            })
        };
        Self { name, make: Box::new(make), issues: issues.clone() }
    }
}

/// Asks a future again and again until it is ready.
///
/// Most of these are at once. One that finds an asynchronous lock taken would have its thread sleep
/// in a `block_on`, and be woken, which takes much longer than the lock is held. A runtime with other
/// tasks at hand would do one of those in between; this is the kindest way to measure the lock.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0_u32;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        spin_loop();
        polls = polls.wrapping_add(1);
        // With one processor for both threads the holder needs it.
        if polls.is_multiple_of(4096) {
            yield_now();
        }
    }
}

impl Issues {
    /// Somebody asks.
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// How often somebody has asked.
    pub(crate) fn so_far(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// That a cache hands out the token it was fed with.
pub(crate) fn check(token: &str) -> Result<(), Failure> {
    if token == TOKEN { Ok(()) } else { Err("this is another token".into()) }
}
