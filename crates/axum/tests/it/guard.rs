//! What is looked at before any route.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use serde_json::json;
use yzb_axum::{BearerToken, Peer, Service, axum};
use yzb_emulator::Call;

use crate::scene::{APP, Answer, Scene, TOKEN, ask, get, post};

fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

async fn from(service: &Service, peer: Peer, token: &str) -> Answer {
    let mut request = with(get("/v1/status"), &[("authorization", &format!("Bearer {token}"))]);
    request.extensions_mut().insert(peer);
    ask(service, request).await
}

#[tokio::test]
async fn with_a_token_nothing_but_liveness_is_open() {
    let scene = Scene::new();
    let service = scene.guarded().build();
    assert_eq!(ask(&service, get("/v1/live")).await.ok(), json!({ "live": true }));
    for path in
        ["/", "/v1/ready", "/v1/status", "/v1/openapi.json", "/v1/live/", "/v1/live?", "/nobody"]
    {
        let answer = ask(&service, get(path)).await;
        if path == "/v1/live?" {
            answer.ok();
            continue;
        }
        answer.is_problem(401, "unauthorized");
        assert!(!answer.header("www-authenticate").is_empty());
    }
    let token = [("authorization", &*format!("Bearer {TOKEN}"))];
    ask(&service, with(get("/v1/status"), &token)).await.ok();
    ask(&service, with(get("/nobody"), &token)).await.is_problem(404, "no-such-route");
    ask(&service, with(with(get("/v1/status"), &token), &token))
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn two_tokens_are_good_while_one_replaces_the_other() {
    let scene = Scene::new();
    let other = "another-0123456789";
    let service = scene.guarded().token(BearerToken::new(other).unwrap()).build();
    for token in [TOKEN, other] {
        assert_eq!(from(&service, Peer::Unknown, token).await.status, 200);
    }
    from(&service, Peer::Unknown, "a-third-0123456789").await.is_problem(401, "unauthorized");
    assert!(service.replace_tokens([BearerToken::new(other).unwrap()]));
    from(&service, Peer::Unknown, TOKEN).await.is_problem(401, "unauthorized");
    assert!(!service.replace_tokens([]) && service.wants_token());
}

#[tokio::test]
async fn a_browser_shows_the_status_page_for_a_password_and_nothing_else() {
    let scene = Scene::new();
    let service = scene.guarded().build();
    // `me:` and the token.
    let basic = [("authorization", "Basic bWU6YmVhcmVyLTAxMjM0NTY3ODlhYmNkZWY=")];
    assert_eq!(ask(&service, with(get("/"), &basic)).await.status, 200);
    ask(&service, with(get("/v1/status"), &basic)).await.is_problem(401, "unauthorized");
    assert!(ask(&service, get("/")).await.header("www-authenticate").starts_with("Basic"));
}

#[tokio::test]
async fn who_is_wrong_too_often_waits_and_others_do_not() {
    let scene = Scene::new();
    let service = scene.guarded().build();
    let peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let other = Peer::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));
    for _ in 0..10 {
        from(&service, peer, "wrong").await.is_problem(401, "unauthorized");
    }
    let answer = from(&service, peer, "wrong").await;
    answer.is_problem(429, "too-many-attempts");
    assert_eq!((answer.header("retry-after"), answer.header("connection")), ("6", "close"));
    from(&service, peer, TOKEN).await.is_problem(429, "too-many-attempts");
    assert_eq!(from(&service, other, TOKEN).await.status, 200);
    scene.pass(6);
    assert_eq!(from(&service, peer, TOKEN).await.status, 200);
    // Whoever shares the machine with a guesser is not locked out by it.
    let local = Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
    for _ in 0..20 {
        from(&service, local, "wrong").await;
    }
    from(&service, local, "wrong").await.is_problem(429, "too-many-attempts");
    assert_eq!(from(&service, local, TOKEN).await.status, 200);
}

#[tokio::test]
async fn a_page_that_points_its_name_at_this_machine_is_refused() {
    let scene = Scene::new();
    let service = scene.service().host("yzb.internal").build();
    let host =
        |host: &str| Request::get("/v1/status").header("host", host).body(Body::empty()).unwrap();
    for good in [
        "localhost",
        "LOCALHOST:7070",
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]:7070",
        "[::1]",
        "yzb.internal:80",
    ] {
        assert_eq!(ask(&service, host(good)).await.status, 200, "{good}");
    }
    for bad in [
        "evil.example",
        "",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost:80@evil.example",
        "::1",
        "yzb.internal.",
    ] {
        ask(&service, host(bad)).await.is_problem(421, "wrong-host");
    }
    for no_text in [&b"evil.example\xff"[..], b"\xff\xfe"] {
        let mut request = host("localhost");
        request.headers_mut().insert("host", HeaderValue::from_bytes(no_text).unwrap());
        ask(&service, request).await.is_problem(421, "wrong-host");
    }
    let none = Request::get("/v1/status").body(Body::empty()).unwrap();
    ask(&service, none).await.is_problem(421, "wrong-host");
    let absolute = Request::get("http://evil.example/v1/status").header("host", "localhost");
    let absolute = absolute.body(Body::empty()).unwrap();
    ask(&service, absolute).await.is_problem(421, "wrong-host");
    let twice = with(host("localhost"), &[("host", "evil.example")]);
    ask(&service, twice).await.is_problem(421, "wrong-host");
}

