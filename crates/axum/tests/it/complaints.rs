//! "The platform refused this one."

use serde_json::{Value, json};
use yzb_emulator::{Call, demo};

use crate::scene::{APP, Scene, Trouble, ask, post};

async fn complain(scene: &Scene, body: Value) -> Value {
    scene.post(&format!("{APP}/invalidate"), &body).await.ok()["outcome"].clone()
}

async fn token(scene: &Scene) -> Value {
    scene.get(&format!("{APP}/server-token")).await.ok()
}

#[tokio::test]
async fn a_complaint_that_is_not_true_costs_nothing_but_a_question() {
    let scene = Scene::new();
    let held = token(&scene).await;
    for _ in 0..50 {
        let body = json!({ "kind": "server-token", "fingerprint": held["fingerprint"] });
        assert_eq!(complain(&scene, body).await, "still-valid");
    }
    assert_eq!(token(&scene).await, held);
    assert_eq!((scene.asked(Call::CheckCode), scene.asked(Call::ServerToken)), (1, 1));
    scene.pass(6);
    let body = json!({ "kind": "server-token", "code": held["access_token"] });
    assert_eq!(complain(&scene, body).await, "still-valid");
    assert_eq!(scene.asked(Call::CheckCode), 2, "what was said a while ago is asked again");
}

#[tokio::test]
async fn a_complaint_about_another_code_than_the_held_one_asks_nothing() {
    let scene = Scene::new();
    let body = json!({ "kind": "server-token", "fingerprint": "00000000" });
    assert_eq!(complain(&scene, body.clone()).await, "not-held");
    let held = token(&scene).await;
    assert_eq!(complain(&scene, body).await, "not-held");
    let crossed = json!({ "kind": "js-ticket", "fingerprint": held["fingerprint"] });
    assert_eq!(complain(&scene, crossed).await, "not-held");
    let other = json!({ "kind": "server-token", "code": "another" });
    assert_eq!(complain(&scene, other).await, "not-held");
    assert_eq!(scene.asked(Call::CheckCode), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_true_complaints_make_one_renewal() {
    let scene = Scene::new();
    let held = token(&scene).await;
    scene.pass(60);
    assert!(scene.platform.revoke_server_token(demo::APP_ID));
    let service = scene.service().build();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let body = json!({ "kind": "server-token", "fingerprint": held["fingerprint"] });
        let (service, scene) = (service.clone(), scene.clone());
        asking.spawn(async move {
            let outcome = ask(&service, post(&format!("{APP}/invalidate"), &body)).await.ok();
            (outcome["outcome"].clone(), token(&scene).await)
        });
    }
    while let Some(asked) = asking.join_next().await {
        let (outcome, new) = asked.unwrap();
        assert!(outcome == "dropped" || outcome == "not-held", "{outcome}");
        assert_ne!(new, held);
    }
    assert_eq!((scene.asked(Call::CheckCode), scene.asked(Call::ServerToken)), (1, 2));
}

#[tokio::test]
async fn a_ticket_that_somebody_else_replaced_is_dropped_while_it_still_verifies() {
    let scene = Scene::new();
    let ticket = scene.get(&format!("{APP}/js-ticket")).await.ok();
    scene.pass(60);
    // Somebody else, with a token of their own.
    let other = scene.app(demo::APP_ID, demo::APP_SECRET);
    other.js_ticket().await.unwrap();
    let body = json!({ "kind": "js-ticket", "code": ticket["js_ticket"] });
    assert_eq!(complain(&scene, body).await, "dropped");
    assert_ne!(scene.get(&format!("{APP}/js-ticket")).await.ok(), ticket);
}

#[tokio::test]
async fn without_an_answer_of_the_platform_nothing_is_dropped() {
    let scene = Scene::new();
    let held = token(&scene).await;
    scene.trouble(Trouble::Break);
    let body = json!({ "kind": "server-token", "fingerprint": held["fingerprint"] });
    for _ in 0..10 {
        scene.post(&format!("{APP}/invalidate"), &body).await.is_problem(502, "exchange");
    }
    assert_eq!(token(&scene).await, held);
}
