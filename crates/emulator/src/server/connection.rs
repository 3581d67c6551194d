//! One connection: hyper reads the requests and sends the answers, until an answer is to be sent in
//! a way that hyper would rightly prevent. Then the socket is taken from it.

use std::future::{Future, pending, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE};
use http::request::Parts;
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
use crate::control;
use crate::delivery::{Delivery, Manner};
use crate::emulator::Shared;
use crate::rule::Rule;

/// The largest body read; a request is a few hundred bytes. Beyond it the answer is 413.
const BODY_LIMIT: usize = 64 * 1024;

/// How long a client may take for a request's head, be it the next one on its connection, and then
/// for the body. Beyond that a connection that is no more used would be held for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Serves a client until it leaves, or until a fault has had its way with the connection.
pub(super) async fn serve(stream: TcpStream, source: IpAddr, shared: Arc<Shared>) {
    // Without it an answer may wait for an acknowledgement; with an error there is no peer.
    let _ = stream.set_nodelay(true);
    let (take_over, mut taken) = mpsc::channel(1);
    let service = service_fn(|request| respond(&shared, source, &take_over, request));
    let mut http = http1::Builder::new();
    // The platform dates its answers itself, by its own clock.
    http.auto_date_header(false).timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // Who has said all may still listen: an answer that is late is sent all the same.
    http.half_close(true);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let raw = poll_fn(|context| {
        // A connection that breaks is the client's affair: it sees the break. What is no HTTP is
        // ours to tell.
        let over = Pin::new(&mut connection).poll(context).map(|ended| {
            let noise = ended.err().filter(hyper::Error::is_parse);
            noise.inspect(|error| noted(&shared, source, error));
            None
        });
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
    head.extensions.insert(source);
    let whole = Limited::new(body, BODY_LIMIT).collect();
    let body = match tokio::time::timeout(shared.patience(), whole).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Ok(turned_away(shared, source, head, Rule::TooLarge));
        }
        Ok(Err(error)) => return Err(error),
        Err(_) => return Ok(turned_away(shared, source, head, Rule::TooSlow)),
    };
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
        manner => {
            // It holds one, and after the first the connection is hyper's no more.
            let _ = take_over.send(Raw { response, manner, _landing: landing }).await;
            pending().await
        }
    }
}

/// Answers a request that is not read to its end, and ends the connection. Whoever asked the
/// control API is told in its language.
fn turned_away(shared: &Shared, source: IpAddr, head: Parts, rule: Rule) -> Response<Outgoing> {
    let status = rule.http_status();
    let of_control = head.uri.path().starts_with(control::PREFIX);
    let (body, label) = if of_control {
        (format!("{{\"error\":\"{}\"}}\n", rule.because()), "application/json; charset=utf-8")
    } else {
        let request = Request::from_parts(head, &[][..]);
        shared.turn_away(source, Some(&request), rule, status.as_u16());
        (format!("{}\n", rule.because()), "text/plain; charset=utf-8")
    };
    let mut response = Response::new(Outgoing::whole(body.into_bytes(), None));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(label));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Has the journal tell of what is no HTTP.
fn noted(shared: &Shared, source: IpAddr, error: &hyper::Error) {
    let status = if error.is_parse_too_large() {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    } else {
        StatusCode::BAD_REQUEST
    };
    shared.turn_away(source, None, Rule::NotHttp, status.as_u16());
}
