//! Transports, platforms and arguments that mean no good.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use yzb::{
    App, AppId, AppSecret, Body, CheckedCode, Error, ErrorKind, JsTicket, OpenId, Random,
    RandomError, Retry, TransportError, transport_fn,
};
use yzb_emulator::Call;

use crate::scene::{Scene, pass};

const SECRET: &str = "app-5ecre7/+&=%";

fn chain(error: &Error) -> String {
    let mut text = format!("{error:?} {error:#?} {error}");
    let mut next = error.source();
    while let Some(error) = next {
        let _ = write!(text, " {error:?} {error:#?} {error}");
        next = error.source();
    }
    text
}

/// A platform of one's own: whatever this answers to a path and a form.
fn platform(
    answer: impl Fn(&str, &str) -> Response<Body> + Send + Sync + 'static,
) -> impl yzb::Transport + 'static {
    let answer = Arc::new(answer);
    transport_fn(move |request: Request<Body>| {
        let form = String::from_utf8_lossy(request.body().as_ref()).into_owned();
        let answer = answer(request.uri().path(), &form);
        async move { Ok::<_, TransportError>(answer) }
    })
}

fn json(text: impl Into<String>) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(text.into()))
        .unwrap()
}

fn app(transport: impl yzb::Transport + 'static) -> App {
    App::builder("100027", SECRET).transport(transport).build().unwrap()
}

