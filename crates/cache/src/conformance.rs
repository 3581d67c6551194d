//! What every [`Store`] promises, as checks for its author to run in a test.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use yzb_cache::{MemoryStore, conformance};
//!
//! // Two handles on one empty store: where processes share it, two connections.
//! let store = MemoryStore::new();
//! conformance::check(&store, &store.clone()).await.unwrap();
//! # }
//! ```
//!
//! It needs no runtime of its own, writes under app ids that begin with `conformance-`, and leaves
//! its records behind.

use core::fmt;

use yzb_proto::{AppId, AppSecret, InvalidValue, JsTicket, Origin, ServerAccessToken, UnixSeconds};

use crate::{Code, Kind, SlotKey, Store, StoreError, StoreErrorKind, Stored};

/// A promise that a store broke. `Display` says which, and what it did.
#[derive(Clone, Debug)]
pub struct Violation(String);

/// Checks a store through two handles on it, which is to be empty.
///
/// # Errors
///
/// It broke a promise; the error says which.
pub async fn check<S: Store>(one: &S, other: &S) -> Result<(), Violation> {
    let key = key("conformance-1", "secret", Kind::ServerToken)?;
    if one.load(&key).await?.is_some() {
        return Err(Violation("a record is there that nobody saved; is the store empty?".into()));
    }
    keeps_what_it_is_given(one, other, &key).await?;
    keeps_keys_apart(one, &key).await?;
    keeps_the_newer_if_it_refuses_the_older(one, other, &key).await?;
    gives_turns_to_one_at_a_time(one, other, &key).await
}

async fn keeps_what_it_is_given<S: Store>(
    one: &S,
    other: &S,
    key: &SlotKey,
) -> Result<(), Violation> {
    // Every character that a code may have and that some format must escape, and the longest one.
    let odd = r#"a"b\c/d'e%f{g}h$i`j"#;
    for (generation, text) in [odd, &"x".repeat(512), "short"].into_iter().enumerate() {
        let saved = record(Kind::ServerToken, text, generation as u64 + 1)?;
        one.save(key, &saved).await?;
        for store in [one, other] {
            same(&saved, store.load(key).await?)?;
        }
    }
    Ok(())
}

async fn keeps_keys_apart<S: Store>(one: &S, key: &SlotKey) -> Result<(), Violation> {
    let before = one.load(key).await?;
    let there: Origin = "https://conformance.example:8443"
        .parse()
        .map_err(|error| Violation(format!("this suite is wrong about an origin: {error}")))?;
    let elsewhere = SlotKey::new(there, key.app_id().clone(), key.secret(), key.kind());
    let others = [
        self::key("conformance-2", "secret", Kind::ServerToken)?,
        self::key("conformance-1", "another secret".replace(' ', "-").as_str(), Kind::ServerToken)?,
        key.of_kind(Kind::JsTicket),
        elsewhere,
    ];
    for (number, other) in others.iter().enumerate() {
        if one.load(other).await?.is_some() {
            return Err(Violation(format!("{other:?} has the record of {key:?}")));
        }
        let saved = record(other.kind(), &format!("other-{number}"), 1)?;
        one.save(other, &saved).await?;
        same(&saved, one.load(other).await?)?;
    }
    match before {
        Some(before) => same(&before, one.load(key).await?),
        None => Err(Violation("a record that was saved is gone".into())),
    }
}

/// A store may know which of two records is the newer one. Then it says so, and keeps that whole.
async fn keeps_the_newer_if_it_refuses_the_older<S: Store>(
    one: &S,
    other: &S,
    key: &SlotKey,
) -> Result<(), Violation> {
    let newer = record(Kind::ServerToken, "newer", 9)?;
    one.save(key, &newer).await?;
    let older = record(Kind::ServerToken, "older", 8)?;
    match other.save(key, &older).await {
        Ok(()) => same(&older, one.load(key).await?),
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            same(&newer, one.load(key).await?)?;
            same(&newer, other.load(key).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn gives_turns_to_one_at_a_time<S: Store>(
    one: &S,
    other: &S,
    key: &SlotKey,
) -> Result<(), Violation> {
    let turn = one.turn(key).await?;
    if turn.is_taken() {
        return Err(Violation("the turn is taken although nobody asked for it".into()));
    }
    if !turn.is_held() {
        return Ok(());
    }
    if !other.turn(key).await?.is_taken() {
        return Err(Violation("two have the turn at the same time".into()));
    }
    if other.turn(&key.of_kind(Kind::JsTicket)).await?.is_taken() {
        return Err(Violation("the turn of one kind holds up the other".into()));
    }
    drop(turn);
    if other.turn(key).await?.is_taken() {
        return Err(Violation("a turn that was handed back is still taken".into()));
    }
    Ok(())
}

/// Issue time and generation may be lost, where a format has no place for them; not changed.
fn same(saved: &Stored, loaded: Option<Stored>) -> Result<(), Violation> {
    let Some(loaded) = loaded else {
        return Err(Violation("a record that was saved is not there".into()));
    };
    let broken = if loaded.code.kind() != saved.code.kind()
        || loaded.code.fingerprint() != saved.code.fingerprint()
    {
        "the code is another than was saved"
    } else if loaded.expires_at != saved.expires_at {
        "the moment of expiry is another than was saved"
    } else if loaded.issued_at.is_some() && loaded.issued_at != saved.issued_at {
        "the moment of issue is another than was saved"
    } else if loaded.generation != 0 && loaded.generation != saved.generation {
        "the generation is another than was saved"
    } else {
        return Ok(());
    };
    Err(Violation(broken.into()))
}

fn key(app_id: &str, secret: &str, kind: Kind) -> Result<SlotKey, Violation> {
    let secret = AppSecret::new(secret)?.fingerprint();
    Ok(SlotKey::new(Origin::production(), AppId::new(app_id)?, secret, kind))
}

fn record(kind: Kind, text: &str, generation: u64) -> Result<Stored, Violation> {
    let code = match kind {
        Kind::ServerToken => Code::ServerToken(ServerAccessToken::new(text)?),
        Kind::JsTicket => Code::JsTicket(JsTicket::new(text)?),
    };
    // Far enough ahead for a store that lets records expire by itself.
    let expires_at = UnixSeconds::new(9_999_999_999);
    let issued_at = Some(UnixSeconds::new(9_999_992_799));
    Ok(Stored::new(code, expires_at).issued_at(issued_at).generation(generation))
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Violation {}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self(format!("an operation failed: {error} ({error:?})"))
    }
}

impl From<InvalidValue> for Violation {
    fn from(error: InvalidValue) -> Self {
        Self(format!("this suite is wrong about a value: {error}"))
    }
}
