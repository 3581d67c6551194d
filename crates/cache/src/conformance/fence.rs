//! Records of earlier generations, and of writers that have not seen what is kept.

use super::samples::{finds, key, numbered};
use super::{Promise, Violation};
use crate::{Kind, Replaces, SlotKey, Store, StoreError, StoreErrorKind, Stored};

/// Whether it refuses them.
pub(super) async fn refuses_or_keeps<S: Store>(one: &S, other: &S) -> Result<bool, Violation> {
    let key = key("fence", Kind::ServerToken)?;
    let (older, newer, newest) = (numbered(4)?, numbered(5)?, numbered(6)?);
    one.save(&key, &newer).await?;
    let refuses = is_refused(other.save(&key, &older).await)?;
    let kept = if refuses { &newer } else { &older };
    for store in [one, other] {
        finds(store, &key, kept, Promise::Fence).await?;
    }
    // Neither what is kept already nor what follows it is refused.
    for next in [kept, &newest] {
        let saved = other.save(&key, next).await;
        saved.map_err(|error| Violation::from(error).of(Promise::Fence))?;
        finds(one, &key, next, Promise::Fence).await?;
    }
    Ok(refuses)
}

/// Whether it refuses a record whose writer saw another one than is kept.
pub(super) async fn compares<S: Store>(one: &S, other: &S) -> Result<bool, Violation> {
    let key = key("compared", Kind::ServerToken)?;
    let (seen, successor) = (numbered(1)?, numbered(2)?);
    one.save(&key, &seen).await?;
    replace(other, &key, &successor, &seen).await?;
    // It counts further, and did not see the successor; or it saw nothing at all.
    let (mut refused, mut kept) = (0, successor);
    for (number, replaces) in [(3, Replaces::seen(Some(&seen))), (4, Replaces::Nothing)] {
        let blind = numbered(number)?;
        if is_refused(one.save(&key, &blind.clone().replaces(replaces)).await)? {
            refused += 1;
        } else {
            kept = blind;
        }
        finds(other, &key, &kept, Promise::Fence).await?;
    }
    if refused == 1 {
        return Err(Promise::Fence.broken("of two writers that saw something else, one is refused"));
    }
    replace(one, &key, &numbered(5)?, &kept).await?;
    finds(other, &key, &numbered(5)?, Promise::Fence).await?;
    Ok(refused == 2)
}

/// Writes a record over one that was seen, which nobody refuses.
async fn replace<S: Store>(
    store: &S,
    key: &SlotKey,
    new: &Stored,
    seen: &Stored,
) -> Result<(), Violation> {
    let saved = store.save(key, &new.clone().replaces(Replaces::seen(Some(seen)))).await;
    saved.map_err(|error| Violation::from(error).of(Promise::Fence))
}

fn is_refused(saved: Result<(), StoreError>) -> Result<bool, Violation> {
    match saved {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(true),
        Err(error) => Err(error.into()),
    }
}
