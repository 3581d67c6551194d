//! CONNECT proxies, right and wrong.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use yzb_transport::{HyperBuilder, HyperTransport, Proxy, Transport, TransportErrorKind};

use crate::scene::{Authority, Dead, Server, Step, answer, good_answer, request};

/// `user:pass@word` as a header has it.
const CREDENTIALS: &str = "dXNlcjpwYXNzQHdvcmQ=";

/// A proxy that lets in whoever has the password.
struct TestProxy {
    port: u16,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

/// All that a proxy can see.
#[derive(Default)]
struct Seen {
    heads: Vec<String>,
    tunneled: Vec<u8>,
}

impl TestProxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, seen) = (listener.local_addr().unwrap().port(), Arc::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&seen)));
        Self { port, seen, task }
    }

    fn with(&self, credentials: &str) -> Proxy {
        Proxy::parse(&format!("http://{credentials}127.0.0.1:{}", self.port)).unwrap()
    }

    fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }

    /// What clients sent through tunnels.
    fn tunneled(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap().tunneled).into_owned()
    }
}

impl Drop for TestProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(tunnel(stream, Arc::clone(&seen)));
    }
}

async fn tunnel(mut client: TcpStream, seen: Arc<Mutex<Seen>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    seen.lock().unwrap().heads.push(head.clone());
    if !head.contains(&format!("Basic {CREDENTIALS}\r\n")) {
        return client.write_all(&answer("407 Proxy Authentication Required", "")).await;
    }
    let target = head.split(' ').nth(1).unwrap();
    let mut server = match TcpStream::connect(target).await {
        Ok(server) => server,
        Err(_) => return client.write_all(&answer("502 Bad Gateway", "")).await,
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let forth = async {
        let mut bytes = [0; 4096];
        loop {
            let read = from_client.read(&mut bytes).await?;
            if read == 0 {
                return to_server.shutdown().await;
            }
            seen.lock().unwrap().tunneled.extend_from_slice(&bytes[..read]);
            to_server.write_all(&bytes[..read]).await?;
        }
    };
    tokio::try_join!(forth, tokio::io::copy(&mut from_server, &mut to_client)).map(|_| ())
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
    let tunneled = proxy.tunneled();
    assert!(!tunneled.is_empty() && !tunneled.contains("secret="), "{tunneled}");
}

#[tokio::test]
async fn plain_http_can_be_read_in_the_tunnel_and_so_takes_only_a_proxy_of_this_machine() {
    let (proxy, server) = (TestProxy::start().await, Server::answering(good_answer()).await);
    let transport = through(proxy.with("user:pass%40word@")).build().unwrap();
    transport.send(request(&server.origin())).await.unwrap();
    assert!(proxy.heads()[0].starts_with(&format!("CONNECT {} ", server.address())));
    assert!(proxy.tunneled().contains("secret="), "a tunnel does not encrypt");
    assert!(!proxy.tunneled().contains(CREDENTIALS));

    let remote = || through(Proxy::parse("http://proxy.invalid:3128").unwrap());
    let error = remote().build().unwrap().send(request(&server.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Insecure);
    assert!(!error.may_have_been_sent());
    let allowed = remote().allow_plaintext(true).build().unwrap();
    let error = allowed.send(request(&server.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Proxy);
}

#[tokio::test]
async fn what_kept_it_from_the_proxy_is_told_and_nothing_of_the_origin() {
    let dead = Dead::new();
    for (proxy, cause) in [(dead.origin(), "refused"), ("http://proxy.invalid".into(), "lookup")] {
        let transport = through(Proxy::parse(&proxy).unwrap()).build().unwrap();
        let error = transport.send(request("https://platform.invalid")).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Proxy);
        assert!(proxy.contains(error.subject().unwrap()), "{error}");
        let shown = crate::scene::everything_shown(&error);
        assert!(shown.to_lowercase().contains(cause), "{shown}");
        assert!(!shown.contains("origin"), "{shown}");
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.is::<std::io::Error>(), "{shown}");
    }
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
    let gone = Dead::new();
    let gone_proxy = Proxy::parse(&gone.address().to_string()).unwrap();
    let proxy = TestProxy::start().await;
    let closing = Server::start([Step::Read]).await;
    let closing = Proxy::parse(&closing.origin()).unwrap();
    for proxy in [gone_proxy, proxy.with("user:pass%40word@"), closing] {
        let transport = through(proxy).build().unwrap();
        let error = transport.send(request(&gone.origin())).await.unwrap_err();
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
    let (poison, proxy) = (Server::answering(answer("502 No", "")).await, TestProxy::start().await);
    let (address, platform) = (poison.origin(), "https://platform.invalid");
    let poisoned = |name: &str| (name == "HTTPS_PROXY").then(|| address.clone());

    let unasked = HyperTransport::builder().build().unwrap();
    let error = unasked.send(request(platform)).await.unwrap_err();
    assert_eq!((error.kind(), poison.requests()), (TransportErrorKind::Dns, 0));

    let asked = HyperTransport::builder().proxy_from_env(poisoned).build().unwrap();
    let error = asked.send(request(platform)).await.unwrap_err();
    assert_eq!((error.kind(), poison.requests()), (TransportErrorKind::Proxy, 1));

    let not_here = |name: &str| match name {
        "NO_PROXY" => Some("invalid".to_owned()),
        name => poisoned(name),
    };
    let not_here = HyperTransport::builder().proxy_from_env(not_here).build().unwrap();
    let error = not_here.send(request(platform)).await.unwrap_err();
    assert_eq!((error.kind(), poison.requests()), (TransportErrorKind::Dns, 1));

    let explicit = through(proxy.with("user:pass%40word@")).proxy_from_env(poisoned);
    explicit.build().unwrap().send(request(platform)).await.unwrap_err();
    assert_eq!((proxy.heads().len(), poison.requests()), (1, 1));
}

#[tokio::test]
async fn this_machine_is_reached_without_the_environment_s_proxy() {
    let (poison, server) = (Dead::new(), Server::answering(good_answer()).await);
    let poisoned = |name: &str| name.ends_with("_PROXY").then(|| poison.origin());
    let builder = HyperTransport::builder().proxy_from_env(|name| match name {
        "NO_PROXY" => None,
        name => poisoned(name),
    });
    builder.build().unwrap().send(request(&server.origin())).await.unwrap();
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
