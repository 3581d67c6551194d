//! What each failure is called, and what it says to do.

use std::error::Error as _;

use yzb::{App, Error, ErrorKind, Retry, TransportError, TransportErrorKind, transport_fn};
use yzb_emulator::demo;

use crate::scene::{Pretended, Scene};

/// An app whose transport always answers so.
fn answering(http_status: u16, body: &'static str) -> App {
    let transport = transport_fn(move |_| async move {
        let answer = http::Response::builder().status(http_status);
        Ok(answer.body(yzb::Body::from(body)).unwrap())
    });
    App::builder(demo::APP_ID, demo::APP_SECRET).transport(transport).build().unwrap()
}

fn failing(kind: TransportErrorKind) -> App {
    let transport = transport_fn(move |_| async move {
        let refused = std::io::Error::other("what the stack says");
        Err(TransportError::new(kind).with_source(refused))
    });
    App::builder(demo::APP_ID, demo::APP_SECRET).transport(transport).build().unwrap()
}

#[tokio::test]
async fn a_login_is_told_apart_by_whether_its_code_may_be_spent() {
    let error = failing(TransportErrorKind::Timeout).login("code").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Exchange, Retry::NewAuthCode));
    let error = failing(TransportErrorKind::Connect).login("code").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Exchange, Retry::Later(None)));
    assert!(error.source().unwrap().to_string().contains("what the stack says"));
    assert!(error.call().unwrap().transport().is_some());

    let error = answering(502, "<html>").login("code").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Undecodable, Retry::NewAuthCode));
}

#[tokio::test]
async fn who_has_no_token_hears_why_the_renewal_failed() {
    let app = failing(TransportErrorKind::UnknownIssuer);
    let error = app.user_count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoServerToken);
    assert_eq!(error.retry(), Retry::FixConfiguration);
    let shown = error.to_string();
    assert!(shown.starts_with("there is no server token: the server's certificate"), "{shown}");
    assert!(error.call().unwrap().transport().is_some());
    let again = app.user_count().await.unwrap_err();
    assert_eq!(again.lease().unwrap().attempt(), error.lease().unwrap().attempt());
}

#[tokio::test]
async fn a_list_that_does_not_advance_ends_with_an_error() {
    let scene = Scene::demo();
    let stuck = transport_fn(move |request: http::Request<yzb::Body>| {
        let scene = scene.clone();
        async move {
            if request.uri().path() == "/CommonResource/getUserList" {
                let page = r#"{"status":2000,"data":[{"id":"7","open_id":"a"}]}"#;
                return Ok(http::Response::new(yzb::Body::from(page)));
            }
            yzb::Transport::send(&scene, request).await
        }
    });
    let app = App::builder(demo::APP_ID, demo::APP_SECRET).transport(stuck).build().unwrap();
    let mut users = app.users();
    assert!(users.next().await.unwrap().is_some());
    let error = users.next().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::StuckList, Retry::Later(None)));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_centuries_signs_nothing() {
    struct Far(Pretended);

    impl yzb::Clock for Far {
        fn now(&self) -> yzb::Now {
            let now = self.0.now();
            yzb::Now::new(yzb::UnixSeconds::new(99_999_999_999), now.monotonic)
        }
    }

    let scene = Scene::demo();
    let app = scene.builder().clock(Far(scene.clock)).build().unwrap();
    let error = app.sign_page("https://example.com/").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Clock, Retry::FixConfiguration));
}

#[test]
fn errors_can_be_shared() {
    fn check<T: Clone + Send + Sync + std::error::Error + 'static>() {}
    check::<Error>();
    assert!(size_of::<Error>() <= 16);
}
