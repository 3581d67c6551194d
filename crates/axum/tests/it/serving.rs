//! The server: where it listens, and how it stops.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use yzb_axum::{Listener, ServeError, ServeErrorKind, ServeLimits, Server, Service, Stopped};

use crate::scene::{APP, Scene, TOKEN, Trouble};

/// A server that runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) address: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Stopped, ServeError>>,
}

impl Running {
    pub(crate) fn start(service: Service, listener: Listener, limits: ServeLimits) -> Self {
        let address = listener.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(service).limits(limits);
        let task = tokio::spawn(server.run(listener, async { _ = stopped.await }));
        Self { address, stop, task }
    }

    pub(crate) async fn on_loopback(service: Service, limits: ServeLimits) -> Self {
        let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self::start(service, listener, limits)
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address.unwrap()).await.unwrap()
    }

    pub(crate) fn tell_to_stop(self) -> JoinHandle<Result<Stopped, ServeError>> {
        let _ = self.stop.send(());
        self.task
    }

    pub(crate) async fn stop(self) -> Stopped {
        self.tell_to_stop().await.unwrap().unwrap()
    }
}

pub(crate) fn limits(change: impl FnOnce(&mut ServeLimits)) -> ServeLimits {
    let mut limits = ServeLimits::default();
    change(&mut limits);
    limits
}

/// Sends this and reads what comes back until the connection ends.
pub(crate) async fn exchange(
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    request: &str,
) -> String {
    let _ = stream.write_all(request.as_bytes()).await;
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn an_address_beyond_loopback_wants_a_token() {
    let scene = Scene::new();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let Ok(listener) = TcpListener::bind(address).await else { continue };
        let running =
            Running::start(scene.service().build(), listener.into(), ServeLimits::default());
        let refused = tokio::time::timeout(Duration::from_secs(5), running.task).await;
        let error = refused.expect("it is served").unwrap().unwrap_err();
        assert_eq!(error.kind(), ServeErrorKind::OpenAddress);
        let text = error.to_string();
        assert!(text.contains("configure a token") && text.contains(&address[..3]), "{text}");
    }
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = Running::start(scene.guarded().build(), listener.into(), ServeLimits::default());
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let answer = exchange(&mut stream, &request("/v1/status")).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let request = format!(
        "GET /v1/status HTTP/1.1\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(exchange(&mut stream, &request).await.starts_with("HTTP/1.1 200 "));
    running.stop().await;
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_closes_the_idle() {
    let scene = Scene::new();
    let running = Running::on_loopback(scene.service().build(), ServeLimits::default()).await;
    let (mut idle, mut silent) = (running.connect().await, running.connect().await);
    idle.write_all(b"GET /v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut buffer = vec![0; 4096];
    assert!(idle.read(&mut buffer).await.unwrap() > 0);
    let mut busy = running.connect().await;
    let body = r#"{"kind":"js-ticket","code":"nobody-s"}"#;
    let head = format!(
        "POST {APP}/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    // Its request is under way once another one, sent later, was answered.
    let answer = exchange(&mut running.connect().await, &request("/v1/live")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "));
    let address = running.address.unwrap();
    let stopping = running.tell_to_stop();
    assert_eq!(idle.read(&mut buffer).await.unwrap_or(0), 0);
    assert_eq!(silent.read(&mut buffer).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err(), "nobody is let in any more");
    let answer = exchange(&mut busy, body).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    assert_eq!(stopping.await.unwrap().unwrap().cut_off, 0);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off() {
    let scene = Scene::new();
    scene.trouble(Trouble::HangAll);
    let limits = limits(|limits| limits.stop_time = Duration::from_millis(200));
    let running = Running::on_loopback(scene.service().build(), limits).await;
    let mut hanging = running.connect().await;
    hanging.write_all(request(&format!("{APP}/server-token")).as_bytes()).await.unwrap();
    exchange(&mut running.connect().await, &request("/v1/live")).await;
    assert_eq!(running.stop().await.cut_off, 1);
    let mut rest = Vec::new();
    let _ = hanging.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}
