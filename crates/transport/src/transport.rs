//! The one trait: a request goes in, an answer or an error comes out.

use std::sync::Arc;

use http::{Request, Response};
use yzb_proto::Body;

use crate::TransportError;

/// Something that carries a request to the platform and its answer back.
///
/// An implementation is a plain `async fn`:
///
/// ```
/// use http::{Request, Response};
/// use yzb_transport::{Body, Transport, TransportError};
///
/// struct Offline;
///
/// impl Transport for Offline {
///     async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
///         Ok(Response::new(Body::from(r#"{"status":4000,"message":"offline","data":[]}"#)))
///     }
/// }
/// ```
///
/// It keeps these rules:
///
/// - The request is sent at most once. Repeating is for [`Retry`](crate::Retry), which knows what
///   may be repeated.
/// - Any HTTP status is `Ok`. Only an exchange that failed is `Err`, and the error says whether
///   the request may have been sent.
/// - No redirect is followed: the secret in the body must not go elsewhere. A redirect is an `Ok`.
/// - The body of the answer has a limit, and the whole exchange a deadline.
/// - A request with a [`SendWithin`](crate::SendWithin) among its extensions is not sent later.
/// - Dropping the future ends the exchange; its connection is not used for another.
/// - Nothing of the request's body is logged.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot send requests",
    note = "implement `Transport`, or wrap a closure in `yzb_transport::transport_fn`"
)]
pub trait Transport: Send + Sync {
    /// Sends the request, whose URI is absolute, and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// The exchange failed. An answer under an HTTP error status is not an error.
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Send;
}

impl<T: Transport + ?Sized> Transport for &T {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request).await
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request).await
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (**self).send(request).await
    }
}

/// Makes a transport of a closure.
///
/// ```
/// use http::Response;
/// use yzb_transport::{Body, transport_fn};
/// let offline = transport_fn(|_request| async {
///     Ok(Response::new(Body::from(r#"{"status":4000,"message":"offline","data":[]}"#)))
/// });
/// # fn check(_: impl yzb_transport::Transport) {}
/// # check(offline);
/// ```
pub const fn transport_fn<F, A>(send: F) -> TransportFn<F>
where
    F: Fn(Request<Body>) -> A + Send + Sync,
    A: Future<Output = Result<Response<Body>, TransportError>> + Send,
{
    TransportFn(send)
}

/// A closure that is a transport; made by [`transport_fn`].
#[derive(Clone, Copy)]
pub struct TransportFn<F>(F);

impl<F, A> Transport for TransportFn<F>
where
    F: Fn(Request<Body>) -> A + Send + Sync,
    A: Future<Output = Result<Response<Body>, TransportError>> + Send,
{
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        (self.0)(request).await
    }
}

/// Names the type and nothing that the closure holds.
impl<F> std::fmt::Debug for TransportFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TransportFn(…)")
    }
}
