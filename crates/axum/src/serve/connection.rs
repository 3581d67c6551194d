//! One connection, from its accept to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tower_service::Service as _;

use super::listener::Stream;
use super::table::Seat;
use crate::Peer;

/// More than the guard lets through, which answers in more words than hyper does.
const MOST_HEADERS: usize = 256;

/// The most bytes of a head.
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// So long a stop leaves a connection without a request under way: an answer may be on its way still,
/// or half a head that will never be whole.
const LINGER: Duration = Duration::from_secs(1);

/// Given back when the connection is closed.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// What one connection has.
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) seat: Seat,
    pub(super) place: Place,
    pub(super) router: Router,
    pub(super) head_time: Duration,
    pub(super) is_stopping: watch::Receiver<bool>,
}

impl Connection {
    /// Answers its requests, until either side has enough.
    pub(super) async fn serve(self, stream: Stream) {
        let Self { peer, seat, place: _place, router, head_time, mut is_stopping } = self;
        let answer = service_fn(|request: Request<Incoming>| {
            let (at_work, mut router) = (seat.work(), router.clone());
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                let response = router.call(request).await;
                drop(at_work);
                response as Result<_, Infallible>
            }
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(head_time)
            .max_headers(MOST_HEADERS)
            .max_buf_size(MOST_HEAD_BYTES);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        let mut is_told = false;
        loop {
            tokio::select! {
                // What went wrong is the client's business.
                _ = connection.as_mut() => return,
                () = seat.asked_to_leave() => return,
                _ = is_stopping.wait_for(|stopping| *stopping), if !is_told => {
                    is_told = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = tokio::time::sleep(LINGER), if is_told => {
                    if !seat.is_at_work() {
                        return;
                    }
                }
            }
        }
    }
}
