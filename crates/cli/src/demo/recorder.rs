//! A transport that remembers what was asked, as it went over the wire.

use std::sync::{Mutex, PoisonError};

use yzb::proto::{
    AppSecret, AuthCode, Body, JsTicket, RefreshToken, ServerAccessToken, UserAccessToken,
};
use yzb::transport::{Transport, TransportError};

/// Sends with `inner` and keeps the last request as a line of text, secrets as fingerprints.
pub(super) struct Recorder<T> {
    inner: T,
    asked: Mutex<String>,
}

impl<T> Recorder<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, asked: Mutex::default() }
    }

    /// The last request.
    pub(super) fn asked(&self) -> String {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T: Transport> Transport for Recorder<T> {
    async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError> {
        let asked = describe(&request);
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        self.inner.send(request).await
    }
}

fn describe(request: &http::Request<Body>) -> String {
    let fields = yzb_emulator::read_form(request.body().as_ref()).unwrap_or_default();
    let shown =
        fields.iter().map(|(name, value)| format!("{name}={}", shown(name, value, &fields)));
    let shown: Vec<String> = shown.collect();
    format!("{} {}  {}", request.method(), request.uri().path(), shown.join("  "))
}

/// A value, or its fingerprint where the field holds a secret. Each kind of secret has fingerprints
/// of its own, and what a `code` is the other fields tell.
fn shown(name: &str, value: &str, fields: &[(String, String)]) -> String {
    let is_ticket = fields.iter().any(|(name, value)| name == "type" && value == "js_ticket");
    let is_token = fields.iter().any(|(name, value)| name == "type" && value == "access_token");
    let is_users = fields.iter().any(|(name, _)| name == "open_id");
    let fingerprint = match name {
        "secret" => AppSecret::new(value).map(|secret| secret.fingerprint()),
        "code" if is_ticket => JsTicket::new(value).map(|ticket| ticket.fingerprint()),
        "code" if is_token && is_users => {
            UserAccessToken::new(value).map(|token| token.fingerprint())
        }
        "code" if is_token => ServerAccessToken::new(value).map(|token| token.fingerprint()),
        "code" => AuthCode::new(value).map(|code| code.fingerprint()),
        "access_token" => ServerAccessToken::new(value).map(|token| token.fingerprint()),
        "refresh_token" => RefreshToken::new(value).map(|token| token.fingerprint()),
        _ => return shortened(value),
    };
    fingerprint.map_or_else(|_| "#?".to_owned(), |fingerprint| format!("#{fingerprint}"))
}

/// Ids can be long; their beginning is enough to follow a story.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_has_no_secret() {
        let form =
            "app_id=1&secret=planted&code=planted&access_token=planted&refresh_token=planted";
        let request = http::Request::post("https://h.example/OAuth2/token");
        let text = describe(&request.body(Body::from(form)).unwrap());
        assert!(!text.contains("planted"), "{text}");
        assert!(text.starts_with("POST /OAuth2/token  app_id=1  secret=#"), "{text}");
    }
}
