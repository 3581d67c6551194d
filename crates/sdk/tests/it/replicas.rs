//! The document's ten-minute rule: replicas that sign pages for two days, with a store each and with
//! one for all.

use std::collections::HashMap;

use crate::scene::{Scene, Turns, pass};
use yzb::{App, Event, MemoryStore, SharedStore, SignedPage};

const REPLICAS: usize = 3;
/// Two days.
const MINUTES: u64 = 2 * 24 * 60;
const PAGE: &str = "https://example.com/shop/?from=home";

/// What came of signing a page a minute in each replica.
#[derive(Debug, Default)]
struct Outcome {
    signed: usize,
    /// Refused by the platform at the moment of signing.
    refused: usize,
    /// Refused although it was still sure.
    unsure: usize,
    events: HashMap<&'static str, usize>,
    /// Codes that were refused with more than ten minutes left: somebody else issues.
    refused_early: usize,
}

/// So many minutes of replicas, each of which has its store from `store`.
async fn replicas(minutes: u64, store: impl Fn() -> SharedStore) -> Outcome {
    let scene = Scene::demo();
    let replica = |_| scene.builder().store(store()).build().unwrap();
    let replicas: Vec<App> = (0..REPLICAS).map(replica).collect();
    let keepers: Vec<_> = replicas.iter().map(|app| tokio::spawn(app.keep_fresh())).collect();
    let (mut outcome, mut kept) = (Outcome::default(), Vec::new());
    for _ in 0..minutes {
        for app in &replicas {
            let page = app.sign_page(PAGE).await.unwrap().into_owned();
            outcome.signed += 1;
            outcome.refused += usize::from(!scene.accepts(&page));
            kept.push(page);
        }
        pass(60).await;
        // What is not sure for another minute is looked at now, in its last one.
        let now = scene.now();
        kept.retain(|page: &SignedPage<'_>| {
            let sure = page.sure_until().as_secs().saturating_sub(now);
            outcome.unsure += usize::from((1..=60).contains(&sure) && !scene.accepts(page));
            sure > 60
        });
    }
    keepers.iter().for_each(tokio::task::JoinHandle::abort);
    for (_, event) in scene.events() {
        *outcome.events.entry(event.name()).or_default() += 1;
        if let Event::Invalidated { left, .. } = event {
            outcome.refused_early += usize::from(left.as_secs() > 600);
        }
    }
    outcome
}

#[tokio::test(start_paused = true)]
async fn replicas_that_share_a_store_sign_no_page_that_fails_to_verify() {
    let store = MemoryStore::as_if_shared();
    let outcome = replicas(MINUTES, || SharedStore::new(store.clone())).await;
    assert_eq!(outcome.signed, REPLICAS * MINUTES as usize);
    // The crate's docs have the figures of this run, and of the other.
    println!("{outcome:?}");
    assert_eq!((outcome.refused, outcome.unsure), (0, 0), "{outcome:?}");
    let issued = outcome.events["issued"];
    assert!(issued <= 60, "one issue for all, of a token and of a ticket: {outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn replicas_with_a_store_each_replace_each_other_s_codes_and_are_told_so() {
    let outcome = replicas(MINUTES, || SharedStore::new(MemoryStore::new())).await;
    assert_eq!(outcome.signed, REPLICAS * MINUTES as usize);
    println!("{outcome:?}");
    assert!(outcome.refused > outcome.signed / 2, "{outcome:?}");
    assert!(outcome.refused_early > 20, "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn replicas_that_take_turns_issue_each_code_once_and_fail_nobody() {
    let store = Turns::default();
    let outcome = replicas(MINUTES / 4, || SharedStore::new(store.clone())).await;
    assert_eq!((outcome.refused, outcome.unsure), (0, 0), "{outcome:?}");
    assert!(outcome.events["issued"] <= 16, "{outcome:?}");
    assert_eq!(outcome.events.get("failed"), None, "{outcome:?}");
}
