//! The control API: turning the dials of a running emulator from any language.
//!
//! Under [`PREFIX`], on the emulator's own address. Quirks and faults do not touch it, and its
//! requests are not in the journal.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET state` | | moment, clock, what each app holds (fingerprints), counts, dials, quirks, faults and how often each has struck |
//! | `POST code` | `{"app_id", "open_id"}` | `{"code"}`: an auth code as the page would get it |
//! | `POST revoke` | `{"app_id"}` | `{"revoked"}`: whether there was a server token to take back |
//! | `POST clock` | any of `{"mode": "frozen", "now": 1654569706, "step": -60}` | `{"now", "clock"}` |
//! | `GET quirks`, `PUT quirks` | `{"quirks": ["bom"], "seed": 7}` | the quirks ([`Quirks`](crate::Quirks)) |
//! | `GET faults`, `PUT faults` | `{"seed": 7, "faults": […]}` | the plan ([`FaultPlan`](crate::FaultPlan)) |
//! | `GET dials`, `PUT dials` | `{"previous_server_token": "lives_to_its_end", …}` | the dials ([`Dials`](crate::Dials)) |
//! | `GET allow-list`, `PUT allow-list` | `["203.0.113.7"]` | the list; an empty one lets everybody in |
//! | `GET journal`, `GET journal?after=12` | | `{"entries"}`: requests as received and decided ([`Entry`](crate::Entry)) |
//! | `DELETE journal` | | forgets entries, counts and what was most in flight |
//! | `POST assert` | `{"assertions": […]}`, see below | 200 `{"holds": true, …}`, or 409 and what does not hold |
//! | `POST verify` | `{"app_id", "nonce_str", "timestamp", "url", "signature"}`, the timestamp a number or a text | `{"accepted", "verdict"}` |
//!
//! An assertion counts one thing and bounds it by `at_least`, `at_most` or both; `app_id` restricts
//! it to one app:
//!
//! ```json
//! {"assertions": [
//!   {"in_flight": "server-token", "app_id": "990001", "at_most": 1},
//!   {"requests": "js-ticket", "at_least": 1, "at_most": 2},
//!   {"status": 4102, "at_most": 0}
//! ]}
//! ```
//!
//! `in_flight` is the most requests of a call that were on their way at once, `requests` how many
//! there were for apps that exist, `status` how many answers had it. All count since the start or
//! since the journal was cleared. What could not fail is refused: no assertion at all, an app that
//! is not there, a status that none can have.
//!
//! What is wrong with a request is told by 400 with `{"error"}`; what is not there by 404, a method
//! that does not fit by 405.
//!
//! # Who may use it
//!
//! It hands out auth codes, so a web page must not reach it through somebody's browser. A request
//! is refused by 403 unless it has the header [`HEADER`] (any value), which a page cannot send to
//! another origin without being allowed to, and nothing here allows it; or if it has an `Origin` or
//! a `Sec-Fetch-Site`, as a browser's has; or if its `Host` is a name other than `localhost`, which
//! is how a page pretends to be of the same origin. Against programs it guards nothing: listen on
//! loopback.

mod assertions;
mod routes;

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::emulator::Shared;

/// What the path of every control request begins with.
pub const PREFIX: &str = "/__control/";

/// The header that every control request must have.
pub const HEADER: &str = "x-yzb-control";

/// Why a request was not answered as it wished.
struct Refusal {
    status: StatusCode,
    error: String,
}

/// Answers a control request, or `None` if it is none.
pub(crate) fn answer<B: AsRef<[u8]>>(
    shared: &Shared,
    request: &Request<B>,
) -> Option<Response<Vec<u8>>> {
    let rest = request.uri().path().strip_prefix(PREFIX)?;
    let decided = admit(request.headers()).and_then(|()| routes::decide(shared, rest, request));
    let (status, value) =
        decided.unwrap_or_else(|refusal| (refusal.status, json!({ "error": refusal.error })));
    let mut body = value.to_string().into_bytes();
    body.push(b'\n');
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Some(response)
}

/// Keeps out what a browser sends on behalf of a page.
fn admit(headers: &HeaderMap) -> Result<(), Refusal> {
    let forbidden = |error: &str| Err(Refusal::new(StatusCode::FORBIDDEN, error));
    if !headers.contains_key(HEADER) {
        return forbidden("the header x-yzb-control is missing; any value will do");
    }
    if headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site") {
        return forbidden("this is not for browsers: Origin and Sec-Fetch-Site are refused");
    }
    let host = headers.get(HOST).map(HeaderValue::to_str);
    match host {
        Some(Ok(host)) if !is_address(host) => {
            forbidden("the host must be an IP address or localhost")
        }
        Some(Err(_)) => forbidden("the host must be an IP address or localhost"),
        _ => Ok(()),
    }
}

/// `127.0.0.1:80`, `[::1]`, `localhost:80`, but no other name.
fn is_address(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => host.split(':').next().unwrap_or(host),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }
}

/// What a route gives.
type Answered = Result<(StatusCode, Value), Refusal>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_addresses_or_localhost() {
        for host in ["127.0.0.1", "127.0.0.1:8080", "[::1]:80", "[::1]", "localhost:1", "LOCALHOST"]
        {
            assert!(is_address(host), "{host}");
        }
        for host in
            ["evil.example", "evil.example:80", "localhost.evil.example", "", "127.0.0.1.nip.io"]
        {
            assert!(!is_address(host), "{host}");
        }
    }
}
