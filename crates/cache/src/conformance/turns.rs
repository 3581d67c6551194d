//! Whose turn it is.

use super::samples::{finds, key, numbered};
use super::{Promise, Violation};
use crate::store::once_more;
use crate::{Kind, SlotKey, Store, Turn};

/// How often a turn is asked for that was handed back, perhaps in the background.
const ASKS: usize = 1000;

/// Whether there are turns.
pub(super) async fn gives_turns_to_one_at_a_time<S: Store>(
    one: &S,
    other: &S,
) -> Result<bool, Violation> {
    let broken = |what: &str| Err(Promise::Turns.broken(what));
    let key = key("turn", Kind::ServerToken)?;
    let turn = one.turn(&key).await?;
    if turn.is_taken() {
        return broken("it is taken although nobody asked for it");
    }
    if !turn.is_held() {
        let others = other.turn(&key).await?;
        return if others.is_taken() || others.is_held() {
            broken("one handle says that there are no turns, and the other that there are")
        } else {
            Ok(false)
        };
    }
    for store in [other, one] {
        if !store.turn(&key).await?.is_taken() {
            return broken("two have it at the same time");
        }
    }
    let same_app = key.of_kind(Kind::JsTicket);
    for free in [same_app, super::samples::key("another-turn", Kind::ServerToken)?] {
        if !other.turn(&free).await?.is_held() {
            return broken("it holds up another key");
        }
    }
    // Whoever has it writes, and the others read.
    let saved = numbered(1)?;
    one.save(&key, &saved).await?;
    finds(other, &key, &saved, Promise::Turns).await?;
    if !other.turn(&key).await?.is_taken() {
        return broken("it was lost by saving");
    }
    drop(turn);
    let handed_on = is_handed_back(other, &key, Promise::Turns).await?;
    if !one.turn(&key).await?.is_taken() {
        return broken("it is had by two after it was handed on");
    }
    drop(handed_on);
    is_handed_back(one, &key, Promise::Turns).await.map(|_| true)
}

/// The turn, as soon as it is to be had.
pub(super) async fn is_handed_back<S: Store>(
    store: &S,
    key: &SlotKey,
    promise: Promise,
) -> Result<Turn, Violation> {
    for _ in 0..ASKS {
        let turn = store.turn(key).await?;
        if !turn.is_taken() {
            return Ok(turn);
        }
        once_more().await;
    }
    Err(promise.broken("a turn that nobody has any more is still taken"))
}
