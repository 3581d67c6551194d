//! Many apps in one process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use yzb::{AppId, AppSecret, Apps, ErrorKind, Event, SlotKey};
use yzb_emulator::{Call, Fault, FaultKind, World, demo};

use crate::scene::{Scene, Turns, pass};

const PAGE: &str = "https://example.com/";

fn app_id(number: usize) -> AppId {
    AppId::new(&format!("{}", 100_000 + number)).unwrap()
}

fn secret(number: usize) -> AppSecret {
    AppSecret::new(&format!("secret-{number}")).unwrap()
}

/// A platform with so many apps.
fn scene(apps: usize) -> Scene {
    let register =
        |world: World, number| world.app(app_id(number).as_str(), secret(number).expose_secret());
    Scene::new((0..apps).fold(World::new(), register))
}

fn apps(scene: &Scene) -> Apps {
    scene.apps_builder().build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_app_is_made_once_and_shared_by_all_who_ask() {
    let scene = Scene::demo();
    let apps = apps(&scene);
    let (app_id, secret) =
        (AppId::new(demo::APP_ID).unwrap(), AppSecret::new(demo::APP_SECRET).unwrap());
    assert!(apps.is_empty() && apps.next_deadline().is_none());
    let (one, other) = (apps.app(&app_id, &secret), apps.app(&app_id, &secret));
    one.sign_page(PAGE).await.unwrap();
    other.sign_page(PAGE).await.unwrap();
    assert_eq!(other.user_count().await.unwrap(), 252);
    assert_eq!(
        (apps.len(), scene.asked(Call::ServerToken), scene.asked(Call::JsTicket)),
        (1, 1, 1)
    );
    assert!(apps.next_deadline().is_some());
}

#[tokio::test(start_paused = true)]
async fn apps_and_secrets_never_share_a_code() {
    let scene = scene(2);
    let apps = apps(&scene);
    let mut codes = Vec::new();
    for number in 0..2 {
        let app = apps.app(&app_id(number), &secret(number));
        codes.push(app.server_token().await.unwrap().fingerprint());
        codes.push(app.js_ticket().await.unwrap().fingerprint());
    }
    codes.dedup();
    assert_eq!(codes.len(), 4);

    // Another secret is another app, which the platform refuses; the right one goes on.
    let wrong = apps.app(&app_id(0), &secret(7));
    assert_eq!(wrong.server_token().await.unwrap_err().kind(), ErrorKind::NoServerToken);
    apps.app(&app_id(0), &secret(0)).server_token().await.unwrap();
    assert_eq!(apps.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_keeper_keeps_all_fresh_and_a_failing_app_delays_no_other() {
    let scene = scene(20);
    let apps = apps(&scene);
    let keeper = tokio::spawn(apps.keep_fresh(2));
    scene.set_faults(Fault::new(FaultKind::IpRefused).app(app_id(0).as_str()));
    let handles: Vec<_> =
        (0..20).map(|number| apps.app(&app_id(number), &secret(number))).collect();
    for _ in 0..(6 * 60) {
        pass(60).await;
        let held = |app: &&yzb::App| app.tickets().peek().is_some();
        assert_eq!(handles.iter().filter(held).count(), 19);
    }
    keeper.abort();
    let mut failed = scene.events().into_iter().filter_map(|(key, event)| {
        matches!(event, Event::Failed { .. }).then(|| key.app_id().clone())
    });
    assert!(failed.all(|failed| failed == app_id(0)));
}

#[tokio::test(start_paused = true)]
async fn who_is_idle_or_removed_is_gone_and_comes_back_when_asked_for() {
    let scene = scene(3);
    let apps = apps(&scene);
    let kept = apps.app(&app_id(0), &secret(0));
    for number in 0..3 {
        apps.app(&app_id(number), &secret(number)).sign_page(PAGE).await.unwrap();
    }
    pass(3600).await;
    assert_eq!(apps.drop_idle(Duration::from_secs(1800)), 2, "nobody holds the others");
    assert_eq!(apps.len(), 1);

    assert!(apps.remove(&app_id(0), &secret(0)));
    assert!(!apps.remove(&app_id(0), &secret(0)));
    assert!(apps.is_empty());
    let asked = scene.platform().calls(Call::JsTicket, None);
    kept.sign_page(PAGE).await.unwrap();
    assert_eq!(scene.platform().calls(Call::JsTicket, None), asked, "a handle goes on");
    apps.app(&app_id(0), &secret(0)).sign_page(PAGE).await.unwrap();
    assert_eq!(scene.platform().calls(Call::JsTicket, None), asked + 1, "another one is made");
}

#[tokio::test(start_paused = true)]
async fn an_observer_may_ask_for_an_app_that_is_being_removed() {
    let scene = scene(1);
    let made: Arc<OnceLock<Apps>> = Arc::default();
    let (seen, asked) = (Arc::clone(&made), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let observer = move |_: &SlotKey, event: &Event| {
        if let (Event::Failed { .. }, Some(apps)) = (event, seen.get()) {
            assert_eq!(apps.app(&app_id(0), &secret(0)).app_id(), &app_id(0));
            count.fetch_add(1, Ordering::SeqCst);
        }
    };
    let apps = scene.apps_builder().store(Turns::default()).observer(observer).build().unwrap();
    made.set(apps.clone()).unwrap();
    scene.set_faults(Fault::new(FaultKind::Silence));
    let keeper = tokio::spawn(apps.keep_fresh(1));
    let app = apps.app(&app_id(0), &secret(0));
    let asking = tokio::time::timeout(Duration::from_secs(3), app.server_token());
    assert!(asking.await.is_err(), "the request is under way, and its caller goes");

    // The keeper would go on with it, and may not any more. (On a thread, because it may not end.)
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(apps.remove(&app_id(0), &secret(0))));
    assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok(true), "it waits for itself");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    keeper.abort();
}
