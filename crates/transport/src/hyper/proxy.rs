//! Through a proxy, or not: always by CONNECT, so that the proxy never sees a request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::connect::Resolver;
use super::error;
use crate::error::find;
use crate::{TransportError, TransportErrorKind};

/// An HTTP proxy, reached without TLS, that connects by CONNECT.
///
/// ```
/// use yzb_transport::Proxy;
/// let proxy = Proxy::parse("http://user:p%40ss@proxy.example:3128")?;
/// assert_eq!(format!("{proxy:?}"), "Proxy(proxy.example:3128, with a password)");
/// # Ok::<(), yzb_transport::TransportError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    /// As it was given; [`Matcher`] parses it again.
    text: String,
    authority: Authority,
    has_credentials: bool,
}

impl Proxy {
    /// Reads `http://host:port` or `http://user:password@host:port`; `http://` may be left out.
    /// What is not plain in user or password is percent-encoded. Without a port it is 80.
    ///
    /// # Errors
    ///
    /// It is not such a text. The error does not quote it.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        Self::parse_named(text, "the proxy")
    }

    fn parse_named(text: &str, name: &str) -> Result<Self, TransportError> {
        let text = text.trim();
        let refuse = |why: &str| {
            let subject = format!("{name} {why}");
            Err(TransportError::new(TransportErrorKind::Config).with_subject(subject))
        };
        let Ok(uri) = text.parse::<Uri>() else {
            return refuse("is not of the form http://user:password@host:port");
        };
        if uri.scheme().is_some_and(|scheme| *scheme != Scheme::HTTP) {
            return refuse("must be an http:// one; https and socks proxies are not supported");
        }
        let shown = Matcher::builder().all(text.to_owned()).build();
        let intercept = shown.intercept(&Uri::from_static("https://any.example/"));
        let Some(intercept) = intercept else {
            return refuse("is not of the form http://user:password@host:port");
        };
        match intercept.uri().authority() {
            Some(authority) if !authority.host().is_empty() => Ok(Self {
                text: text.to_owned(),
                authority: authority.clone(),
                has_credentials: intercept.basic_auth().is_some(),
            }),
            _ => refuse("has no host"),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.has_credentials { "with a password" } else { "without password" };
        write!(f, "Proxy({}, {credentials})", self.authority)
    }
}

/// Which hosts are reached through which proxy. Its `Debug` hides the passwords.
#[derive(Debug)]
pub(super) struct Route(Matcher);

impl Route {
    pub(super) fn direct() -> Self {
        Self(Matcher::builder().build())
    }

    /// Every host through this proxy.
    pub(super) fn through(proxy: &Proxy) -> Self {
        Self(Matcher::builder().all(proxy.text.clone()).build())
    }

    /// As the environment says, in the way of curl: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, upper case before lower case.
    pub(super) fn from_env(
        mut variable: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, TransportError> {
        // A web server turns a request's header `Proxy:` into HTTP_PROXY for its CGI programs, so
        // that there a stranger could choose the proxy.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let mut proxy = |names: [&str; 2]| -> Result<String, TransportError> {
            for name in names {
                if let Some(text) = variable(name).filter(|text| !text.trim().is_empty()) {
                    return Proxy::parse_named(&text, name).map(|proxy| proxy.text);
                }
            }
            Ok(String::new())
        };
        let https = proxy(["HTTPS_PROXY", "https_proxy"])?;
        let all = proxy(["ALL_PROXY", "all_proxy"])?;
        let http = if is_cgi { String::new() } else { proxy(["HTTP_PROXY", "http_proxy"])? };
        let no = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
        Ok(Self(Matcher::builder().https(https).all(all).http(http).no(no).build()))
    }

    fn proxy_for(&self, target: &Uri) -> Option<Intercept> {
        self.0.intercept(target)
    }
}

/// Opens the TCP connection to one target, directly or through the proxy that its route names.
#[derive(Clone)]
pub(super) enum Dial {
    Direct(HttpConnector<Resolver>),
    Tunnel(Box<Tunnel<HttpConnector<Resolver>>>, Box<str>),
}

