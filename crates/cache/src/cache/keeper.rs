//! Renewing in the background, for callers who never want to wait.

use std::convert::Infallible;
use std::future::{poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::TokenCache;
use super::cell::Cell;
use super::room::Room;
use super::waiting::{Role, Waiting};
use crate::sync::Seat;
use crate::{Issuer, Store};

/// A keeper's longest sleep: timers do not count the time that a machine sleeps.
pub(super) const LONGEST: Duration = Duration::from_secs(15);
/// The shortest: whatever goes wrong, this does not become a tight loop.
pub(super) const SHORTEST: Duration = Duration::from_millis(20);
/// While somebody else renews.
const MEANWHILE: Duration = Duration::from_secs(1);

impl<I: Issuer + 'static, S: Store + 'static> TokenCache<I, S> {
    /// Keeps the code fresh for as long as this is polled, so that callers never wait while one
    /// lives. Spawn it, and stop it by dropping it. Failures are told to the observer.
    ///
    /// ```no_run
    /// # async fn example<I: yzb_cache::Issuer + 'static>(cache: yzb_cache::TokenCache<I>) {
    /// let keeper = tokio::spawn(cache.keep_fresh());
    /// // … and at the end of the program:
    /// keeper.abort();
    /// # }
    /// ```
    pub fn keep_fresh(&self) -> impl Future<Output = Infallible> + Send + 'static {
        let cell = Arc::clone(&self.cell);
        async move {
            let _keeping = Keeping::begin(&cell);
            loop {
                let kicks = cell.in_room(|state| state.room().kicks);
                // Errors are told to the observer; the pause after them is in the deadline.
                let _ = Waiting::new(&cell, Role::Keeper).await;
                idle(&cell, kicks).await;
            }
        }
    }
}

/// Counts as a keeper as long as it lives.
struct Keeping<'a, I: Issuer, S>(&'a Arc<Cell<I, S>>);

impl<'a, I: Issuer, S> Keeping<'a, I, S> {
    fn begin(cell: &'a Arc<Cell<I, S>>) -> Self {
        cell.in_room(|state| state.room().keepers += 1);
        Self(cell)
    }
}

impl<I: Issuer, S> Drop for Keeping<'_, I, S> {
    fn drop(&mut self) {
        self.0.in_room(|state| {
            let room = state.room();
            room.keepers = room.keepers.saturating_sub(1);
        });
        self.0.pass_on();
    }
}

/// Sleeps until there is something to do, or somebody says so.
async fn idle<I: Issuer, S>(cell: &Arc<Cell<I, S>>, kicks: u64) {
    let pause = cell.with(|state, now| match state.slot.next_deadline(now) {
        Some(deadline) => deadline.since(now.monotonic).min(LONGEST),
        None => MEANWHILE,
    });
    let timer = &cell.setting.timer;
    let mut asleep = timer.sleep(SHORTEST);
    let mut waited = false;
    poll_fn(|cx| {
        if asleep.as_mut().poll(cx).is_pending() {
            waited = true;
            return Poll::Pending;
        }
        if !std::mem::replace(&mut waited, true) {
            // The timer does not wait: others on this thread have their turn nonetheless.
            cx.waker().wake_by_ref();
            asleep = Box::pin(ready(()));
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
    let mut asleep = timer.sleep(pause.saturating_sub(SHORTEST));
    let mut watching = Watching { cell, seat: None };
    poll_fn(|cx| {
        let kicked = cell.watch(&mut watching.seat, cx.waker(), |state| {
            state.room_if_any().is_some_and(|room: &mut Room<_>| room.kicks != kicks)
        });
        if kicked { Poll::Ready(()) } else { asleep.as_mut().poll(cx) }
    })
    .await;
}

/// Takes its waker off the list when it goes.
struct Watching<'a, I: Issuer, S> {
    cell: &'a Cell<I, S>,
    seat: Option<Seat>,
}

impl<I: Issuer, S> Drop for Watching<'_, I, S> {
    fn drop(&mut self) {
        self.cell.unwatch(self.seat);
    }
}
