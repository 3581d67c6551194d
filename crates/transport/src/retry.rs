//! Repeating what may be repeated.

mod decide;

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use yzb_proto::{Body, Repeat};

use crate::defaults;
use crate::timer::{ErasedTimer, Timer};
use crate::{EarlierArrivals, SendWithin, Transport, TransportError, TransportErrorKind};
use decide::{History, Limits, Outcome, decide};

/// A transport that sends again over another one, as far as each call allows.
///
/// | the call says | it is sent again after |
/// |---|---|
/// | [`Repeat::Freely`] | a failed exchange; HTTP 429, 500, 502, 503 or 504 without an envelope |
/// | [`Repeat::OnceMore`] | the same, but at most one request that may have arrived is repeated |
/// | [`Repeat::OnlyIfUnsent`], or nothing | a failed exchange in which surely nothing was sent |
///
/// [`Client`](crate::Client) puts what the call says into the request's extensions. A failure that
/// repeating cannot heal (TLS, a proxy's password, a setting) is returned at once, and so is every
/// answer with the platform's envelope, whatever its HTTP status.
///
/// By default there are at most 3 attempts within 25 s in all. Between them it waits a random time
/// up to 500 ms, then up to 1 s, doubling up to 4 s; and never less than `Retry-After` asks for. If
/// that is more than 10 s or than what remains, the answer is returned instead. No attempt begins
/// after the request's [`SendWithin`] is over.
///
/// What an earlier attempt may have done is not forgotten: if one may have arrived, the error that
/// is returned says so, whatever the last attempt failed by, and an answer has [`EarlierArrivals`]
/// among its extensions.
///
/// ```
/// use yzb_transport::{Client, HyperTransport, Origin, Retry};
/// let client = Client::new(Retry::new(HyperTransport::new()), Origin::production());
/// ```
#[derive(Clone)]
pub struct Retry<T> {
    inner: T,
    limits: Limits,
    timer: Arc<dyn ErasedTimer>,
    random: Arc<dyn Fn() -> f64 + Send + Sync>,
}

#[cfg(feature = "tokio")]
impl<T> Retry<T> {
    /// Sends over `inner`, with Tokio's time and a randomness of its own.
    pub fn new(inner: T) -> Self {
        Self::with_timer(inner, crate::TokioTimer::new(), fastrand::f64)
    }
}

impl<T> Retry<T> {
    /// Sends over `inner`, with this time, and with `random` returning a number from 0 to 1 each
    /// time, by which pauses are spread.
    pub fn with_timer(
        inner: T,
        timer: impl Timer + 'static,
        random: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        let (timer, random) = (Arc::new(timer), Arc::new(random));
        Self { inner, limits: Limits::default(), timer, random }
    }

    /// How often a request is sent at most, the first time included. Zero counts as one.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.limits.attempts = most.max(1);
        self
    }

    /// How long all attempts and pauses may take together, up to a year. An attempt that would go
    /// on longer is cut. Zero, in which nothing could be sent, leaves the 25 s.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.limits.total = defaults::within_reason(limit, Limits::default().total);
        self
    }

    /// The longest first pause, and the longest of all to which it doubles. Where the second is
    /// shorter, it is the limit of both.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        (self.limits.first_pause, self.limits.longest_pause) = (first, longest);
        self
    }

    /// The longest `Retry-After` that is waited for; an answer that asks for more is returned.
    #[must_use]
    pub fn retry_after_limit(mut self, limit: Duration) -> Self {
        self.limits.retry_after = limit;
        self
    }

    /// What it sends over.
    pub const fn inner(&self) -> &T {
        &self.inner
    }
}

impl<T: Transport> Transport for Retry<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let start = self.timer.now();
        let repeat = request.extensions().get::<Repeat>().copied().unwrap_or(Repeat::OnlyIfUnsent);
        let within = SendWithin::of(&request);
        let mut history = History::default();
        loop {
            let mut request = request.clone();
            if let Some(within) = within {
                let left = within.saturating_sub(history.elapsed);
                request.extensions_mut().insert(SendWithin::new(left));
            }
            let remaining = self.limits.total.saturating_sub(history.elapsed);
            let arrivals_before = history.arrivals;
            let result = self.attempt(request, remaining).await;
            history.elapsed = self.timer.now().saturating_sub(start);
            let outcome = Outcome::of(&result);
            let pause = decide(&self.limits, repeat, &mut history, outcome, &*self.random);
            let in_time =
                |pause: &Duration| within.is_none_or(|within| history.elapsed + *pause < within);
            let Some(pause) = pause.filter(in_time) else {
                return remembering(arrivals_before, result);
            };
            announce(&history, pause, &result);
            self.timer.sleep(pause).await;
            history.elapsed = self.timer.now().saturating_sub(start);
        }
    }
}

impl<T> Retry<T> {
    /// One attempt, cut when the time for all of them is over.
    async fn attempt(
        &self,
        request: Request<Body>,
        remaining: Duration,
    ) -> Result<Response<Body>, TransportError>
    where
        T: Transport,
    {
        let mut sending = pin!(self.inner.send(request));
        let mut cutting = self.timer.sleep(remaining);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(result) = sending.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            Pin::new(&mut cutting).poll(cx).map(|()| Err(TransportErrorKind::Timeout.into()))
        })
        .await
    }
}

impl<T: fmt::Debug> fmt::Debug for Retry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("inner", &self.inner)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The last outcome, with what is known of the attempts before it.
fn remembering(
    arrivals_before: u32,
    last: Result<Response<Body>, TransportError>,
) -> Result<Response<Body>, TransportError> {
    if arrivals_before == 0 {
        return last;
    }
    match last {
        Ok(mut answer) => {
            answer.extensions_mut().insert(EarlierArrivals::new(arrivals_before));
            Ok(answer)
        }
        Err(error) => Err(error.perhaps_sent()),
    }
}

fn announce(history: &History, pause: Duration, result: &Result<Response<Body>, TransportError>) {
    let (attempt, pause_ms) = (history.attempts, pause.as_millis());
    match result {
        Ok(response) => {
            let http_status = response.status().as_u16();
            tracing::info!(attempt, http_status, pause_ms, "the request will be repeated");
        }
        Err(error) => {
            let kind = error.kind().name();
            tracing::info!(attempt, kind, %error, pause_ms, "the request will be repeated");
        }
    }
}