#[tokio::test]
async fn where_names_are_listed_a_probe_still_calls_by_address() {
    let scene = Scene::new();
    let live = |host: &str| Request::get("/v1/live").header("host", host).body(Body::empty());
    let service = scene.guarded().host("yzb.internal").build();
    for good in ["10.1.2.3:8180", "[fd00::1]:8180", "yzb.internal", "localhost"] {
        ask(&service, live(good).unwrap()).await.ok();
    }
    for bad in ["evil.example", "10.1.2.3.evil.example", "[fd00::1", "010.1.2.3"] {
        ask(&service, live(bad).unwrap()).await.is_problem(421, "wrong-host");
    }
    // Without a token what is not loopback is not even listened on.
    let open = scene.service().host("yzb.internal").build();
    ask(&open, live("10.1.2.3").unwrap()).await.is_problem(421, "wrong-host");
}

#[tokio::test]
async fn what_a_web_page_makes_a_browser_send_is_refused() {
    let scene = Scene::new();
    let own = "https://console.example".parse().unwrap();
    let service = scene.service().browser_origin(&own).build();
    let path = format!("{APP}/server-token");
    for origin in
        ["https://evil.example", "null", "http://localhost", "https://console.example.evil.example"]
    {
        let request = with(get(&path), &[("origin", origin)]);
        ask(&service, request).await.is_problem(403, "foreign-origin");
    }
    for site in ["cross-site", "same-site"] {
        let request = with(get(&path), &[("sec-fetch-site", site)]);
        ask(&service, request).await.is_problem(403, "foreign-origin");
    }
    assert_eq!(scene.asked(Call::ServerToken), 0);
    ask(&service, with(get(&path), &[("origin", "https://console.example")])).await.ok();
    ask(&service, with(get(&path), &[("sec-fetch-site", "same-origin")])).await.ok();
    // A form of another site: a simple request, which browsers send without asking.
    let mut form = post(&format!("{APP}/login"), &json!({ "code": "x" }));
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    ask(&service, form).await.is_problem(415, "unsupported-media-type");
    let answer = ask(&service, get("/")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(
        ask(&service, with(get("/"), &[("sec-fetch-site", "cross-site")])).await.status,
        200
    );
}

#[tokio::test]
async fn ids_and_bodies_that_mean_no_good_get_a_clear_no() {
    let scene = Scene::new();
    for id in [
        "",
        "..",
        "%2e%2e",
        "a%2Fb",
        "%00",
        "a%0D%0Ax-evil:1",
        "990001%20",
        "%E7%8C%BF",
        "990001;x",
    ] {
        scene.get(&format!("/v1/apps/{id}/server-token")).await.is_problem(404, "no-such-app");
    }
    scene.get("/v1/apps/%C3%28/server-token").await.is_problem(400, "malformed-path");
    for id in ["%00", "a%0D%0Ab", "%E2%80%AE", &"x".repeat(1025)] {
        let path = format!("{APP}/users/{id}/is-added");
        scene.get(&path).await.is_problem(400, "invalid-argument");
    }
    let service = scene.service().build();
    for body in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        r#"{"code":1}"#,
        r#"{"code":"a","x":1}"#,
        r#"{"code":"a","code":"b"}"#,
        "\u{feff}{}",
        &"[".repeat(5000),
    ] {
        let mut request = post(&format!("{APP}/login"), &json!(null));
        *request.body_mut() = Body::from(body.to_owned());
        ask(&service, request).await.is_problem(400, "malformed-body");
    }
    let mut request = post(&format!("{APP}/login"), &json!(null));
    *request.body_mut() = Body::from(&b"{\"code\":\"\xff\"}"[..]);
    ask(&service, request).await.is_problem(400, "malformed-body");
    let zipped = with(post(&format!("{APP}/login"), &json!({})), &[("content-encoding", "gzip")]);
    ask(&service, zipped).await.is_problem(415, "unsupported-media-type");
    assert_eq!(scene.platform.journal(0).len(), 0, "none of this reached the platform");
}
