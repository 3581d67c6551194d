//! The other side of every row.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// A server on a loopback port and a thread of its own. Whatever it is asked, it answers with the
/// same server token, and keeps the connection.
pub(crate) struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

const ANSWER: &str = r#"{"status":2000,"message":"ok","data":{"access_token":"5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de","expires_in":7200}}"#;

impl Server {
    /// Starts it. It ends with the program.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            crate::runtime().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    counter.fetch_add(1, Ordering::Relaxed);
                    let stream = TokioIo::new(stream);
                    let serving = http1::Builder::new().serve_connection(stream, service_fn(token));
                    tokio::spawn(serving);
                }
            })
        });
        Self { address, connections }
    }

    /// Where it is: `http://127.0.0.1:port`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were made to it so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn token(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A server that answers before it has read the whole request may have to close the connection.
    request.into_body().collect().await.unwrap();
    let mut answer = Response::new(Full::from(ANSWER));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}
