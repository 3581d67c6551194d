//! The same for people without a runtime.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use yzb_proto::{Answer, Body, Endpoint, Origin};

use crate::client::{conclude, prepare};
use crate::error::CallError;
use crate::{TransportError, trace};

/// [`Transport`](crate::Transport) without async: the rules are the same, and the thread waits.
pub trait BlockingTransport: Send + Sync {
    /// Sends the request, whose URI is absolute, and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// The exchange failed. An answer under an HTTP error status is not an error.
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError>;
}

impl<T: BlockingTransport + ?Sized> BlockingTransport for Arc<T> {
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request)
    }
}

impl<T: BlockingTransport + ?Sized> BlockingTransport for Box<T> {
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request)
    }
}

impl<T: BlockingTransport + ?Sized> BlockingTransport for &T {
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request)
    }
}

/// Makes a blocking transport of a closure.
pub const fn blocking_transport_fn<F>(send: F) -> BlockingTransportFn<F>
where
    F: Fn(Request<Body>) -> Result<Response<Body>, TransportError> + Send + Sync,
{
    BlockingTransportFn(send)
}

/// A closure that is a blocking transport; made by [`blocking_transport_fn`].
#[derive(Clone, Copy)]
pub struct BlockingTransportFn<F>(F);

impl<F> BlockingTransport for BlockingTransportFn<F>
where
    F: Fn(Request<Body>) -> Result<Response<Body>, TransportError> + Send + Sync,
{
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (self.0)(request)
    }
}

/// Names the type and nothing that the closure holds.
impl<F> fmt::Debug for BlockingTransportFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingTransportFn(…)")
    }
}

/// [`Client`](crate::Client) without async.
///
/// ```
/// use http::Response;
/// use yzb_proto::oauth2::server_token::IssueServerToken;
/// use yzb_proto::{AppId, AppSecret, Body, Origin};
/// use yzb_transport::{BlockingClient, blocking_transport_fn};
///
/// let offline = blocking_transport_fn(|_request| {
///     Ok(Response::new(Body::from(r#"{"status":4000,"message":"offline","data":[]}"#)))
/// });
/// let client = BlockingClient::new(offline, Origin::production());
/// let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
/// let error = client.call(&IssueServerToken { app_id: &app_id, secret: &secret }).unwrap_err();
/// assert!(error.to_string().contains("offline"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BlockingClient<T> {
    transport: T,
    origin: Origin,
}

impl<T> BlockingClient<T> {
    /// A client for the platform at `origin`. It opens nothing yet.
    pub const fn new(transport: T, origin: Origin) -> Self {
        Self { transport, origin }
    }

    /// What it sends over.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Where it sends to.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl<T: BlockingTransport> BlockingClient<T> {
    /// Makes a call and returns its output.
    ///
    /// # Errors
    ///
    /// The exchange failed, the platform refused, or its answer cannot be read;
    /// [`CallError::retry`] says what to do.
    pub fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output, CallError> {
        self.call_for_answer(endpoint).map(|answer| answer.output)
    }

    /// Makes a call and returns its output together with the answer's status and with what had to
    /// be forgiven in it ([`Answer::drift`]).
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_for_answer<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Answer<E::Output>, CallError> {
        let request = prepare(endpoint, &self.origin);
        let span = trace::call_span(E::PATH, &self.origin);
        let sent = span.in_scope(|| self.transport.send(request));
        trace::record_sent(&span, &sent);
        let outcome = conclude(endpoint, &self.origin, sent);
        trace::record_outcome(&span, &outcome);
        outcome
    }
}

impl<T> fmt::Debug for BlockingClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingClient").field("origin", &self.origin).finish_non_exhaustive()
    }
}
