//! One connection: hyper reads the requests and sends the answers, until an answer is to be sent in
//! a way that hyper would rightly prevent. Then the socket is taken from it.

use std::future::{Future, pending, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::outgoing::{Landing, Outgoing};
use super::raw::{self, Raw};
use crate::delivery::{Delivery, Manner};
use crate::emulator::Shared;

/// The largest body read; a request is a few hundred bytes. Beyond it the answer is 413.
const BODY_LIMIT: usize = 64 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Serves a client until it leaves, or until a fault has had its way with the connection.
pub(super) async fn serve(stream: TcpStream, source: IpAddr, shared: Arc<Shared>) {
    // Without it an answer may wait for an acknowledgement; with an error there is no peer.
    let _ = stream.set_nodelay(true);
    let (take_over, mut taken) = mpsc::channel(1);
    let service = service_fn(|request| respond(&shared, source, &take_over, request));
    let mut http = http1::Builder::new();
    // The platform dates its answers itself, by its own clock.
    http.auto_date_header(false).timer(TokioTimer::new());
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let raw = poll_fn(|context| {
        // A connection that breaks is the client's affair: it sees the break.
        let over = Pin::new(&mut connection).poll(context).map(|_| None);
        match taken.poll_recv(context) {
            Poll::Ready(raw) => Poll::Ready(raw),
            Poll::Pending => over,
        }
    });
    if let Some(raw) = raw.await {
        let stream = connection.into_parts().io.into_inner();
        // Whether the client is there to suffer it does not matter.
        let _ = raw::perform(stream, raw).await;
    }
}

async fn respond(
    shared: &Arc<Shared>,
    source: IpAddr,
    take_over: &mpsc::Sender<Raw>,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, Failure> {
    let (mut head, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(too_large()),
        Err(error) => return Err(error),
    };
    head.extensions.insert(source);
    let (response, flight) = shared.answer(&Request::from_parts(head, body));
    let landing = flight.map(|flight| Landing { shared: Arc::clone(shared), flight });
    match Delivery::of(&response) {
        None => Ok(response.map(|body| Outgoing::whole(body, landing))),
        Some(delivery) => deliver(delivery, response, landing, take_over).await,
    }
}

/// Sends what is not simply sent.
async fn deliver(
    delivery: Delivery,
    response: Response<Vec<u8>>,
    landing: Option<Landing>,
    take_over: &mpsc::Sender<Raw>,
) -> Result<Response<Outgoing>, Failure> {
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    match delivery.manner {
        Manner::Plain => Ok(response.map(|body| Outgoing::whole(body, landing))),
        Manner::Chunked => Ok(response.map(|body| Outgoing::chunked(body, landing))),
        // hyper notices when the client leaves, and drops this.
        Manner::Silence => pending().await,
        manner => {
            // It holds one, and after the first the connection is hyper's no more.
            let _ = take_over.send(Raw { response, manner, _landing: landing }).await;
            pending().await
        }
    }
}

fn too_large() -> Response<Outgoing> {
    let body = b"request entity too large\n".to_vec();
    let mut response = Response::new(Outgoing::whole(body, None));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