/// The page that ends at this row.
fn page(last: usize) -> Response<Body> {
    json(format!(r#"{{"status":2000,"data":[{{"id":"{last}","open_id":"o{last}"}}]}}"#))
}

fn token() -> Response<Body> {
    json(r#"{"status":2000,"data":{"access_token":"5ecre7-token","expires_in":7200}}"#)
}

#[tokio::test]
async fn a_list_that_goes_round_ends_with_an_error_however_long_the_round() {
    for (before, round) in [(0, 1), (0, 2), (1, 2), (3, 7), (10, 1), (9, 50)] {
        let asked = AtomicUsize::new(0);
        let app = app(platform(move |path, _| match path {
            "/CommonResource/getUserList" => {
                let number = asked.fetch_add(1, Ordering::SeqCst);
                page(if number < before { 1000 + number } else { (number - before) % round })
            }
            _ => token(),
        }));
        let mut users = app.users();
        let mut pages = 0;
        let error = loop {
            match users.next_page().await {
                Ok(page) => assert!(!page.is_empty()),
                Err(error) => break error,
            }
            pages += 1;
            assert!(pages <= 4 * (before + round), "{before} + {round}: it goes on for ever");
        };
        assert_eq!((error.kind(), error.retry()), (ErrorKind::StuckList, Retry::Later(None)));
    }
}

/// It sends back whatever it was told, at each place that an error may speak of.
#[tokio::test]
async fn a_platform_that_echoes_secrets_gets_none_into_an_error() {
    let echo = |place: usize| {
        platform(move |path, form| {
            if path == "/CommonResource/getUserCount" || place >= 10 {
                let text = serde_json::to_string(form).unwrap();
                let (form, header) = (form.to_owned(), form);
                let answer = Response::builder();
                return match place % 10 {
                    0 => json(format!(r#"{{"status":4000,"message":{text}}}"#)),
                    1 => json(format!(r#"{{"status":{text},"message":{text},"data":{text}}}"#)),
                    2 => answer.header("content-type", header).body(form.into()).unwrap(),
                    3 => answer
                        .status(302)
                        .header("location", format!("https://elsewhere.example/?{header}"))
                        .body(form.into())
                        .unwrap(),
                    4 => answer
                        .status(302)
                        .header("location", "//app-5ecre7@elsewhere.example/app-5ecre7")
                        .body(form.into())
                        .unwrap(),
                    5 => json(format!(r#"{{"status":2000,"data":{{{text}:{text}}}}}"#)),
                    6 => {
                        answer.status(429).header("retry-after", header).body(form.into()).unwrap()
                    }
                    _ => json(form),
                };
            }
            token()
        })
    };
    let open_id = OpenId::new("o").unwrap();
    for place in (0..8).chain(10..18) {
        let app = app(echo(place));
        let errors = [
            app.user_count().await.err(),
            app.login("code-5ecre7").await.err(),
            app.js_ticket().await.err(),
            app.base_info(&open_id).await.err(),
            app.check(CheckedCode::JsTicket(&JsTicket::new("5ecre7-ticket").unwrap())).await.err(),
        ];
        assert!(errors[0].is_some());
        for error in errors.iter().flatten() {
            let shown = chain(error);
            assert!(!shown.contains("5ecre7"), "place {place}: {shown}");
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}

#[tokio::test]
async fn answers_to_another_question_are_errors_and_no_code() {
    let answers = [
        r#"{"status":2000,"data":{"js_ticket":"t","expires_in":7200}}"#,
        r#"{"status":2000,"data":[]}"#,
        r#"{"status":2000,"data":"<html>"}"#,
        r#"{"status":2000}"#,
        "<html><body>200 OK</body></html>",
        "",
        "null",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];
    for answer in answers {
        let app = app(platform(move |_, _| json(answer)));
        let error = app.server_token().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoServerToken, "{answer}");
        assert!(app.server_tokens().peek().is_none());
        assert!(matches!(error.retry(), Retry::Later(_)), "{answer}: {error}");
        assert!(app.login("code").await.is_err() && app.user_count().await.is_err());
        let ticket = app.sign_page("https://example.com/").await.unwrap_err();
        assert_eq!(ticket.kind(), ErrorKind::NoTicket);
    }
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_never_answers_costs_those_who_wait_a_minute_and_a_half() {
    let scene = Scene::demo();
    let never = transport_fn(|_: Request<Body>| {
        std::future::pending::<Result<Response<Body>, TransportError>>()
    });
    let app = scene.builder().transport(never).build().unwrap();
    let began = scene.now();
    let error = app.server_token().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::NoServerToken, Retry::Later(None)));
    assert!((90..95).contains(&(scene.now() - began)));
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_costs_one_renewal_and_the_app_goes_on() {
    let scene = Scene::demo();
    let (inner, panics) = (scene.clone(), Arc::new(AtomicUsize::new(1)));
    let transport = transport_fn(move |request: Request<Body>| {
        let (inner, panics) = (inner.clone(), Arc::clone(&panics));
        async move {
            assert!(panics.fetch_sub(1, Ordering::SeqCst) != 1, "planted");
            panics.store(2, Ordering::SeqCst);
            yzb::Transport::send(&inner, request).await
        }
    });
    let app = scene.builder().transport(transport).build().unwrap();
    let error = app.sign_page("https://example.com/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoTicket);
    pass(60).await;
    assert!(scene.accepts(&app.sign_page("https://example.com/").await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn without_randomness_no_page_is_signed_and_everything_else_goes_on() {
    struct Broken;
    impl Random for Broken {
        fn bytes(&self) -> Result<[u8; 16], RandomError> {
            Err(RandomError::new())
        }
    }

    let scene = Scene::demo();
    let app = scene.builder().random(Broken).build().unwrap();
    let error = app.sign_page("https://example.com/").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Random, Retry::FixConfiguration));
    assert_eq!(scene.asked(Call::JsTicket), 0, "nothing is asked for in vain");
    assert_eq!(app.user_count().await.unwrap(), 252);
    let keeper = tokio::spawn(app.keep_fresh());
    pass(4 * 7200).await;
    assert!(app.tickets().peek().is_some() && !keeper.is_finished());
    keeper.abort();
}

#[tokio::test]
async fn what_no_argument_can_be_is_refused_with_a_kind_and_sent_nowhere() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let app = app(platform(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        token()
    }));
    let long = "a".repeat(1 << 20);
    let url = format!("https://example.com/{long}");
    for code in ["", " ", "a\nb", "a\0b", "\u{202e}", "a\u{7f}", long.as_str()] {
        let error = app.login(code).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{code:.20}");
        assert!(error.to_string().len() < 500);
        if code != " " {
            assert!(OpenId::new(code).is_err() && AppSecret::new(code).is_err(), "{code:.20?}");
        }
    }
    for id in ["", "../1", "1/2", "1:2", "1\0", "1\n", "１", long.as_str()] {
        assert!(AppId::new(id).is_err(), "{id:.20}");
        let error = App::builder(id, SECRET).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(!chain(&error).contains("5ecre7") && chain(&error).len() < 1000);
    }
    let pages = [
        "",
        "example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "https://user:pass@example.com/",
        "https://example.com/\r\nx: y",
        "https://example.com/a b",
        "https://example.com\\@evil.example/",
        "https://example.com/\u{202e}",
        "HTTPS://EXAMPLE.COM/",
        url.as_str(),
    ];
    for page in pages {
        let error = app.sign_page(page).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPage, "{page:.40}");
        assert!(error.to_string().len() < 500);
    }
    assert_eq!(sent.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_by_centuries_is_an_error_and_no_panic() {
    struct Off(u64, Scene);
    impl yzb::Clock for Off {
        fn now(&self) -> yzb::Now {
            let now = self.1.clock.now();
            yzb::Now::new(yzb::UnixSeconds::new(self.0), now.monotonic)
        }
    }

    for wall in [0, 1, 999_999_999, 10_000_000_000, u64::from(u32::MAX), u64::MAX - 7000, u64::MAX]
    {
        let scene = Scene::demo();
        let app = scene.builder().clock(Off(wall, scene.clone())).build().unwrap();
        let signed = app.sign_page("https://example.com/").await;
        match signed.map(|page| page.timestamp().as_secs()) {
            Ok(at) => assert_eq!((at, at.to_string().len()), (wall, 10)),
            Err(error) => {
                let kinds = [ErrorKind::Clock, ErrorKind::NoTicket];
                assert!(kinds.contains(&error.kind()), "{wall}: {error}");
            }
        }
        let keeper = tokio::spawn(app.keep_fresh());
        tokio::time::sleep(Duration::from_secs(3 * 7200)).await;
        assert!(!keeper.is_finished(), "{wall}");
        keeper.abort();
        let asked = scene.asked(Call::ServerToken);
        assert!(asked <= 3 * 7200 / 30, "{wall}: {asked} requests");
    }
}
