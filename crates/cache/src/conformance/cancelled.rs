//! Operations that are dropped in the middle, as a time-out does.

use core::future::{Future, poll_fn};
use core::task::Poll;

use super::records::is_whole;
use super::samples::{finds, key, numbered};
use super::turns::is_handed_back;
use super::{Promise, Violation};
use crate::{Kind, Store};

/// After how many polls they are dropped, at most.
const POLLS: u64 = 6;

pub(super) async fn survives_saves<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let key = key("cancelled", Kind::ServerToken)?;
    let broken = |error| Violation::from(error).of(Promise::Cancellation);
    one.save(&key, &numbered(1)?).await?;
    for polls in 1..=POLLS {
        let dropped = numbered(2 * polls)?;
        cut(polls, one.save(&key, &dropped)).await;
        is_whole(other, &key, Promise::Cancellation).await?;
        cut(polls, other.load(&key)).await;
        let saved = numbered(2 * polls + 1)?;
        other.save(&key, &saved).await.map_err(broken)?;
        finds(one, &key, &saved, Promise::Cancellation).await?;
    }
    Ok(())
}

pub(super) async fn survives_turns<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let key = key("cancelled", Kind::ServerToken)?;
    for polls in 1..=POLLS {
        cut(polls, one.turn(&key)).await;
        is_handed_back(other, &key, Promise::Cancellation).await?;
    }
    Ok(())
}

/// Polls this often at most; what is then not done is dropped.
async fn cut(mut polls: u64, work: impl Future) {
    let mut work = core::pin::pin!(work);
    poll_fn(|cx| {
        polls -= 1;
        if work.as_mut().poll(cx).is_ready() || polls == 0 {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}
