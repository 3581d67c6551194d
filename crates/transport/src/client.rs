//! Calls: an endpoint goes in, its output comes out.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response};
use tracing::Instrument;
use yzb_proto::{Answer, Body, Endpoint, EndpointExt, Origin};

use crate::error::{CallError, CallFailure};
use crate::{EarlierArrivals, SendWithin, Transport, TransportError, trace};

/// Makes calls to the platform at one origin, over one transport.
///
/// ```
/// use yzb_proto::oauth2::server_token::IssueServerToken;
/// use yzb_proto::{AppId, AppSecret, Origin};
/// use yzb_transport::{CallError, Client, Transport};
///
/// async fn print_token_life(transport: impl Transport) -> Result<(), CallError> {
///     let client = Client::new(transport, Origin::production());
///     # let (app_id, secret) = (AppId::new("1").unwrap(), AppSecret::new("s").unwrap());
///     let token = client.call(&IssueServerToken { app_id: &app_id, secret: &secret }).await?;
///     println!("a token, good for {} s", token.expires_in.as_secs());
///     Ok(())
/// }
/// ```
///
/// It neither repeats nor waits: for that, give it a [`Retry`](crate::Retry). Each call is a
/// `tracing` span named `yzb.call` with the path, the host, and in the end the HTTP status and the
/// outcome; there is no app, user or secret in it.
#[derive(Clone)]
pub struct Client<T> {
    transport: T,
    origin: Origin,
}

impl<T> Client<T> {
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

impl<T: Transport> Client<T> {
    /// Makes a call and returns its output.
    ///
    /// # Errors
    ///
    /// The exchange failed, the platform refused, or its answer cannot be read;
    /// [`CallError::retry`] says what to do.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E) -> Result<E::Output, CallError> {
        self.call_for_answer(endpoint).await.map(|answer| answer.output)
    }

    /// Makes a call and returns its output together with the answer's status and with what had to
    /// be forgiven in it ([`Answer::drift`]).
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn call_for_answer<E: Endpoint + Sync>(
        &self,
        endpoint: &E,
    ) -> Result<Answer<E::Output>, CallError> {
        self.exchange(endpoint, prepare(endpoint, &self.origin)).await
    }

    /// As [`call_for_answer`](Self::call_for_answer), for a call that must not be sent late: nothing is
    /// sent later than `limit` after this. See [`SendWithin`] for how well which transport keeps it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call), and [`TransportErrorKind::TooLate`](crate::TransportErrorKind).
    pub async fn call_sent_within<E: Endpoint + Sync>(
        &self,
        endpoint: &E,
        limit: Duration,
    ) -> Result<Answer<E::Output>, CallError> {
        let mut request = prepare(endpoint, &self.origin);
        request.extensions_mut().insert(SendWithin::new(limit));
        self.exchange(endpoint, request).await
    }

    async fn exchange<E: Endpoint + Sync>(
        &self,
        endpoint: &E,
        request: Request<Body>,
    ) -> Result<Answer<E::Output>, CallError> {
        let span = trace::call_span(E::PATH, &self.origin);
        // Pinned, because moving it would copy all that it holds.
        let exchange = pin!(self.transport.send(request));
        // A span that nobody listens to costs nothing; entering it at each poll would.
        let sent = if span.is_disabled() {
            exchange.await
        } else {
            exchange.instrument(span.clone()).await
        };
        trace::record_sent(&span, &sent);
        let outcome = conclude(endpoint, &self.origin, sent);
        trace::record_outcome(&span, &outcome);
        outcome
    }
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// The request, and beside it whether it may be repeated.
pub(crate) fn prepare<E: Endpoint + ?Sized>(endpoint: &E, origin: &Origin) -> Request<Body> {
    let mut request = endpoint.to_request(origin);
    request.extensions_mut().insert(E::REPEAT);
    request
}

/// What came of sending it.
pub(crate) fn conclude<E: Endpoint + ?Sized>(
    endpoint: &E,
    origin: &Origin,
    sent: Result<Response<Body>, TransportError>,
) -> Result<Answer<E::Output>, CallError> {
    match sent {
        Ok(response) => endpoint.read_answer(&response).map_err(|error| {
            let arrivals_before = EarlierArrivals::of(&response);
            CallError::of::<E>(CallFailure::Answer(error), arrivals_before)
        }),
        Err(error) => {
            let error = error.at_host(origin.authority().host());
            Err(CallError::of::<E>(CallFailure::Transport(error), 0))
        }
    }
}
