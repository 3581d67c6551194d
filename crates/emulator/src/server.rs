//! The loopback server: one thread, one runtime, HTTP/1.1 with keep-alive.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::emulator::Shared;

/// The largest body read; a request is a few hundred bytes. Beyond it the answer is 413.
const BODY_LIMIT: usize = 64 * 1024;

/// A server that runs until dropped.
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropping the sender is the signal to stop.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds here and now, so that the address is known and its errors are the caller's.
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("yzb-emulator".to_owned())
            .spawn(move || run(listener, shared, stopped, &ready))?;
        match is_ready.recv() {
            Ok(started) => started?,
            Err(_) => return Err(io::Error::other("the emulator's thread ended at once")),
        }
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread: says whether it could begin, then serves until told to stop. The runtime is built
/// and dropped here, away from any runtime the user may be in; dropping it cuts the connections.
fn run(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<Infallible>,
    ready: &mpsc::Sender<io::Result<()>>,
) {
    match begin(listener, shared) {
        Ok(runtime) => {
            let _ = ready.send(Ok(()));
            // The error is the signal: the sender is gone.
            let _ = runtime.block_on(stopped);
        }
        Err(error) => _ = ready.send(Err(error)),
    }
}

fn begin(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(accept(listener, shared));
    drop(entered);
    Ok(runtime)
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => _ = tokio::spawn(serve(stream, peer.ip(), Arc::clone(&shared))),
            // A peer gone already, or no descriptors left: neither is better for haste.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn serve(stream: TcpStream, source: IpAddr, shared: Arc<Shared>) {
    // Without it an answer may wait for an acknowledgement; with an error there is no peer.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(&shared, source, request));
    let mut http = http1::Builder::new();
    // The platform dates its answers itself, by its own clock.
    http.auto_date_header(false).timer(TokioTimer::new());
    // A connection that breaks is the client's affair: it sees the break.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    shared: &Shared,
    source: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (mut head, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(too_large()),
        Err(error) => return Err(error),
    };
    head.extensions.insert(source);
    let answer = shared.answer(&Request::from_parts(head, body));
    Ok(answer.map(|body| Full::new(Bytes::from(body))))
}

fn too_large() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"request entity too large\n")));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
