//! A transport whose type is not known: for fields, lists, and tests that swap it.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use yzb_proto::Body;

use crate::{Transport, TransportError};

/// Any transport, behind a pointer. Cloning shares it.
///
/// [`Transport`] itself cannot be `dyn`, because its future has no size that is known beforehand;
/// here the future is boxed, at the price of one allocation a request.
///
/// ```
/// use yzb_transport::{Body, Client, Origin, SharedTransport, transport_fn};
/// let offline = transport_fn(|_| async { Ok(http::Response::new(Body::from("{}"))) });
/// let client: Client<SharedTransport> =
///     Client::new(SharedTransport::new(offline), Origin::production());
/// ```
#[derive(Clone)]
pub struct SharedTransport(Arc<dyn Erased>);

impl SharedTransport {
    /// Puts a transport behind a pointer.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self(Arc::new(transport))
    }
}

impl Transport for SharedTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.0.erased_send(request).await
    }
}

impl fmt::Debug for SharedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedTransport(…)")
    }
}

/// The twin of [`Transport`] that can be `dyn`.
#[async_trait::async_trait]
trait Erased: Send + Sync {
    async fn erased_send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError>;
}

#[async_trait::async_trait]
impl<T: Transport> Erased for T {
    async fn erased_send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.send(request).await
    }
}
