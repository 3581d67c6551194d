//! What the platform knows and a store does not: what time it is, and that somebody else issued.

use yzb::cache::{Policy, Witness};
use yzb::{Clock, Event, Lifetime, MemoryStore, Now, SharedStore};
use yzb_emulator::Call;

use crate::scene::{Pretended, Scene, pass};

const PAGE: &str = "https://example.com/";

/// A clock that is ahead of the platform's by so many seconds.
struct Ahead(Pretended, u64);

impl Clock for Ahead {
    fn now(&self) -> Now {
        let now = self.0.now();
        Now::new(now.wall + Lifetime::from_secs(self.1), now.monotonic)
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_differs_from_the_platforms_is_told_of_with_the_first_code() {
    for (ahead, wanted) in [(0, None), (25, None), (600, Some(-600))] {
        let scene = Scene::demo();
        let app = scene.builder().clock(Ahead(scene.clock, ahead)).build().unwrap();
        app.server_token().await.unwrap();
        let told = scene.events().into_iter().find_map(|(_, event)| match event {
            Event::ClockDiffers { seconds, witness: Witness::Platform, .. } => Some(seconds),
            _ => None,
        });
        match (told, wanted) {
            (Some(told), Some(wanted)) => assert!(i64::abs_diff(told, wanted) <= 2, "{told}"),
            _ => assert_eq!(told, wanted),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_others_may_issue_unseen_the_platform_says_so_before_a_page_fails() {
    let scene = Scene::demo();
    let policy = Policy::builder().other_issuers(true).build().unwrap();
    let store = SharedStore::new(MemoryStore::as_if_shared());
    let app = scene.builder().policy(policy).store(store).build().unwrap();
    let keeper = tokio::spawn(app.keep_fresh());
    app.sign_page(PAGE).await.unwrap();
    pass(1000).await;
    // Somebody at a console, who tells no store.
    let stranger = scene.app();
    stranger.js_ticket().await.unwrap();
    let mut refused = 0;
    for _ in 0..120 {
        pass(60).await;
        let page = app.sign_page(PAGE).await.unwrap();
        refused += usize::from(!scene.accepts(&page));
    }
    keeper.abort();
    assert_eq!(refused, 0);
    assert!(scene.told("replaced-elsewhere") >= 1);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_may_the_platform_is_asked_nothing_while_all_is_fresh() {
    let scene = Scene::demo();
    let store = SharedStore::new(MemoryStore::as_if_shared());
    let app = scene.builder().store(store).build().unwrap();
    let keeper = tokio::spawn(app.keep_fresh());
    app.sign_page(PAGE).await.unwrap();
    let calls = [Call::ServerToken, Call::JsTicket, Call::CheckCode];
    let before = calls.map(|call| scene.asked(call));
    pass(3600).await;
    keeper.abort();
    assert_eq!(calls.map(|call| scene.asked(call)), before);
}
