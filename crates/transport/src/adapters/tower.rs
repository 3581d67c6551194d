//! Over any tower service.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_service::Service;
use yzb_proto::Body;

use crate::error::find;
use crate::{Transport, TransportError, TransportErrorKind, guard};

/// A transport over any `tower::Service<http::Request<B>>` whose answers are HTTP responses.
///
/// `B` is whatever body the service takes, as long as it can be made of [`Bytes`]: [`Body`] itself,
/// `http_body_util::Full<Bytes>`, `axum::body::Body`, … Each request is sent by a clone of the
/// service, and only once `poll_ready` says that it may be.
///
/// The answer's body has a limit of 64 KiB. Everything else is the service's: it must not follow
/// redirects or log bodies, and **it needs a deadline of its own**, such as `tower::timeout`'s. An
/// error of the service's that is a [`TransportError`] stays what it is; any other becomes
/// [`TransportErrorKind::Other`], and the request counts as perhaps sent, as it does after every
/// error of the answer's body.
pub struct TowerTransport<S, B = Body> {
    service: S,
    answer_limit: usize,
    allow_plaintext: bool,
    body: PhantomData<fn() -> B>,
}

impl<S, B> TowerTransport<S, B> {
    /// Sends by this service.
    pub const fn new(service: S) -> Self {
        Self {
            service,
            answer_limit: guard::ANSWER_LIMIT,
            allow_plaintext: false,
            body: PhantomData,
        }
    }

    /// How many bytes the body of an answer may have, in place of 65536.
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// Allows `http://` to hosts that are not this machine: everything sent there, the app's
    /// secret first, can be read on the way.
    #[must_use]
    pub fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }
}

impl<S, B, A> Transport for TowerTransport<S, B>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + Sync,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send,
    B: From<Bytes> + Send,
    A: http_body::Body + Send,
    A::Data: Send,
    A::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        guard::check_request(&request, self.allow_plaintext)?;
        let request = request.map(|body| B::from(body.into_bytes()));
        let mut service = self.service.clone();
        poll_fn(|cx| service.poll_ready(cx))
            .await
            .map_err(|error| of(error.into()).surely_unsent())?;
        let response = service.call(request).await.map_err(|error| of(error.into()))?;
        let (head, body) = response.into_parts();
        guard::check_head(&head.headers)?;
        let body = Limited::new(body, self.answer_limit).collect().await;
        // Whatever it says of itself: there was a head, so the request had arrived.
        let body = body.map_err(|error| of(error).perhaps_sent())?;
        Ok(Response::from_parts(head, Body::from(body.to_bytes())))
    }
}

impl<S: Clone, B> Clone for TowerTransport<S, B> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), body: PhantomData, ..*self }
    }
}

/// Names the type and nothing that the service holds.
impl<S, B> fmt::Debug for TowerTransport<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerTransport")
            .field("answer_limit", &self.answer_limit)
            .finish_non_exhaustive()
    }
}

fn of(error: Box<dyn std::error::Error + Send + Sync>) -> TransportError {
    if let Some(ours) = find::<TransportError>(&*error) {
        return ours.clone();
    }
    if error.is::<LengthLimitError>() {
        return TransportErrorKind::TooLarge.into();
    }
    TransportError::new(TransportErrorKind::Other).with_source(error)
}
