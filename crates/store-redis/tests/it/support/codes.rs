//! Codes, and whose they are.

use yzb_cache::{Clock as _, Code, Kind, SlotKey, Stored, SystemClock};
use yzb_proto::{AppId, AppSecret, JsTicket, Lifetime, Origin, ServerAccessToken, UnixSeconds};

pub(crate) const TOKEN_KEY: &str = "type/server_access_token_info/app_id/100027";
pub(crate) const TICKET_KEY: &str = "type/js_ticket_info/app_id/100027";

pub(crate) fn key() -> SlotKey {
    key_of("planted-app-secret", Kind::ServerToken)
}

pub(crate) fn key_of(secret: &str, kind: Kind) -> SlotKey {
    let secret = AppSecret::new(secret).unwrap().fingerprint();
    SlotKey::new(Origin::production(), AppId::new("100027").unwrap(), secret, kind)
}

/// The token of the app of this number.
pub(crate) fn key_of_app(number: u32) -> SlotKey {
    let secret = AppSecret::new("planted-app-secret").unwrap().fingerprint();
    let app_id = AppId::new(&number.to_string()).unwrap();
    SlotKey::new(Origin::production(), app_id, secret, Kind::ServerToken)
}

pub(crate) fn now() -> UnixSeconds {
    SystemClock::new().now().wall
}

/// A token that was issued just now.
pub(crate) fn token(text: &str, generation: u64) -> Stored {
    fresh(Code::ServerToken(ServerAccessToken::new(text).unwrap()), generation)
}

/// A ticket that was issued just now.
pub(crate) fn ticket(text: &str, generation: u64) -> Stored {
    fresh(Code::JsTicket(JsTicket::new(text).unwrap()), generation)
}

fn fresh(code: Code, generation: u64) -> Stored {
    let stored = Stored::new(code, now() + Lifetime::DOCUMENTED);
    stored.issued_at(Some(now())).generation(generation)
}
