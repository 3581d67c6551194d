//! Clients that mean no good, over real sockets: what they get is a clear no or a closed connection,
//! and everybody else is served meanwhile.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use yzb_axum::{Limits, ServeLimits, ServedApp};
use yzb_emulator::{Call, demo};

use crate::scene::{APP, Scene, Trouble};
use crate::serving::{Running, exchange, limits, request};

/// The head's first line and the body's kind.
fn told(answer: &str) -> (&str, Option<&str>) {
    let status = answer.get(9..12).unwrap_or("");
    let kind = answer.split(r#""kind":""#).nth(1).and_then(|rest| rest.split('"').next());
    (status, kind)
}

async fn is_served(running: &Running) {
    let answer =
        exchange(&mut running.connect().await, &request(&format!("{APP}/server-token"))).await;
    assert_eq!(told(&answer).0, "200", "{answer}");
}

/// Reads until the connection ends; how long that took.
async fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let begin = now();
    let mut bytes = Vec::new();
    let ending = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes));
    let _ = ending.await.expect("the connection is still open");
    (String::from_utf8_lossy(&bytes).into_owned(), begin.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "what is measured is how long real sockets take")]
fn now() -> Instant {
    Instant::now()
}

/// Many systems give a program 1024 descriptors and let it ask for more.
fn allow_many_sockets() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current.is_some_and(|current| current < 4096) {
            let current = maximum.map_or(4096, |maximum| maximum.min(4096));
            setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum }).unwrap();
        }
    }
}

#[tokio::test]
async fn two_thousand_who_say_nothing_keep_nobody_out() {
    allow_many_sockets();
    let scene = Scene::new();
    let running =
        Running::on_loopback(scene.service().build(), limits(|it| it.connections = 256)).await;
    let mut regular = running.connect().await;
    let mut buffer = vec![0; 4096];
    let ask = b"GET /v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut silent = Vec::new();
    for number in 0..2000 {
        silent.push(running.connect().await);
        if number % 100 == 0 {
            regular.write_all(ask).await.unwrap();
            let read = regular.read(&mut buffer).await.unwrap();
            assert!(read > 0, "who asks now and then keeps their connection ({number})");
            is_served(&running).await;
        }
    }
    is_served(&running).await;
    // The first of the silent ones had to go.
    assert_eq!(silent[0].read(&mut buffer).await.unwrap_or(0), 0);
    drop(silent);
    is_served(&running).await;
    running.stop().await;
}

