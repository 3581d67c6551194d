//! The way to the platform, and its answer.

use std::time::{Duration, UNIX_EPOCH};

use http::header::DATE;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use yzb::proto::oauth2::check_code::CheckCode;
use yzb::proto::{EndpointExt as _, Error};
use yzb::{
    CheckedCode, Clock as _, HyperTransport, JsTicket, SystemClock, Transport, TransportError,
};

use super::finding::Finding;
use crate::config::{Loaded, Route};
use crate::environment::Environment;
use crate::setup;

/// The largest difference of two clocks that does no harm.
const TOLERANCE: u64 = 60;

/// How long a name may take to resolve.
const DNS_LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn examine(
    loaded: &Loaded,
    environment: &Environment,
    http: Result<&HyperTransport, &TransportError>,
    findings: &mut Vec<Finding>,
) {
    let http = match http {
        Ok(http) => http,
        Err(error) => {
            findings.push(Finding::bad("platform", error.to_string()).remedy(remedy(error)));
            return;
        }
    };
    match next_hop(loaded, environment) {
        Some((check, address)) => {
            if !reach(loaded, check, &address, findings).await {
                return;
            }
        }
        None => findings.push(Finding::skipped(
            "route",
            "perhaps through a proxy that the environment names: see the answer below",
        )),
    }
    answer(loaded, http, findings).await;
}

/// Whom we connect to ourselves: the proxy if there is one, else the platform.
fn next_hop(loaded: &Loaded, environment: &Environment) -> Option<(&'static str, String)> {
    if let Some(proxy) = setup::proxy_host(loaded) {
        return Some(("proxy", proxy));
    }
    let names =
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let is_named = |name: &&str| environment.text(name).is_some_and(|value| !value.is_empty());
    if matches!(loaded.config.platform.route, Route::Environment) && names.iter().any(is_named) {
        return None;
    }
    let origin = &loaded.config.platform.origin;
    let authority = origin.authority();
    let port = if origin.scheme() == &http::uri::Scheme::HTTPS { 443 } else { 80 };
    let port = authority.port_u16().unwrap_or(port);
    Some(("platform", format!("{}:{port}", authority.host())))
}

/// DNS and TCP; whether it got there.
async fn reach(
    loaded: &Loaded,
    check: &'static str,
    address: &str,
    findings: &mut Vec<Finding>,
) -> bool {
    let found = timeout(DNS_LIMIT, lookup_host(address)).await;
    let Ok(Ok(found)) = found else {
        let finding = Finding::bad("dns", format!("the {check} {address} has no address"));
        findings.push(finding.remedy("check its spelling, and the name servers of this machine"));
        return false;
    };
    let found: Vec<_> = found.collect();
    findings.push(Finding::good(
        "dns",
        format!("the {check} {address} has addresses: {}", found.len()),
    ));
    let limit = loaded.config.platform.connect_timeout;
    match timeout(limit, TcpStream::connect(found.as_slice())).await {
        Ok(Ok(_)) => {
            findings.push(Finding::good("tcp", format!("the {check} takes connections")));
            true
        }
        Ok(Err(error)) => {
            let finding =
                Finding::bad("tcp", format!("the {check} cannot be reached ({})", error.kind()));
            findings.push(finding.remedy("check its address and port, and whether it runs"));
            false
        }
        Err(_) => {
            let finding = Finding::bad("tcp", format!("the {check} is silent for {limit:?}"));
            findings.push(finding.remedy("a firewall in between is the usual reason"));
            false
        }
    }
}

/// Asks about a ticket that cannot be one: the only call that changes nothing and needs no code.
async fn answer(loaded: &Loaded, http: &HyperTransport, findings: &mut Vec<Finding>) {
    let (Some(app), Ok(ticket)) = (loaded.config.apps.first(), JsTicket::new("yzb-doctor")) else {
        return;
    };
    let call = CheckCode { app_id: &app.id, code: CheckedCode::JsTicket(&ticket) };
    let origin = &loaded.config.platform.origin;
    let response = match http.send(call.to_request(origin)).await {
        Ok(response) => response,
        Err(error) => {
            let found = format!("no answer ({}): {error}", error.kind().name());
            findings.push(Finding::bad("platform", found).remedy(remedy(&error)));
            return;
        }
    };
    findings.push(match call.read_answer(&response) {
        Ok(_) => Finding::good("platform", format!("answers at {origin}")),
        Err(Error::Rejected(rejection)) => Finding::warning("platform", rejection.to_string())
            .remedy("if it speaks of an address, have this machine's, or the proxy's, put on the allow-list"),
        Err(error) => Finding::bad("platform", format!("something else answers: {error}"))
            .remedy("check the `oauth_api` URLs, and what stands in between"),
    });
    findings.push(clock(response.headers().get(DATE).and_then(|date| date.to_str().ok())));
}

fn clock(date: Option<&str>) -> Finding {
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Finding::skipped("clock", "the answer has no date to compare with");
    };
    let theirs = date.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let ours = SystemClock::new().now().wall.as_secs();
    differs("clock", "the platform's", ours, theirs)
}

/// What a difference of two clocks comes to.
pub(super) fn differs(check: &'static str, whose: &str, ours: u64, theirs: u64) -> Finding {
    let difference = ours.abs_diff(theirs);
    let found = format!("differs from {whose} by {difference} s");
    if difference > TOLERANCE {
        return Finding::bad(check, found).remedy("let both be set by NTP");
    }
    Finding::good(check, found)
}

fn remedy(error: &TransportError) -> &'static str {
    error.kind().retry().advice()
}