type TunnelError = <Tunnel<HttpConnector<Resolver>> as Service<Uri>>::Error;

impl Dial {
    pub(super) fn new(
        tcp: HttpConnector<Resolver>,
        route: &Route,
        target: &Uri,
    ) -> Result<Self, TransportError> {
        let Some(proxy) = route.proxy_for(target) else { return Ok(Self::Direct(tcp)) };
        let host = proxy.uri().host().unwrap_or_default().into();
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        Ok(Self::Tunnel(Box::new(tunnel), host))
    }
}

impl Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        match self {
            Self::Direct(tcp) => {
                let connecting = tcp.call(target);
                Box::pin(async move { connecting.await.map_err(|e| error::of_tcp(&e)) })
            }
            Self::Tunnel(tunnel, proxy) => {
                let (tunneling, proxy) = (tunnel.call(with_port(target)), proxy.clone());
                Box::pin(async move { tunneling.await.map_err(|e| of_tunnel(&e, proxy)) })
            }
        }
    }
}

fn of_tunnel(error: &TunnelError, proxy: Box<str>) -> TransportError {
    let kind = match error {
        TunnelError::ProxyAuthRequired => TransportErrorKind::ProxyAuth,
        _ => TransportErrorKind::Proxy,
    };
    let ours = TransportError::new(kind).with_subject(proxy);
    match find::<TransportError>(error) {
        Some(cause) => ours.with_source(cause.clone()),
        None => ours.with_source(error.to_string()),
    }
}

/// The tunnel takes 443 where no port is given, also for `http`.
fn with_port(target: Uri) -> Uri {
    if target.port().is_some() || target.scheme() != Some(&Scheme::HTTP) {
        return target;
    }
    let authority = target.host().and_then(|host| Authority::try_from(format!("{host}:80")).ok());
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = authority;
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).unwrap_or(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform() -> Uri {
        Uri::from_static("https://oauth.example/OAuth2/token")
    }

    #[test]
    fn a_bad_proxy_is_refused_without_being_quoted() {
        for bad in ["", "http://", "not a proxy", "socks5://u:planted@h:1", "https://u:planted@h"] {
            let error = Proxy::parse(bad).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Config, "{bad}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    fn proxy_in(environment: &[(&str, &str)], target: &Uri) -> Option<String> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let route = Route::from_env(variable).unwrap();
        route.proxy_for(target).map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let http = Uri::from_static("http://127.0.0.1:8080/OAuth2/token");
        let all = ("ALL_PROXY", "http://all:1");
        assert_eq!(proxy_in(&[all], &platform()).as_deref(), Some("http://all:1/"));
        let https = ("https_proxy", "s:2");
        assert_eq!(proxy_in(&[all, https], &platform()).as_deref(), Some("http://s:2/"));
        assert_eq!(proxy_in(&[https], &http), None);
        for no in ["*", ".example", "oauth.example", "a.b, example"] {
            assert_eq!(proxy_in(&[all, ("NO_PROXY", no)], &platform()), None, "{no}");
        }
        assert_eq!(proxy_in(&[], &platform()), None);
    }

    #[test]
    fn a_cgi_header_does_not_choose_the_proxy() {
        let http = Uri::from_static("http://127.0.0.1:8080/OAuth2/token");
        let poisoned = ("HTTP_PROXY", "http://evil:1");
        assert_eq!(proxy_in(&[poisoned], &http).as_deref(), Some("http://evil:1/"));
        assert_eq!(proxy_in(&[poisoned, ("REQUEST_METHOD", "POST")], &http), None);
    }

    #[test]
    fn a_proxy_in_the_environment_that_cannot_be_used_is_named() {
        let variable = |name: &str| (name == "HTTPS_PROXY").then(|| "socks5://u:planted@h".into());
        let error = Route::from_env(variable).err().unwrap();
        assert!(error.to_string().contains("HTTPS_PROXY must be an http:// one"), "{error}");
        assert!(!error.to_string().contains("planted"));
    }
}
