//! Whoever has only a turn to send sends nothing after it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use yzb::http::{Request, Response};
use yzb::transport::{Retry, SendWithin};
use yzb::{App, Body, ErrorKind, Transport, TransportError};

use yzb_emulator::{Call, Fault, FaultKind};

use crate::scene::{Scene, Turns, pass};

/// A path, and within how long it was to be sent.
type Seen = (String, Option<Duration>);

/// Notes how long each request might wait, and answers so much later.
#[derive(Clone)]
struct Noting {
    scene: Scene,
    seen: Arc<Mutex<Vec<Seen>>>,
    takes: u64,
}

impl Transport for Noting {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let seen = (request.uri().path().to_owned(), SendWithin::of(&request));
        self.seen.lock().unwrap().push(seen);
        pass(self.takes).await;
        self.scene.send(request).await
    }
}

fn app(takes: u64) -> (App, Noting) {
    let noting = Noting { scene: Scene::demo(), seen: Arc::default(), takes };
    let builder = noting.scene.builder().store(Turns::default()).transport(noting.clone());
    (builder.build().unwrap(), noting)
}

#[tokio::test(start_paused = true)]
async fn a_request_is_told_within_how_long_it_is_to_be_sent() {
    let (app, noting) = app(3);
    app.js_ticket().await.unwrap();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let seen = noting.seen.lock().unwrap().clone();
    // The ticket has its turn while the token is got.
    let wanted = [("/OAuth2/token".into(), seconds(20)), ("/OAuth2/ticket".into(), seconds(17))];
    assert_eq!(seen, wanted);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_once_the_turn_may_be_somebody_else_s() {
    let (app, noting) = app(21);
    let error = app.js_ticket().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoTicket);
    assert!(error.to_string().contains("until the request could be sent"), "{error}");
    assert_eq!(noting.seen.lock().unwrap().len(), 1, "the token alone");
}

#[tokio::test(start_paused = true)]
async fn a_repeating_transport_sends_a_request_for_a_ticket_once_more_and_no_oftener() {
    let scene = Scene::demo();
    let app = scene.builder().transport(Retry::new(scene.clone())).build().unwrap();
    let gateway = || Fault::new(FaultKind::ServerError).on(Call::JsTicket);
    scene.set_faults(gateway().first(1));
    app.js_ticket().await.unwrap();
    assert_eq!(scene.asked(Call::JsTicket), 2);

    pass(6400).await;
    scene.set_faults(gateway());
    assert!(app.js_ticket().await.is_ok(), "what is held is served");
    assert_eq!(scene.asked(Call::JsTicket), 4);
}
