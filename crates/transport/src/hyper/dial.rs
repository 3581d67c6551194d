//! The TCP connection to a host, directly or through a proxy's tunnel.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::connect::Resolver;
use super::error;
use super::route::Route;
use crate::error::find;
use crate::{TransportError, TransportErrorKind};

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
        let Some(proxy) = route.proxy_for(target)? else { return Ok(Self::Direct(tcp)) };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
        if let Some(credentials) = proxy.authorization() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        Ok(Self::Tunnel(Box::new(tunnel), proxy.host().into()))
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

fn of_tunnel(failure: &TunnelError, proxy: Box<str>) -> TransportError {
    let kind = match failure {
        TunnelError::ProxyAuthRequired => TransportErrorKind::ProxyAuth,
        _ => TransportErrorKind::Proxy,
    };
    let ours = TransportError::new(kind).with_subject(proxy);
    match failure {
        // What kept it from the proxy, in the system's words: the remedy is for the proxy's address
        // and not for the origin's.
        TunnelError::ConnectFailed(cause) => ours.with_cause_of(&error::of_tcp(&**cause)),
        _ => match find::<std::io::Error>(failure) {
            Some(io) => ours.with_source(error::copy(io)),
            None => ours.with_source(failure.to_string()),
        },
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

    #[test]
    fn http_without_a_port_goes_to_80_through_a_tunnel_too() {
        let port = |uri| with_port(Uri::from_static(uri)).port_u16();
        assert_eq!(port("http://h.example/x"), Some(80));
        assert_eq!(port("http://[::1]/x"), Some(80));
        assert_eq!(port("http://h.example:8080/x"), Some(8080));
        assert_eq!(port("https://h.example/x"), None);
    }
}
