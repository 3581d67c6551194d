//! A server that does as its script says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// One thing that a server does on a connection. After the last one it closes.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Reads a whole request.
    Read,
    /// Writes these bytes.
    Send(Vec<u8>),
    /// Writes these bytes one by one, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Writes these bytes again and again, until nobody reads any more.
    SendForever(Vec<u8>),
    /// Waits until the client goes.
    Hang,
    /// Ends the connection with RST.
    Reset,
    /// Begins again.
    Again,
}

/// A running server. It stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

/// A port that refuses connections: it is bound, so that nobody else gets it, and nobody listens.
pub(crate) struct Dead {
    _socket: TcpSocket,
    address: SocketAddr,
}

impl Dead {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        Self { _socket: socket, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// Follows one script on every connection.
    pub(crate) async fn start(script: impl Into<Vec<Step>>) -> Self {
        Self::with(vec![script.into()], None).await
    }

    /// Follows a script of its own on each connection, and the last one on all that follow.
    pub(crate) async fn each(scripts: impl Into<Vec<Vec<Step>>>) -> Self {
        Self::with(scripts.into(), None).await
    }

    /// Gives this answer to every request, on kept-alive connections.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::start([Step::Read, Step::Send(answer.into()), Step::Again]).await
    }

    /// The same behind TLS.
    pub(crate) async fn answering_tls(answer: Vec<u8>, tls: rustls::ServerConfig) -> Self {
        let script = vec![Step::Read, Step::Send(answer), Step::Again];
        Self::with(vec![script], Some(TlsAcceptor::from(Arc::new(tls)))).await
    }

    async fn with(scripts: Vec<Vec<Step>>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let task = tokio::spawn(serve(listener, scripts, tls, Arc::clone(&seen)));
        Self { address, scheme, seen, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The same by a name that a certificate can have.
    pub(crate) fn origin_by_name(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// How many whole requests arrived.
    pub(crate) fn requests(&self) -> usize {
        self.seen.lock().unwrap().requests.len()
    }

    /// All that arrived in whole requests.
    pub(crate) fn received(&self) -> String {
        self.seen.lock().unwrap().requests.concat()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    scripts: Vec<Vec<Step>>,
    tls: Option<TlsAcceptor>,
    seen: Arc<Mutex<Seen>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let index = {
            let mut seen = seen.lock().unwrap();
            seen.connections += 1;
            (seen.connections - 1).min(scripts.len() - 1)
        };
        let (script, tls, seen) = (scripts[index].clone(), tls.clone(), Arc::clone(&seen));
        connections.spawn(async move {
            match tls {
                None => follow(&script, stream, &seen).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => follow(&script, stream, &seen).await,
                    Err(_) => None,
                },
            }
        });
    }
}

/// Ends early when the client has gone.
async fn follow(script: &[Step], mut stream: impl Stream, seen: &Mutex<Seen>) -> Option<()> {
    let mut steps = script.iter();
    while let Some(step) = steps.next() {
        match step {
            Step::Read => {
                let request = read_request(&mut stream).await?;
                seen.lock().unwrap().requests.push(request);
            }
            Step::Send(bytes) => stream.write_all(bytes).await.ok()?,
            Step::Drip(bytes, pause) => {
                for &byte in bytes {
                    tokio::time::sleep(*pause).await;
                    stream.write_u8(byte).await.ok()?;
                }
            }
            Step::SendForever(bytes) => loop {
                stream.write_all(bytes).await.ok()?;
            },
            Step::Hang => _ = stream.read_to_end(&mut Vec::new()).await,
            Step::Reset => stream.reset_on_close(),
            Step::Again => steps = script.iter(),
        }
    }
    stream.shutdown().await.ok()
}

async fn read_request(stream: &mut impl Stream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn reset_on_close(&self);
}

impl Stream for TcpStream {
    fn reset_on_close(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Stream for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().0.set_zero_linger().unwrap();
    }
}
