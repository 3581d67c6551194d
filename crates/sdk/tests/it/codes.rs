//! The server's token, the ticket, and pages signed with it.

use yzb::{ErrorKind, Event, Kind, LeaseErrorKind, PageUrl, Retry};
use yzb_emulator::{Call, Fault, FaultKind, demo};

use crate::scene::{BEGIN, Scene, pass};

const PAGE: &str = "https://example.com/shop/?from=home#top";

#[tokio::test(start_paused = true)]
async fn a_signed_page_is_what_the_platform_accepts() {
    let scene = Scene::demo();
    let app = scene.app();
    let signed = app.sign_page(PAGE).await.unwrap();
    assert!(scene.accepts(&signed));
    assert_eq!(signed.sure_until().as_secs(), BEGIN + 600, "the next renewal may come at once");

    let json = serde_json::to_value(&signed).unwrap();
    assert_eq!(json["app_id"], demo::APP_ID);
    assert_eq!(json["timestamp"], BEGIN.to_string());
    assert_eq!(json["url"], "https://example.com/shop");
    assert_eq!(json["nonce_str"].as_str().unwrap().len(), 32);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&signed.to_json()).unwrap(), json);
    assert_eq!(json.as_object().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_sure_for_ten_minutes_even_if_its_ticket_is_replaced_at_once() {
    let scene = Scene::demo();
    let app = scene.app();
    let signed = app.sign_page(PAGE).await.unwrap();
    // Somebody who shares nothing with us.
    scene.app().js_ticket().await.unwrap();
    pass(599).await;
    assert_eq!(scene.now() + 1, signed.sure_until().as_secs());
    assert!(scene.accepts(&signed));
    pass(1).await;
    assert!(!scene.accepts(&signed));
}

#[tokio::test(start_paused = true)]
async fn no_two_pages_have_the_same_nonce_and_one_ticket_signs_all() {
    let scene = Scene::demo();
    let app = scene.app();
    let page = PageUrl::scan(PAGE).unwrap();
    let first = app.sign(page.clone()).await.unwrap();
    let second = app.sign(page).await.unwrap().into_owned();
    assert_ne!(first.nonce(), second.nonce());
    assert_ne!(first.signature(), second.signature());
    assert_eq!((scene.asked(Call::JsTicket), scene.asked(Call::ServerToken)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_no_browser_reports_is_refused_by_its_part() {
    let scene = Scene::demo();
    let error = scene.app().sign_page("https://EXAMPLE.com/").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidPage, Retry::Never));
    assert!(error.to_string().contains("location.href"), "{error}");
    assert_eq!(scene.asked(Call::JsTicket), 0);
}

#[tokio::test(start_paused = true)]
async fn the_keeper_renews_both_codes_before_anybody_waits() {
    let scene = Scene::demo();
    let app = scene.app();
    let keeper = tokio::spawn(app.keep_fresh());
    pass(1).await;
    for _ in 0..(24 * 60) {
        pass(60).await;
        assert!(app.server_tokens().peek().is_some() && app.tickets().peek().is_some());
    }
    keeper.abort();
    // 7200 s less 900 s, ten percent of those either way.
    let asked = scene.asked(Call::JsTicket);
    assert!((13..=15).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_needs_a_token_and_replaces_one_that_died() {
    let scene = Scene::demo();
    let app = scene.app();
    app.server_token().await.unwrap();
    pass(60).await;
    scene.revoke_token();
    app.js_ticket().await.unwrap();
    assert_eq!((scene.asked(Call::ServerToken), scene.asked(Call::JsTicket)), (2, 2));
    let left = scene.events().into_iter().find_map(|(key, event)| match event {
        Event::Invalidated { left, .. } => Some((key.kind(), left.as_secs())),
        _ => None,
    });
    assert_eq!(left, Some((Kind::ServerToken, 7140)));
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_answer_was_lost_may_be_replaced_and_the_held_one_ends_in_time() {
    let scene = Scene::demo();
    let app = scene.app();
    app.js_ticket().await.unwrap();
    scene.set_faults(Fault::new(FaultKind::MalformedJson).on(Call::JsTicket));
    pass(6400).await;
    app.js_ticket().await.unwrap();
    let until = scene.events().into_iter().find_map(|(_, event)| match event {
        Event::PerhapsReplaced { until } => Some(until.as_secs()),
        _ => None,
    });
    assert_eq!(until, Some(BEGIN + 7000), "600 s after it was sent, not 800 s");
}

#[tokio::test(start_paused = true)]
async fn without_a_ticket_everybody_hears_why_and_it_comes_back_by_itself() {
    let scene = Scene::demo();
    let app = scene.app();
    scene.set_faults(Fault::new(FaultKind::IpRefused).until(30));
    let error = app.sign_page(PAGE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoTicket);
    assert!(matches!(error.lease().unwrap().kind(), LeaseErrorKind::Issue(_)));
    assert!(error.to_string().starts_with("there is no ticket: "), "{error}");
    assert_eq!(error.status(), Some(yzb::Status::GENERIC_ERROR), "what the platform said");
    pass(60).await;
    app.sign_page(PAGE).await.unwrap();
}
