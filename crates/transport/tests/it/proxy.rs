//! CONNECT proxies, right and wrong.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use yzb_transport::{HyperBuilder, HyperTransport, Proxy, Transport, TransportErrorKind};

use crate::scene::{Authority, Server, Step, answer, good_answer, request};

/// `user:pass@word` as a header has it.
const CREDENTIALS: &str = "dXNlcjpwYXNzQHdvcmQ=";

/// A proxy that lets in whoever has the password.
struct TestProxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl TestProxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, heads) = (listener.local_addr().unwrap().port(), Arc::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&heads)));
        Self { port, heads, task }
    }

    fn with(&self, credentials: &str) -> Proxy {
        Proxy::parse(&format!("http://{credentials}127.0.0.1:{}", self.port)).unwrap()
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for TestProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, heads: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(tunnel(stream, Arc::clone(&heads)));
    }
}

async fn tunnel(mut client: TcpStream, heads: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(head.clone());
    if !head.contains(&format!("Basic {CREDENTIALS}\r\n")) {
        return client.write_all(&answer("407 Proxy Authentication Required", "")).await;
    }
    let target = head.split(' ').nth(1).unwrap();
    let mut server = match TcpStream::connect(target).await {
        Ok(server) => server,
        Err(_) => return client.write_all(&answer("502 Bad Gateway", "")).await,
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

fn through(proxy: Proxy) -> HyperBuilder {
    HyperTransport::builder().proxy(proxy)
}

#[tokio::test]
async fn the_right_password_opens_a_tunnel_and_goes_no_further() {
    let (proxy, authority) = (TestProxy::start().await, Authority::new());
    let server = Server::answering_tls(good_answer(), authority.server("localhost")).await;
    let transport = through(proxy.with("user:pass%40word@")).ca_pem(authority.pem());
    let transport = transport.build().unwrap();

    transport.send(request(&server.origin_by_name())).await.unwrap();
    let heads = proxy.heads();
    let host = server.origin_by_name().replace("https://", "");
    assert!(heads[0].starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")), "{heads:?}");
    let received = server.received();
    assert!(received.contains("grant_type="), "{received}");
    assert!(!received.to_lowercase().contains("proxy-auth"), "{received}");
    assert!(!received.contains(CREDENTIALS), "{received}");
}

#[tokio::test]
async fn plain_http_goes_through_a_tunnel_too_so_that_the_proxy_sees_no_secret() {
    let (proxy, server) = (TestProxy::start().await, Server::answering(good_answer()).await);
    let transport = through(proxy.with("user:pass%40word@")).build().unwrap();
    transport.send(request(&server.origin())).await.unwrap();
    assert!(proxy.heads()[0].starts_with(&format!("CONNECT {} ", server.address())));
    assert!(!server.received().contains(CREDENTIALS));
}

#[tokio::test]
async fn a_wrong_password_and_none_are_refused_as_such() {
    let (proxy, server) = (TestProxy::start().await, Server::answering(good_answer()).await);
    for credentials in ["user:wrong@", ""] {
        let transport = through(proxy.with(credentials)).build().unwrap();
        let error = transport.send(request(&server.origin())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ProxyAuth);
        assert_eq!(error.subject(), Some("127.0.0.1"));
        assert!(!error.may_have_been_sent());
        assert!(!crate::scene::everything_shown(&error).contains("wrong@"));
    }
    assert_eq!((proxy.heads().len(), server.connections()), (2, 0));
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_will_not_connect_is_a_proxy_s_fault() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gone_proxy = Proxy::parse(&gone.to_string()).unwrap();
    let proxy = TestProxy::start().await;
    let closing = Server::start([Step::Read]).await;
    let closing = Proxy::parse(&closing.origin()).unwrap();
    for proxy in [gone_proxy, proxy.with("user:pass%40word@"), closing] {
        let transport = through(proxy).build().unwrap();
        let error = transport.send(request(&format!("http://{gone}"))).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Proxy);
        assert!(!error.may_have_been_sent());
    }
}

#[tokio::test(start_paused = true)]
async fn the_connect_deadline_holds_through_a_silent_proxy() {
    let silent = Server::start([Step::Read, Step::Hang]).await;
    let transport = through(Proxy::parse(&silent.origin()).unwrap()).build().unwrap();
    let start = tokio::time::Instant::now();
    let error = transport.send(request("https://platform.invalid")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout);
    assert!(!error.may_have_been_sent());
    assert_eq!(start.elapsed().as_secs(), 3);
    assert_eq!(silent.requests(), 1);
}

#[tokio::test]
async fn the_environment_has_a_say_only_when_asked_and_an_explicit_proxy_beats_it() {
    let (proxy, server) = (TestProxy::start().await, Server::answering(good_answer()).await);
    // Nobody listens at the poisoned address.
    let poisoned = |name: &str| (name == "HTTP_PROXY").then(|| "http://127.0.0.1:9".to_owned());

    let asked = HyperTransport::builder().proxy_from_env(poisoned).build().unwrap();
    let error = asked.send(request(&server.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Proxy);

    let cgi = |name: &str| match name {
        "REQUEST_METHOD" => Some("POST".to_owned()),
        name => poisoned(name),
    };
    let cgi = HyperTransport::builder().proxy_from_env(cgi).build().unwrap();
    cgi.send(request(&server.origin())).await.unwrap();

    let not_here = |name: &str| match name {
        "NO_PROXY" => Some("127.0.0.0/8".to_owned()),
        name => poisoned(name),
    };
    let not_here = HyperTransport::builder().proxy_from_env(not_here).build().unwrap();
    not_here.send(request(&server.origin())).await.unwrap();

    assert_eq!(proxy.heads().len(), 0);
    let explicit = through(proxy.with("user:pass%40word@")).proxy_from_env(poisoned);
    explicit.build().unwrap().send(request(&server.origin())).await.unwrap();
    assert_eq!(proxy.heads().len(), 1);
}

#[test]
fn passwords_are_not_shown() {
    let proxy = Proxy::parse("http://user:planted@proxy.example:3128").unwrap();
    let builder = through(proxy.clone())
        .proxy_from_env(|name| {
            let is_proxy = name == "HTTPS_PROXY";
            is_proxy.then(|| "http://user:planted@proxy.example:3128".to_owned())
        })
        .ca_pem("planted");
    let shown = format!("{proxy:?} {builder:?}");
    assert!(!shown.contains("planted") && shown.contains("proxy.example"), "{shown}");
}