#[tokio::test]
async fn who_sends_a_head_slowly_or_not_at_all_is_closed_after_a_while() {
    let scene = Scene::new();
    let limits = limits(|limits| limits.head_time = Duration::from_secs(1));
    let running = Running::on_loopback(scene.service().build(), limits).await;
    let (mut silent, mut half, mut kept) =
        (running.connect().await, running.connect().await, running.connect().await);
    half.write_all(b"GET /v1/live HTTP/1.1\r\nhost: loc").await.unwrap();
    kept.write_all(b"GET /v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut dripping = running.connect().await;
    let drip = tokio::spawn(async move {
        dripping.write_all(b"GET /v1/live HTTP/1.1\r\n").await.unwrap();
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..200 {
            pause.tick().await;
            if dripping.write_all(b"x: y\r\n").await.is_err() {
                return true;
            }
        }
        false
    });
    for (stream, what) in [(&mut silent, "silent"), (&mut half, "half"), (&mut kept, "kept")] {
        let (text, took) = until_closed(stream).await;
        assert!(took < Duration::from_secs(9), "{what} {took:?}");
        assert_eq!(text.starts_with("HTTP/1.1 200"), what == "kept", "{what}: {text}");
    }
    assert!(drip.await.unwrap(), "a byte now and then does not help");
    is_served(&running).await;
    running.stop().await;
}

#[tokio::test]
async fn who_sends_a_body_slowly_is_told_so_and_closed() {
    let scene = Scene::new();
    let mut slow = Limits::default();
    slow.body_time = Duration::from_millis(200);
    let service = scene.service().limits(slow).build();
    let running = Running::on_loopback(service, ServeLimits::default()).await;
    let mut stream = running.connect().await;
    let head = format!(
        "POST {APP}/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (text, took) = until_closed(&mut stream).await;
    assert_eq!(told(&text), ("408", Some("body-timeout")), "{text}");
    assert!(took < Duration::from_secs(5));
    // Who goes away in the middle is nobody's trouble.
    let mut gone = running.connect().await;
    gone.write_all(head.as_bytes()).await.unwrap();
    drop(gone);
    is_served(&running).await;
    assert_eq!(running.stop().await.cut_off, 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let scene = Scene::new();
    let running = Running::on_loopback(scene.service().build(), ServeLimits::default()).await;
    let declared = format!(
        "POST {APP}/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n"
    );
    let chunked = format!("POST {APP}/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{}", "1000\r\n".to_owned() + &"x".repeat(0x1000) + "\r\n").repeat(1);
    let chunks = chunked + &("1000\r\n".to_owned() + &"x".repeat(0x1000) + "\r\n").repeat(20);
    let headers = |count: usize| {
        let headers: String = (0..count).map(|number| format!("x-{number}: y\r\n")).collect();
        format!("GET /v1/live HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
    };
    for (what, request, wanted) in [
        ("a declared body", declared, ("413", Some("body-too-large"))),
        ("a chunked body", chunks, ("413", Some("body-too-large"))),
        ("a long URI", request(&format!("/{}", "x".repeat(20_000))), ("414", Some("uri-too-long"))),
        ("100 headers", headers(100), ("431", Some("headers-too-large"))),
        (
            "a long header",
            format!(
                "GET /v1/live HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
                "y".repeat(20_000)
            ),
            ("431", Some("headers-too-large")),
        ),
        // Beyond what is read at all, in hyper's own words: none.
        ("1000 headers", headers(1000), ("431", None)),
        (
            "an endless header",
            format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(200_000)),
            ("431", None),
        ),
        ("an endless URI", format!("GET /{}", "y".repeat(200_000)), ("431", None)),
    ] {
        let mut stream = running.connect().await;
        let _ = stream.write_all(request.as_bytes()).await;
        let (text, took) = until_closed(&mut stream).await;
        // Who goes on sending may be reset before the answer is read.
        assert!(
            told(&text) == wanted || text.is_empty() && request.len() > 60_000,
            "{what}: {text}"
        );
        assert!(took < Duration::from_secs(5), "{what}");
    }
    is_served(&running).await;
    running.stop().await;
}

#[tokio::test]
async fn what_is_no_http_gets_no_answer_that_does_harm() {
    let scene = Scene::new();
    let running = Running::on_loopback(
        scene.service().build(),
        limits(|it| it.head_time = Duration::from_millis(300)),
    )
    .await;
    let path = format!("{APP}/server-token");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /v1/live HTTP/1.1\r\nhost: local\0host\r\n\r\n",
        b"POST /v1/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"POST /v1/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ] {
        let mut stream = running.connect().await;
        let _ = stream.write_all(bytes).await;
        let (text, _) = until_closed(&mut stream).await;
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{bytes:?}: {text}");
    }
    // A second request hidden in the first one's body is no request.
    let hidden = request(&path);
    let smuggled = format!(
        "GET /v1/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    );
    let text = exchange(&mut running.connect().await, &smuggled).await;
    assert!(!text.contains("access_token") || told(&text).0 == "200", "{text}");
    is_served(&running).await;
    running.stop().await;
}

#[tokio::test]
async fn who_hangs_up_or_half_closes_leaves_nothing_behind() {
    let scene = Scene::new();
    let service = scene.service().build();
    let running = Running::on_loopback(service, ServeLimits::default()).await;
    scene.trouble(Trouble::HangAll);
    let path = format!("{APP}/server-token");
    for _ in 0..50 {
        let mut gone = running.connect().await;
        gone.write_all(request(&path).as_bytes()).await.unwrap();
    }
    let mut half = running.connect().await;
    half.write_all(request("/v1/live").as_bytes()).await.unwrap();
    half.shutdown().await.unwrap();
    let (text, _) = until_closed(&mut half).await;
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 200"), "{text}");
    // The renewal that those who are gone had begun is still one.
    assert_eq!(scene.asked(Call::ServerToken), 0);
    scene.trouble(Trouble::None);
    scene.gateway.put(ServedApp::new(scene.app(demo::APP_ID, demo::APP_SECRET)));
    is_served(&running).await;
    assert_eq!(running.stop().await.cut_off, 0);
}

#[tokio::test]
async fn clients_who_mean_no_good_delay_no_renewal() {
    let scene = Scene::new();
    let app = scene.gateway.app("990001").unwrap().app().clone();
    let keeper = tokio::spawn(app.keep_fresh());
    let running =
        Running::on_loopback(scene.service().build(), limits(|it| it.connections = 64)).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        let mut stream = running.connect().await;
        let _ = stream.write_all(b"GET /v1/live HTTP/1.1\r\nhost: loc").await;
        silent.push(stream);
    }
    app.js_ticket().await.unwrap();
    scene.pass(7300);
    is_served(&running).await;
    app.server_token().await.unwrap();
    assert_eq!(scene.asked(Call::ServerToken), 2);
    keeper.abort();
    running.stop().await;
}
