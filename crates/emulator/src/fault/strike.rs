//! The faults that strike one request, and what they do to it.

use std::time::Duration;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use super::written::LONGEST;
use super::{Fault, FaultKind};
use crate::calls;
use crate::delivery::{Delivery, Manner};
use crate::rule::Rule;
use crate::state::State;
use crate::wire;

/// So many bytes are with a client who does not read when the connection is reset; of more the
/// rest would be thrown away, and the reset would come before the last byte.
const SURE: usize = 32 * 1024;

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
        let State { apps, mint, dials, .. } = state;
        let Some(app) = app_id.and_then(|app_id| apps.get_mut(app_id)) else { return };
        for fault in &self.faults {
            match fault.kind {
                FaultKind::TokenRevoked => _ = app.server_token.revoke(now),
                FaultKind::TicketRotated => {
                    drop(calls::issue_ticket(app, mint, now, dials.twice_replaced_ticket));
                }
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
    /// those that change its delivery likewise; delays add up. `false` if a gateway's page took the
    /// platform's place.
    pub(crate) fn spoil(&self, response: &mut Response<Vec<u8>>) -> bool {
        let mut replaced = None;
        let before = Delivery::of(response).unwrap_or_default();
        let mut delivery = before;
        let mut manner = None;
        let most = if self.resets_after() { SURE } else { usize::MAX };
        for fault in &self.faults {
            replaced = replaced.or_else(|| replace(fault, response, most).then_some(fault.kind));
            manner = manner.or_else(|| manner_of(fault));
            if fault.kind == FaultKind::Delay {
                delivery.delay = delivery.delay.saturating_add(pause(fault, 1000));
            }
        }
        delivery.manner = manner.unwrap_or(delivery.manner);
        if delivery != before {
            response.extensions_mut().insert(delivery);
        }
        !replaced.is_some_and(is_a_gateways)
    }
}

impl Strike {
    fn resets_after(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind == FaultKind::ResetAfter)
    }
}

/// How long, where a plan may say so.
fn pause(fault: &Fault, otherwise: u64) -> Duration {
    Duration::from_millis(fault.written.milliseconds.unwrap_or(otherwise).min(LONGEST))
}

fn is_a_gateways(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::ServerError | FaultKind::TooManyRequests | FaultKind::Redirect)
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
        FaultKind::Drip => Manner::Drip(pause(fault, 20)),
        _ => return None,
    })
}

/// Puts other content in place of the answer's; `false` if this fault does not.
fn replace(fault: &Fault, response: &mut Response<Vec<u8>>, most: usize) -> bool {
    let written = &fault.written;
    match fault.kind {
        FaultKind::MalformedJson => {
            let half = response.body().len() / 2;
            response.body_mut().truncate(half);
        }
        FaultKind::EmptyBody => response.body_mut().clear(),
        FaultKind::Oversized => {
            pad(response.body_mut(), written.bytes.unwrap_or(1 << 20).min(most));
        }
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
    response.headers_mut().extend(head.headers);
}

/// Makes a body longer: by one more key if it is an object, by white space otherwise.
fn pad(body: &mut Vec<u8>, bytes: usize) {
    const KEY: &[u8] = br#","padding":""#;
    let end = body.iter().rposition(|byte| !byte.is_ascii_whitespace());
    let end = end.filter(|&end| body[end] == b'}' && bytes > KEY.len() + 1);
    if let Some(end) = end {
        let rest = body.split_off(end);
        body.extend_from_slice(KEY);
        body.resize(body.len() + bytes - KEY.len() - 1, b'x');
        body.push(b'"');
        body.extend_from_slice(&rest);
    } else {
        body.resize(body.len() + bytes, b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivered(faults: &[Fault]) -> Option<Delivery> {
        let mut strike = Strike::default();
        faults.iter().for_each(|fault| strike.add(fault));
        let mut response = Response::new(Vec::new());
        strike.spoil(&mut response);
        Delivery::of(&response)
    }

    #[test]
    fn delays_add_up_have_a_default_and_a_bound_and_the_first_manner_counts() {
        let delay = || Fault::new(FaultKind::Delay);
        let faults = [
            delay(),
            Fault::new(FaultKind::Silence),
            delay().milliseconds(5),
            Fault::new(FaultKind::Drip),
        ];
        let expected = Delivery { delay: Duration::from_millis(1005), manner: Manner::Silence };
        assert_eq!(delivered(&faults), Some(expected));
        let endless = vec![delay().milliseconds(u64::MAX); 1000];
        assert_eq!(delivered(&endless).unwrap().delay, Duration::from_secs(3_600_000));
        assert_eq!(delivered(&[Fault::new(FaultKind::EmptyBody)]), None);
    }

    #[test]
    fn of_two_that_replace_the_content_the_first_does() {
        let mut strike = Strike::default();
        strike.add(&Fault::new(FaultKind::EmptyBody));
        strike.add(&Fault::new(FaultKind::ServerError));
        let mut response = Response::new(b"{}".to_vec());
        assert!(strike.spoil(&mut response), "it is still the platform's");
        assert_eq!((response.status().as_u16(), response.body().len()), (200, 0));
    }

    #[test]
    fn padding_adds_exactly_what_was_asked_and_stays_json() {
        for bytes in [0, 5, 13, 14, 1000] {
            let mut body = b"{\"a\":1}\r\n".to_vec();
            pad(&mut body, bytes);
            assert_eq!(body.len(), 9 + bytes);
            assert_eq!(body.ends_with(b"x\"}\r\n"), bytes > 13, "{bytes}");
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok(), "{bytes}");
        }
    }
}
