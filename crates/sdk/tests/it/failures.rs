//! What breaks at the platform or on the way, and who notices.

use std::time::Duration;

use tokio::time::Instant;
use yzb::{App, ErrorKind, Kind, MemoryStore, Retry, Source};
use yzb_emulator::{Call, Dials, Fault, FaultKind, FaultPlan, World};

use crate::scene::{Scene, pass};

const PAGE: &str = "https://example.com/";

/// Signs a page a minute for so long; how often that failed.
async fn sign_for(app: &App, minutes: u64) -> usize {
    let mut failed = 0;
    for _ in 0..minutes {
        failed += usize::from(app.sign_page(PAGE).await.is_err());
        pass(60).await;
    }
    failed
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_what_is_held_is_noticed_by_the_observer_alone() {
    let scene = Scene::demo();
    let app = scene.app();
    assert_eq!(sign_for(&app, 104).await, 0);
    // What is lost may have arrived, so a ticket outlives ten minutes of this and no more.
    scene.set_faults(Fault::new(FaultKind::Outage).until(10 * 60));
    assert_eq!(sign_for(&app, 120).await, 0);
    assert!(scene.told("failed") > 5);
}

#[tokio::test(start_paused = true)]
async fn in_a_longer_outage_callers_hear_at_once_and_the_first_success_heals_all() {
    let scene = Scene::demo();
    let app = scene.app();
    app.sign_page(PAGE).await.unwrap();
    pass(7000).await;
    scene.set_faults(Fault::new(FaultKind::Silence).until(1800));
    pass(600).await;
    let error = app.sign_page(PAGE).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::NoTicket, Retry::Later(None)));
    let begin = Instant::now();
    for _ in 0..100 {
        app.sign_page(PAGE).await.unwrap_err();
    }
    assert_eq!(begin.elapsed(), Duration::ZERO, "nobody queues for time-outs");
    pass(1300).await;
    assert_eq!(sign_for(&app, 10).await, 0);
}

#[tokio::test(start_paused = true)]
async fn whose_address_is_refused_is_let_in_again_without_a_restart() {
    let scene = Scene::demo();
    let app = scene.app();
    let keeper = tokio::spawn(app.keep_fresh());
    scene.set_faults(Fault::new(FaultKind::IpRefused).until(3600));
    pass(3600).await;
    assert!(app.tickets().peek().is_none());
    let asked = scene.asked(Call::ServerToken);
    assert!((100..400).contains(&asked), "no storm, and no end: {asked}");
    pass(60).await;
    assert!(app.tickets().peek().is_some());
    keeper.abort();
}

#[tokio::test(start_paused = true)]
async fn the_same_token_again_is_no_reason_to_ask_in_a_tight_loop() {
    let mut dials = Dials::default();
    dials.server_token_repeats = true;
    let scene = Scene::new(World::demo().dials(dials));
    let app = scene.app();
    let keeper = tokio::spawn(app.keep_fresh());
    let mut failed = 0;
    for _ in 0..(8 * 360) {
        pass(10).await;
        failed += usize::from(app.user_count().await.is_err());
    }
    keeper.abort();
    // Lives are told in whole seconds, so that a call in a token's last one may come too late.
    assert!(failed <= 4, "once for each token at most: {failed}");
    let asked = scene.asked(Call::ServerToken);
    assert!(asked < 80, "each time at half of what is left: {asked}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_about_a_ticket_counts_as_a_replacement_on_every_way_to_lose_it() {
    for kind in [FaultKind::ResetBefore, FaultKind::ResetDuring, FaultKind::Silence] {
        let scene = Scene::demo();
        let app = scene.app();
        app.js_ticket().await.unwrap();
        scene.set_faults(Fault::new(kind).on(Call::JsTicket));
        pass(6500).await;
        app.js_ticket().await.unwrap();
        assert_eq!(scene.told("perhaps-replaced"), 1, "{kind}");
        pass(600).await;
        assert!(app.tickets().peek().is_none(), "{kind}: the platform may have ended it by now");
    }
    // Of what surely was not sent, or was refused, the held ticket lives on.
    let scene = Scene::demo();
    let app = scene.app();
    app.js_ticket().await.unwrap();
    scene.set_faults(Fault::new(FaultKind::IpRefused));
    pass(6500).await;
    app.js_ticket().await.unwrap();
    pass(600).await;
    assert!(app.tickets().peek().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_another_process_got_is_adopted_within_72_seconds() {
    let scene = Scene::demo();
    let store = MemoryStore::as_if_shared();
    let app = || scene.builder().store(store.clone()).build().unwrap();
    let (one, other) = (app(), app());
    let keeper = tokio::spawn(one.keep_fresh());
    one.js_ticket().await.unwrap();
    pass(6000).await;
    other.js_ticket().await.unwrap();
    pass(1000).await;
    let (a, b) = (one.js_ticket().await.unwrap(), other.js_ticket().await.unwrap());
    assert!(a.token().same_as(b.token()));
    let sources = [a.source(), b.source()];
    assert!(sources.contains(&Source::Issued) && sources.contains(&Source::Stored), "{sources:?}");
    keeper.abort();
}

#[tokio::test(start_paused = true)]
async fn a_lost_login_asks_the_page_for_another_code() {
    let scene = Scene::demo();
    let app = scene.builder().transport(yzb::transport::Retry::new(scene.clone())).build().unwrap();
    let plan = FaultPlan::from(Fault::new(FaultKind::ResetBefore).on(Call::UserLogin));
    scene.set_faults(plan);
    let error = app.login(&scene.auth_code()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Exchange, Retry::NewAuthCode));
    assert_eq!(scene.asked(Call::UserLogin), 1);
    assert_eq!(app.tickets().key().kind(), Kind::JsTicket);
}
