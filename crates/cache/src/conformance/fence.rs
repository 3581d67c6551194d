//! Records of earlier generations.

use super::samples::{finds, key, numbered};
use super::{Promise, Violation};
use crate::{Kind, Store, StoreErrorKind};

/// Whether it refuses them.
pub(super) async fn refuses_or_keeps<S: Store>(one: &S, other: &S) -> Result<bool, Violation> {
    let key = key("fence", Kind::ServerToken)?;
    let (older, newer, newest) = (numbered(4)?, numbered(5)?, numbered(6)?);
    one.save(&key, &newer).await?;
    let refuses = match other.save(&key, &older).await {
        Ok(()) => false,
        Err(error) if error.kind() == StoreErrorKind::Conflict => true,
        Err(error) => return Err(error.into()),
    };
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
