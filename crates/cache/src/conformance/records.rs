//! Records: kept as they are, the last one, apart from others, whole.

use core::future::Future;
use core::pin::pin;
use core::task::Poll;
use std::sync::atomic::{AtomicBool, Ordering};

use super::samples::{difference, finds, key, numbered, other_key, record};
use super::{Promise, Report, Violation};
use crate::store::once_more;
use crate::{Kind, SlotKey, Store, StoreErrorKind};

/// How many saves are made while others load.
const SAVES: u64 = 40;

pub(super) async fn is_empty<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let key = key("empty", Kind::ServerToken)?;
    for store in [one, other] {
        if store.load(&key).await?.is_some() {
            return Err(Promise::Empty.broken("there is a record; is the store empty?"));
        }
    }
    Ok(())
}

/// What of a record is kept goes into the report.
pub(super) async fn keeps_what_it_is_given<S: Store>(
    one: &S,
    other: &S,
    report: &mut Report,
) -> Result<(), Violation> {
    (report.generations, report.issued) = (true, true);
    // Every character that a code may have and that some format must escape, and the longest.
    let odd = r#"a"b\c/d'e%f{g}h$i`j:k,l[m]n<o>p;q+r=s?t#u!v"#;
    let texts = [odd, &"x".repeat(512), "1", "null"];
    for (number, text) in (1..).zip(texts) {
        for kind in [Kind::ServerToken, Kind::JsTicket] {
            let key = key(&format!("fields-{number}"), kind)?;
            let mut saved = record(kind, text, number)?;
            saved.issued_at = saved.issued_at.filter(|_| text != "null");
            one.save(&key, &saved).await?;
            for store in [one, other] {
                let loaded = finds(store, &key, &saved, Promise::RoundTrip).await?;
                report.generations &= loaded.generation == saved.generation;
                report.issued &= loaded.issued_at == saved.issued_at;
            }
        }
    }
    Ok(())
}

pub(super) async fn keeps_the_last<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let key = key("last", Kind::ServerToken)?;
    for generation in 1..=4 {
        let saved = numbered(generation)?;
        let (writer, reader) = if generation % 2 == 0 { (one, other) } else { (other, one) };
        writer.save(&key, &saved).await?;
        finds(reader, &key, &saved, Promise::Overwrite).await?;
    }
    Ok(())
}

/// Keys of which each differs from the first in one part, or would where parts are joined carelessly.
fn neighbours() -> Result<Vec<SlotKey>, Violation> {
    let (secret, token, ticket) = ("secret", Kind::ServerToken, Kind::JsTicket);
    let (here, there) = ("http://127.0.0.1", "http://127.0.0.2");
    Ok(vec![
        other_key("a", secret, here, token)?,
        other_key("a", secret, here, ticket)?,
        other_key("b", secret, here, token)?,
        other_key("A", secret, here, token)?,
        other_key("a.a", secret, here, token)?,
        other_key("a-a", secret, here, token)?,
        other_key("a_a", secret, here, token)?,
        other_key(&"a".repeat(100), secret, here, token)?,
        other_key(&format!("{}b", "a".repeat(100)), secret, here, token)?,
        other_key("a", "Secret", here, token)?,
        other_key("a", secret, there, token)?,
        other_key("a", secret, "http://127.0.0.1:8080", token)?,
        other_key("a", secret, "https://127.0.0.1", token)?,
        other_key("b", "Secret", there, ticket)?,
    ])
}

pub(super) async fn keeps_keys_apart<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let keys = neighbours()?;
    let code = |number: usize, key: &SlotKey| record(key.kind(), &format!("apart-{number}"), 1);
    for (number, key) in keys.iter().enumerate() {
        if one.load(key).await?.is_some() {
            return Err(Promise::Isolation.broken(format!("{key:?} has another key's record")));
        }
        one.save(key, &code(number, key)?).await?;
    }
    for (number, key) in keys.iter().enumerate() {
        finds(other, key, &code(number, key)?, Promise::Isolation).await?;
    }
    Ok(())
}

pub(super) async fn keeps_records_whole<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let (key, done) = (key("whole", Kind::ServerToken)?, AtomicBool::new(false));
    one.save(&key, &numbered(1)?).await?;
    let saves = async {
        let saved = both(saves(one, &key, 0), saves(other, &key, 1)).await;
        done.store(true, Ordering::SeqCst);
        saved
    };
    both(saves, loads(other, &key, &done)).await
}

/// Every other generation. One that came too late may be refused.
async fn saves<S: Store>(store: &S, key: &SlotKey, from: u64) -> Result<(), Violation> {
    for generation in (2 + from..SAVES).step_by(2) {
        match store.save(key, &numbered(generation)?).await {
            Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error.into()),
            _ => once_more().await,
        }
    }
    Ok(())
}

async fn loads<S: Store>(store: &S, key: &SlotKey, done: &AtomicBool) -> Result<(), Violation> {
    while !done.load(Ordering::SeqCst) {
        is_whole(store, key, Promise::Wholeness).await?;
        once_more().await;
    }
    is_whole(store, key, Promise::Wholeness).await
}

/// There is one of the numbered records, of one piece.
pub(super) async fn is_whole<S: Store>(
    store: &S,
    key: &SlotKey,
    promise: Promise,
) -> Result<(), Violation> {
    let Some(loaded) = store.load(key).await.map_err(|error| Violation::from(error).of(promise))?
    else {
        return Err(promise.broken("a record was gone while another took its place"));
    };
    let generation = loaded.expires_at.as_secs().saturating_sub(9_000_000_000);
    match difference(&numbered(generation)?, &loaded) {
        Some(part) => {
            Err(promise.broken(format!("{part} and the moment of expiry are of two records")))
        }
        None => Ok(()),
    }
}

/// Polls the one and the other until both are done, or one failed.
async fn both(
    a: impl Future<Output = Result<(), Violation>>,
    b: impl Future<Output = Result<(), Violation>>,
) -> Result<(), Violation> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (false, false);
    core::future::poll_fn(|cx| {
        if !a_done {
            if let Poll::Ready(outcome) = a.as_mut().poll(cx) {
                outcome?;
                a_done = true;
            }
        }
        if !b_done {
            if let Poll::Ready(outcome) = b.as_mut().poll(cx) {
                outcome?;
                b_done = true;
            }
        }
        if a_done && b_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}
