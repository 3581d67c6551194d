//! The faults that strike one request, and what they do to it.

use std::time::Duration;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use super::{Fault, FaultKind};
use crate::calls;
use crate::delivery::{Delivery, Manner};
use crate::rule::Rule;
use crate::state::State;
use crate::wire;

/// Nothing, nearly always.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    faults: Vec<Fault>,
}

impl Strike {
    pub(super) fn add(&mut self, fault: &Fault) {
        self.faults.push(fault.clone());
    }

    /// What strikes, in the plan's order.
    pub(crate) fn kinds(&self) -> Vec<FaultKind> {
        self.faults.iter().map(Fault::kind).collect()
    }

    /// What happens behind the client's back, before its request is looked at.
    pub(crate) fn meddle(&self, state: &mut State, now: u64, app_id: Option<&str>) {
        let State { apps, mint, .. } = state;
        let Some(app) = app_id.and_then(|app_id| apps.get_mut(app_id)) else { return };
        for fault in &self.faults {
            match fault.kind {
                FaultKind::TokenRevoked => _ = app.server_token.revoke(now),
                FaultKind::TicketRotated => _ = calls::issue_ticket(app, mint, now),
                _ => {}
            }
        }
    }

    /// The rule by which the request is refused or never reaches the platform, if it is.
    pub(crate) fn prevents(&self) -> Result<(), Rule> {
        let acts = |fault: &Fault| fault.written.acts.unwrap_or(fault.kind.acts());
        for fault in &self.faults {
            match fault.kind {
                FaultKind::IpRefused => return Err(Rule::IpRefused),
                kind if !acts(fault) => return Err(Rule::Fault(kind)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Spoils the answer. Of several faults that replace its content the first counts, and of
    /// those that change its delivery likewise; delays add up.
    pub(crate) fn spoil(&self, response: &mut Response<Vec<u8>>) {
        let mut replaced = false;
        let before = Delivery::of(response).unwrap_or_default();
        let mut delivery = before;
        let mut manner = None;
        for fault in &self.faults {
            replaced = replaced || replace(fault, response);
            manner = manner.or_else(|| manner_of(fault));
            if fault.kind == FaultKind::Delay {
                delivery.delay += Duration::from_millis(fault.written.milliseconds.unwrap_or(1000));
            }
        }
        delivery.manner = manner.unwrap_or(delivery.manner);
        if delivery != before {
            response.extensions_mut().insert(delivery);
        }
    }
}

fn manner_of(fault: &Fault) -> Option<Manner> {
    Some(match fault.kind {
        FaultKind::Silence => Manner::Silence,
        FaultKind::ResetBefore => Manner::ResetBefore,
        FaultKind::ResetDuring => Manner::ResetDuring,
        FaultKind::ResetAfter => Manner::ResetAfter,
        FaultKind::Truncated => Manner::Truncated,
        FaultKind::LengthTooLong => Manner::LengthTooLong,
        FaultKind::LengthTooShort => Manner::LengthTooShort,
        FaultKind::Outage => Manner::Closed,
        FaultKind::Drip => {
            Manner::Drip(Duration::from_millis(fault.written.milliseconds.unwrap_or(20)))
        }
        _ => return None,
    })
}

/// Puts other content in place of the answer's; `false` if this fault does not.
fn replace(fault: &Fault, response: &mut Response<Vec<u8>>) -> bool {
    let written = &fault.written;
    match fault.kind {
        FaultKind::MalformedJson => {
            let half = response.body().len() / 2;
            response.body_mut().truncate(half);
        }
        FaultKind::EmptyBody => response.body_mut().clear(),
        FaultKind::Oversized => pad(response.body_mut(), written.bytes.unwrap_or(1 << 20)),
        FaultKind::ServerError => gateway(response, written.http_status.unwrap_or(502)),
        FaultKind::TooManyRequests => {
            gateway(response, 429);
            let after = HeaderValue::from(written.seconds.unwrap_or(1));
            response.headers_mut().insert(RETRY_AFTER, after);
        }
        FaultKind::Redirect => {
            gateway(response, written.http_status.unwrap_or(302));
            let elsewhere = "https://elsewhere.example.invalid/";
            let location = written.location.as_deref().unwrap_or(elsewhere);
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(LOCATION, location);
            }
        }
        _ => return false,
    }
    true
}

/// A gateway's page in place of the answer; what the platform would have said about dates and
/// rules goes along.
fn gateway(response: &mut Response<Vec<u8>>, status: u16) {
    let page = wire::page(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY));
    let (head, body) = page.into_parts();
    *response.status_mut() = head.status;
    *response.body_mut() = body;
    response.headers_mut().remove(http::header::CONTENT_ENCODING);
    response.headers_mut().extend(head.headers);
}

/// Makes a body longer: by one more key if it is an object, by white space otherwise.
fn pad(body: &mut Vec<u8>, bytes: usize) {
    const KEY: &[u8] = br#","padding":""#;
    if body.last() == Some(&b'}') && bytes > KEY.len() + 1 {
        body.pop();
        body.extend_from_slice(KEY);
        body.resize(body.len() + bytes - KEY.len() - 1, b'x');
        body.extend_from_slice(b"\"}");
    } else {
        body.resize(body.len() + bytes, b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_adds_exactly_what_was_asked_and_stays_json() {
        for bytes in [0, 5, 13, 14, 1000] {
            let mut body = b"{\"a\":1}".to_vec();
            pad(&mut body, bytes);
            assert_eq!(body.len(), 7 + bytes);
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok(), "{bytes}");
        }
    }
}
