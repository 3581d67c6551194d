//! Keys and records for the checks.

use yzb_proto::{AppId, AppSecret, JsTicket, Origin, ServerAccessToken, UnixSeconds};

use super::{Promise, Violation};
use crate::{Code, Kind, SlotKey, Store, Stored};

/// A key of this app at the real platform.
pub(super) fn key(app: &str, kind: Kind) -> Result<SlotKey, Violation> {
    other_key(app, "secret", &Origin::production().to_string(), kind)
}

pub(super) fn other_key(
    app: &str,
    secret: &str,
    origin: &str,
    kind: Kind,
) -> Result<SlotKey, Violation> {
    let app_id = AppId::new(&format!("conformance-{app}"))?;
    Ok(SlotKey::new(origin.parse::<Origin>()?, app_id, AppSecret::new(secret)?.fingerprint(), kind))
}

/// A record of which any two of different generations differ in everything.
pub(super) fn record(kind: Kind, text: &str, generation: u64) -> Result<Stored, Violation> {
    let code = match kind {
        Kind::ServerToken => Code::ServerToken(ServerAccessToken::new(text)?),
        Kind::JsTicket => Code::JsTicket(JsTicket::new(text)?),
    };
    // Far enough ahead for a store that lets records expire by itself.
    let expires_at = UnixSeconds::new(9_000_000_000 + generation);
    let issued_at = Some(UnixSeconds::new(1_700_000_000 + generation));
    Ok(Stored::new(code, expires_at).issued_at(issued_at).generation(generation))
}

/// The record of this generation, whose code says so.
pub(super) fn numbered(generation: u64) -> Result<Stored, Violation> {
    record(Kind::ServerToken, &format!("code-{generation}"), generation)
}

/// Loads through this handle, and finds nothing but what was saved.
pub(super) async fn finds<S: Store>(
    store: &S,
    key: &SlotKey,
    saved: &Stored,
    promise: Promise,
) -> Result<Stored, Violation> {
    let Some(loaded) = store.load(key).await.map_err(|error| Violation::from(error).of(promise))?
    else {
        return Err(promise.broken("a record that was saved is not there"));
    };
    match difference(saved, &loaded) {
        Some(part) => Err(promise.broken(format!("{part} is another than was saved"))),
        None => Ok(loaded),
    }
}

/// What differs, apart from what may be lost.
pub(super) fn difference(saved: &Stored, loaded: &Stored) -> Option<&'static str> {
    let differs = |lost: bool, same: bool| !lost && !same;
    let codes_differ = loaded.code.kind() != saved.code.kind()
        || loaded.code.fingerprint() != saved.code.fingerprint();
    if codes_differ {
        Some("the code")
    } else if loaded.expires_at != saved.expires_at {
        Some("the moment of expiry")
    } else if differs(loaded.issued_at.is_none(), loaded.issued_at == saved.issued_at) {
        Some("the moment of issue")
    } else if differs(loaded.generation == 0, loaded.generation == saved.generation) {
        Some("the generation")
    } else {
        None
    }
}
