//! The default stack: hyper, rustls, a pool of connections.

mod connect;
mod dial;
mod error;
mod options;
mod proxy;
mod route;
mod tls;

use std::fmt;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use tokio::time::Timeout;
use yzb_proto::Body;

use crate::{SendWithin, Transport, TransportError, TransportErrorKind, defaults, guard};
use connect::Connector;
pub use options::HyperBuilder;
pub use proxy::Proxy;

/// The default transport: HTTP/1.1 with kept-alive connections, TLS by rustls.
///
/// Making one opens nothing, spawns nothing and needs no runtime; sending needs a Tokio runtime
/// with IO and time, on which the connections then live. Clones share the connections.
///
/// | what | default | set by |
/// |---|---|---|
/// | connecting: DNS, TCP, proxy and TLS together | 3 s | [`connect_timeout`](HyperBuilder::connect_timeout) |
/// | the whole exchange, with the answer's body | 10 s | [`total_timeout`](HyperBuilder::total_timeout) |
/// | the answer's body | 64 KiB | [`answer_limit`](HyperBuilder::answer_limit) |
/// | the answer's headers | 64 | |
/// | idle connections are closed after | 20 s | [`idle_timeout`](HyperBuilder::idle_timeout) |
/// | trusted authorities | the platform's | [`ca_file`](HyperBuilder::ca_file), [`ca_pem`](HyperBuilder::ca_pem) |
/// | proxy | none | [`proxy`](HyperBuilder::proxy), [`proxy_from_env`](HyperBuilder::proxy_from_env) |
/// | `http://` beyond loopback | refused | [`allow_plaintext`](HyperBuilder::allow_plaintext) |
///
/// Redirects are not followed, by any setting.
///
/// ```
/// use yzb_transport::{Client, HyperTransport, Origin};
/// let client = Client::new(HyperTransport::new(), Origin::production());
/// ```
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<Connector, Full<Bytes>>,
    total_timeout: Duration,
    answer_limit: usize,
    allow_plaintext: bool,
}

impl HyperTransport {
    /// With the defaults.
    #[must_use]
    pub fn new() -> Self {
        options::default_transport()
    }

    /// To set it up otherwise.
    pub fn builder() -> HyperBuilder {
        HyperBuilder::default()
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Body>, TransportError> {
        let response = self.client.request(request).await.map_err(|error| error::of(&error))?;
        let (head, body) = response.into_parts();
        guard::check_head(&head.headers)?;
        let body = self.collect(body).await?;
        Ok(Response::from_parts(head, body))
    }

    async fn collect(&self, body: Incoming) -> Result<Body, TransportError> {
        let announced = body.size_hint().lower();
        if usize::try_from(announced).is_ok_and(|announced| announced <= self.answer_limit) {
            let whole = Limited::new(body, self.answer_limit).collect().await;
            return match whole {
                Ok(whole) => Ok(Body::from(whole.to_bytes())),
                Err(error) => Err(error::of_body(&*error)),
            };
        }
        Err(TransportErrorKind::TooLarge.into())
    }
}

impl Transport for HyperTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        guard::check_request(&request, self.allow_plaintext)?;
        guard::check_runtime()?;
        let mut request = request.map(|body| Full::new(body.into_bytes()));
        let label = HeaderValue::from_static(defaults::USER_AGENT);
        request.headers_mut().entry(USER_AGENT).or_insert(label);
        let within = SendWithin::of(&request);
        let mut connection = InUse::watch(&mut request);
        // Pinned, because moving it would copy all that it holds.
        let mut exchange = pin!(tokio::time::timeout(self.total_timeout, self.exchange(request)));
        let result = match within {
            Some(within) => connection.begun_within(within, exchange.as_mut()).await,
            None => exchange.await.unwrap_or_else(|_| Err(connection.timed_out())),
        };
        connection.is_clean = result.is_ok();
        result
    }
}

impl Default for HyperTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("total_timeout", &self.total_timeout)
            .field("answer_limit", &self.answer_limit)
            .field("allow_plaintext", &self.allow_plaintext)
            .finish_non_exhaustive()
    }
}

/// What an exchange comes to.
type Outcome = Result<Response<Body>, TransportError>;

/// The connection of one exchange. Unless the exchange ended well, nobody uses it again: bytes of
/// an answer that was given up could be taken for the answer to another request.
struct InUse {
    captured: CaptureConnection,
    is_clean: bool,
}

impl InUse {
    fn watch(request: &mut Request<Full<Bytes>>) -> Self {
        Self { captured: capture_connection(request), is_clean: false }
    }

    /// What the exchange comes to; given up if it has no connection to send on when `limit` is over.
    async fn begun_within(
        &self,
        limit: Duration,
        mut exchange: Pin<&mut Timeout<impl Future<Output = Outcome>>>,
    ) -> Outcome {
        if limit.is_zero() {
            return Err(TransportErrorKind::TooLate.into());
        }
        match tokio::time::timeout(limit, exchange.as_mut()).await {
            Ok(done) => return done.unwrap_or_else(|_| Err(self.timed_out())),
            Err(_) if !self.is_connected() => return Err(TransportErrorKind::TooLate.into()),
            Err(_) => {}
        }
        exchange.await.unwrap_or_else(|_| Err(self.timed_out()))
    }

    /// Before there is a connection, nothing can have been sent.
    fn timed_out(&self) -> TransportError {
        let error = TransportError::new(TransportErrorKind::Timeout);
        if self.is_connected() { error } else { error.surely_unsent() }
    }

    fn is_connected(&self) -> bool {
        self.captured.connection_metadata().is_some()
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if self.is_clean {
            return;
        }
        if let Some(connection) = &*self.captured.connection_metadata() {
            connection.poison();
        }
    }
}
