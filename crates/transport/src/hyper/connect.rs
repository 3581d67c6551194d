//! From a URI to a connection: name, TCP, proxy, TLS, all within one deadline.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::dial::Dial;
use super::error;
use super::route::Route;
use super::tls::Tls;
use crate::{TransportError, TransportErrorKind};

/// Connects. Its errors are ours already, and all of them come before the request is sent.
///
/// hyper clones it for each request, also where no connection is needed.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Parts>);

struct Parts {
    tcp: HttpConnector<Resolver>,
    route: Route,
    tls: Tls,
    timeout: Duration,
}

pub(super) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting = Pin<Box<dyn Future<Output = Result<Stream, TransportError>> + Send>>;

impl Connector {
    pub(super) fn new(route: Route, tls: Tls, timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Shared among a host's addresses, so that a silent first one leaves time for the second.
        tcp.set_connect_timeout(Some(timeout));
        Self(Arc::new(Parts { tcp, route, tls, timeout }))
    }
}

impl Parts {
    async fn connect(&self, target: Uri) -> Result<Stream, TransportError> {
        let mut dial = Dial::new(self.tcp.clone(), &self.route, &target)?;
        if target.scheme() != Some(&Scheme::HTTPS) {
            return dial.call(target).await.map(MaybeHttpsStream::Http);
        }
        let mut https = HttpsConnector::from((dial, self.tls.config()?));
        https.call(target).await.map_err(|failure| error::of_handshake(&*failure))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = TransportError;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Connecting {
        let parts = Arc::clone(&self.0);
        let host: Box<str> = target.host().unwrap_or_default().into();
        Box::pin(async move {
            let connecting = parts.connect(target);
            let connected = match tokio::time::timeout(parts.timeout, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(TransportErrorKind::ConnectTimeout.into()),
            };
            connected.map_err(|error| error.at_host(&host).surely_unsent())
        })
    }
}

/// The system's resolver, whose errors can be told from those of TCP.
#[derive(Clone)]
pub(super) struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, TransportError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.0.poll_ready(cx).map_err(unresolved)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.0.call(name);
        Box::pin(async move { resolving.await.map_err(unresolved) })
    }
}

fn unresolved(error: std::io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Dns).with_source(error)
}
