//! What is looked at before any route: sizes, host, browser, token; and the deadline around all.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use yzb::proto::is_loopback_host;

use crate::auth::{Client, Peer, Presented};
use crate::operation::Access;
use crate::service::Shared;
use crate::{Problem, ProblemKind};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets a request through to its route, or answers it.
pub(crate) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let access = shared.access(request.uri().path());
    let method = named(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let admitted = admit(&shared, &request, access);
    let client = admitted.as_ref().ok().cloned().flatten();
    let mut response = match admitted {
        Err(problem) => refusal(problem, access),
        Ok(_) => {
            let working = tokio::time::timeout(shared.limits.request_time, next.run(request));
            working.await.unwrap_or_else(|_| ProblemKind::DeadlineExceeded.into_response())
        }
    };
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The route and not the path: that has ids, and the query a page's URL.
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let kind = response.extensions().get::<ProblemKind>().map_or("none", |kind| kind.name());
    let status = response.status().as_u16();
    tracing::debug!(client = client.as_deref(), method, route, status, kind, "answered");
    response
}

/// A method of HTTP; any other is a client's own text.
fn named(method: &Method) -> &'static str {
    const KNOWN: &[&str] =
        &["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"];
    KNOWN.iter().find(|known| **known == method.as_str()).copied().unwrap_or("other")
}

/// Who asks, if it may.
fn admit(shared: &Shared, request: &Request, access: Access) -> Result<Client, Problem> {
    let (headers, limits) = (request.headers(), &shared.limits);
    let uri_length = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if uri_length > limits.uri {
        return Err(ProblemKind::UriTooLong.into());
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > limits.headers || bytes > limits.header_bytes {
        return Err(ProblemKind::HeadersTooLarge.into());
    }
    check_host(shared, request.uri(), headers)?;
    check_browser(shared, headers, access)?;
    check_token(shared, request, access)
}

/// A page whose name an attacker points at this machine has the attacker's name in its requests.
/// Where a token is needed such a page has none, so any name will do.
fn check_host(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    if shared.hosts.is_empty() && shared.tokens.any() {
        return Ok(());
    }
    let mut given = headers.get_all(HOST).iter();
    let (Some(host), None) = (given.next(), given.next()) else {
        return Err(ProblemKind::WrongHost.into());
    };
    let guarded = shared.tokens.any();
    let is_ours = |name: &str| {
        let host = without_port(name);
        // Probes call by address, and nobody can point that elsewhere.
        (guarded && is_address(host))
            || is_loopback_host(host)
            || shared.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    };
    // What is no text is nobody's name.
    let by_header = host.to_str().is_ok_and(is_ours);
    let by_target = uri.authority().is_none_or(|authority| is_ours(authority.as_str()));
    if by_header && by_target { Ok(()) } else { Err(ProblemKind::WrongHost.into()) }
}

fn is_address(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    v6.map_or_else(|| host.parse::<Ipv4Addr>().is_ok(), |host| host.parse::<Ipv6Addr>().is_ok())
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // Not the colons of an address in brackets.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Browsers say when a page is behind a request. The status page itself may be linked to.
fn check_browser(shared: &Shared, headers: &HeaderMap, access: Access) -> Result<(), Problem> {
    for origin in headers.get_all(ORIGIN) {
        let listed = |own: &String| own.as_bytes() == origin.as_bytes();
        if !shared.origins.iter().any(listed) {
            return Err(ProblemKind::ForeignOrigin.into());
        }
    }
    let from_page = headers.get_all(SEC_FETCH_SITE).iter().any(|site| {
        let own = ["none", "same-origin"].iter().any(|own| site.as_bytes() == own.as_bytes());
        !own && !headers.contains_key(ORIGIN)
    });
    if from_page && access != Access::Browser {
        return Err(ProblemKind::ForeignOrigin.into());
    }
    Ok(())
}

fn check_token(shared: &Shared, request: &Request, access: Access) -> Result<Client, Problem> {
    if access == Access::Public || !shared.tokens.any() {
        return Ok(None);
    }
    let presented = match (Presented::read(request.headers()), access) {
        (Presented::Bearer(token), _) | (Presented::Password(token), Access::Browser) => token,
        _ => return Err(ProblemKind::Unauthorized.into()),
    };
    let peer = request.extensions().get().copied().unwrap_or(Peer::Unknown);
    let now = shared.clock.now().monotonic;
    let too_many = |wait: std::time::Duration| {
        let seconds = wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
        Problem::new(ProblemKind::TooManyAttempts).again_after(Some(seconds))
    };
    if let Some(wait) = shared.attempts.shut_out(peer, now) {
        return Err(too_many(wait));
    }
    if let Some(client) = shared.tokens.know(presented.expose_secret()) {
        return Ok(client);
    }
    match shared.attempts.wrong(peer, now) {
        None => {
            tracing::warn!(?peer, "a wrong bearer token");
            Err(ProblemKind::Unauthorized.into())
        }
        Some(wait) => Err(too_many(wait)),
    }
}

fn refusal(problem: Problem, access: Access) -> Response {
    let kind = problem.kind();
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    if kind == ProblemKind::Unauthorized {
        let how = match access {
            Access::Browser => "Basic realm=\"yzb: any name, and a token as the password\"",
            _ => "Bearer",
        };
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(how));
    }
    // The body, if there is one, is not read; and whoever guesses needs a connection for each guess.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
