//! When the platform fails, as a cache sees it.

use yzb_cache::{IssueError, LeaseErrorKind, MemoryStore, SlotKey, Store as _, Stored};
use yzb_proto::{AppId, JsTicket, Lifetime, Retry, ServerAccessToken, UnixSeconds};

use super::world::{Answer, Made as _, World, pass};
use crate::support::key;

fn away() -> Answer {
    Answer::Fails(IssueError::later("away"))
}

/// Seconds between one and the next.
fn gaps(asked: &[f64]) -> Vec<f64> {
    asked.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn during_an_outage_attempts_are_apart_by_pauses_that_grow_to_a_limit() {
    let world = World::new();
    world.answers(away());
    let keeper = tokio::spawn(world.tokens().keep_fresh());
    pass(600).await;
    keeper.abort();
    let gaps = gaps(&world.asked());
    assert!(gaps.iter().all(|gap| (1.0..=31.0).contains(gap)), "{gaps:?}");
    assert!(gaps.windows(2).all(|pair| pair[1] >= pair[0] - 0.1), "they grow: {gaps:?}");
    assert!((20..60).contains(&gaps.len()), "neither a storm nor a giving up: {}", gaps.len());
}

#[tokio::test(start_paused = true)]
async fn during_a_long_outage_callers_get_the_error_at_once_and_the_first_success_heals_all() {
    let world = World::new();
    let cache = world.tokens();
    cache.lease().await.unwrap();
    world.answers(away());
    pass(7300).await;
    let first = cache.lease().await.unwrap_err();
    let before = tokio::time::Instant::now();
    for _ in 0..100 {
        let error = cache.lease().await.unwrap_err();
        assert_eq!(error.attempt(), first.attempt(), "nobody begins another attempt");
        assert!(matches!(error.kind(), LeaseErrorKind::Issue(_)), "{error:?}");
    }
    assert_eq!(before.elapsed().as_millis(), 0, "nobody waits for a time-out");
    world.answers(Answer::Code);
    pass(31).await;
    for _ in 0..100 {
        assert_eq!(cache.lease().await.unwrap().serial(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_platform_asks_for_is_kept_up_to_a_cap() {
    for (asked, kept) in [(120, 120.0), (36_000, 300.0)] {
        let world = World::new();
        let retry = Retry::Later(Some(Lifetime::from_secs(asked)));
        world.answers(Answer::Fails(IssueError::new(retry, "429")));
        let keeper = tokio::spawn(world.tokens().keep_fresh());
        pass(1000).await;
        keeper.abort();
        let gaps = gaps(&world.asked());
        assert!(gaps.iter().all(|gap| (kept..kept + 2.0).contains(gap)), "{gaps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_an_operator_must_mend_is_repeated_rarely_and_no_other_app_notices() {
    let (world, other_world) = (World::new(), World::new());
    let refused = IssueError::fix_configuration("the secret is wrong");
    world.answers(Answer::Fails(refused));
    let (cache, other_app) = (world.tokens(), AppId::new("100028").unwrap());
    let other_key = SlotKey::new(key().origin().clone(), other_app, key().secret(), key().kind());
    let other = other_world.cache::<ServerAccessToken, _>(&other_key, MemoryStore::new());
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(3600).await;
    let asked = world.count();
    assert!((10..40).contains(&asked), "asked {asked} times in an hour");
    assert_eq!(world.seen("failed"), asked, "and loud each time");
    assert_eq!(other.lease().await.unwrap().serial(), 1);
    world.answers(Answer::Code);
    pass(300).await;
    assert!(cache.peek().is_some(), "once it is mended, no restart is wanted");
    keeper.abort();
}

#[tokio::test(start_paused = true)]
async fn a_code_without_a_lifetime_is_used_reported_and_not_stored() {
    let (world, store) = (World::new(), MemoryStore::new());
    world.answers(Answer::Named("no-lifetime", 0));
    let cache = world.cache::<ServerAccessToken, _>(&key(), store.clone());
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(300).await;
    keeper.abort();
    assert_eq!(cache.peek().unwrap().token().expose_secret(), "no-lifetime");
    assert!(store.load(&key()).await.unwrap().is_none());
    assert!(gaps(&world.asked()).iter().all(|gap| *gap >= 30.0), "{:?}", world.asked());
    assert!(world.told().contains("NoLifetime"));
}

#[tokio::test(start_paused = true)]
async fn an_absurd_lifetime_is_cut_and_reported() {
    let world = World::new();
    world.answers(Answer::Named("for-ever", 1_000_000_000));
    let cache = world.tokens();
    let lease = cache.lease().await.unwrap();
    assert_eq!(lease.expires_at(), UnixSeconds::new(1_700_014_400));
    assert!(world.told().contains("LongLifetime"));
}

#[tokio::test(start_paused = true)]
async fn the_same_code_again_is_accepted_and_becomes_no_loop() {
    let world = World::new();
    world.answers(Answer::Named("the-same", 60));
    let keeper = tokio::spawn(world.tokens().keep_fresh());
    pass(600).await;
    keeper.abort();
    let gaps = gaps(&world.asked());
    assert!(!gaps.is_empty() && gaps.iter().all(|gap| *gap >= 30.0), "{gaps:?}");
    assert!(world.told().contains("SameCode"));
}

#[tokio::test(start_paused = true)]
async fn a_ticket_request_without_a_definite_answer_ends_the_held_one_in_ten_minutes() {
    let world = World::new();
    let tickets = world.cache::<JsTicket, _>(&key(), MemoryStore::new());
    let lease = tickets.lease().await.unwrap();
    pass(6400).await;
    world.answers(Answer::Fails(IssueError::later("cut in the middle").perhaps_issued(true)));
    let sent = world.count();
    tickets.lease().await.unwrap();
    assert_eq!(world.count(), sent + 1);
    assert_eq!(world.seen("perhaps-replaced"), 1);
    world.answers(away());
    pass(580).await;
    assert!(tickets.peek().is_some_and(|held| held.serial() == lease.serial()));
    pass(20).await;
    assert!(tickets.peek().is_none(), "700 s before it would have expired by itself");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_somebody_replaced_is_adopted_from_the_store_within_a_minute_or_so() {
    let (world, store) = (World::new(), MemoryStore::as_if_shared());
    let tickets = world.cache::<JsTicket, _>(&key(), store.clone());
    let keeper = tokio::spawn(tickets.keep_fresh());
    let ours = tickets.lease().await.unwrap();
    pass(100).await;
    let theirs = Stored::new(
        yzb_cache::Code::JsTicket(JsTicket::made("theirs")),
        ours.expires_at() + Lifetime::from_secs(100),
    );
    store.save(&key().of_kind(yzb_cache::Kind::JsTicket), &theirs).await.unwrap();
    pass(73).await;
    keeper.abort();
    let held = tickets.peek().unwrap();
    assert_eq!(held.token().expose_secret(), "theirs");
    let previous = held.previous().unwrap();
    assert!(previous.token.same_as(ours.token()));
    assert!(previous.valid_until <= UnixSeconds::new(1_700_000_000 + 100 + 600));
    assert_eq!((world.count(), world.seen("foreign-writer")), (1, 1), "noticed, and not fought");
}
