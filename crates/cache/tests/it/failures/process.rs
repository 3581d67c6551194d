//! When the process is in trouble, or its configuration changes.

use std::time::Duration;

use yzb_cache::{
    Event, LeaseErrorKind, MemoryStore, SlotKey, Store as _, StoreErrorKind, TokenCache,
};
use yzb_proto::{AppSecret, ServerAccessToken};

use super::world::{Answer, World, pass};
use crate::folder::Folder;
use crate::support::{Scripted, key, now};

#[tokio::test(start_paused = true)]
async fn an_issuer_that_panics_costs_its_waiters_an_error_and_the_slot_nothing() {
    let world = World::new();
    world.answers(Answer::Panics);
    let cache = world.tokens();
    let (one, other) = tokio::join!(cache.lease(), cache.lease());
    for outcome in [one, other] {
        assert!(matches!(outcome.unwrap_err().kind(), LeaseErrorKind::Panicked));
    }
    world.answers(Answer::Code);
    // It may have issued a code before it panicked.
    pass(31).await;
    assert_eq!(cache.lease().await.unwrap().serial(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_costs_nobody_a_code() {
    let cache = TokenCache::builder(key(), Scripted::default())
        .observer(|_: &SlotKey, _: &Event| panic!("a bug of the observer"))
        .build();
    cache.lease().await.unwrap();
    assert!(cache.peek().is_some());
}

#[test]
fn a_runtime_that_is_shut_down_in_a_renewal_hands_the_turn_back() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    };
    let (folder, first, second) = (Folder::new(), runtime(), runtime());
    let world = first.block_on(async { World::new() });
    world.answers(Answer::Slow(3600));
    let cache = world.cache::<ServerAccessToken, _>(&key(), folder.store());
    first.block_on(async {
        let cache = cache.clone();
        tokio::spawn(async move { drop(cache.lease().await) });
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(world.count(), 1);
    assert!(now(folder.store().turn(&key())).unwrap().is_taken());
    drop(first);
    assert!(now(folder.store().turn(&key())).unwrap().is_held(), "others need not wait");
    second.block_on(async {
        let world = World::new();
        let cache = world.cache::<ServerAccessToken, _>(&key(), folder.store());
        cache.lease().await.unwrap();
    });
}

/// Two programs over one directory. The one that issues gets its answer when another has had its turn.
#[tokio::test(start_paused = true)]
async fn who_issues_for_longer_than_a_turn_lasts_is_succeeded_and_takes_the_successor_s_code() {
    let (slow, quick, folder) = (World::new(), World::new(), Folder::new());
    slow.answers(Answer::Slow(90));
    quick.answers(Answer::Named("the-successor-s", 7200));
    let cache = |world: &World| {
        let store = folder.store().with_clock(world.clone());
        world.cache::<ServerAccessToken, _>(&key(), store)
    };
    let (first, second) = (cache(&slow), cache(&quick));
    let keepers = [first.keep_fresh(), second.keep_fresh()].map(tokio::spawn);
    pass(59).await;
    assert_eq!((slow.count(), quick.count()), (1, 0), "{}", quick.told());
    pass(141).await;
    assert_eq!((slow.count(), quick.count()), (1, 1), "{}", slow.told());
    for held in [first.peek(), second.peek()] {
        assert_eq!(held.unwrap().token().expose_secret(), "the-successor-s");
    }
    assert_eq!(slow.seen("foreign-writer"), 1, "{}", slow.told());
    keepers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn a_changed_secret_is_another_slot_and_the_old_one_lives_on() {
    let (world, store) = (World::new(), MemoryStore::as_if_shared());
    let before = world.cache::<ServerAccessToken, _>(&key(), store.clone());
    let old = before.lease().await.unwrap();
    let secret = AppSecret::new("the-new-one").unwrap().fingerprint();
    let renamed =
        SlotKey::new(key().origin().clone(), key().app_id().clone(), secret, key().kind());
    let after = world.cache::<ServerAccessToken, _>(&renamed, store);
    assert!(!after.lease().await.unwrap().token().same_as(old.token()));
    assert_eq!(before.lease().await.unwrap().serial(), old.serial());
    assert_eq!(world.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_state_directory_that_goes_away_is_reported_and_used_again_when_it_is_back() {
    let (world, folder) = (World::new(), Folder::new());
    let cache = world.cache::<ServerAccessToken, _>(&key(), folder.store());
    std::fs::remove_dir_all(&folder.0).unwrap();
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(5).await;
    assert!(cache.peek().is_some(), "kept in memory");
    assert!(world.told().contains("Unavailable"), "{}", world.told());
    let store = folder.store();
    pass(75).await;
    keeper.abort();
    let stored = store.load(&key()).await.unwrap().expect("written again");
    assert_eq!(stored.code.fingerprint(), cache.peek().unwrap().fingerprint());
    assert_eq!(world.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_state_file_costs_one_issue_and_is_reported_once() {
    let (world, folder) = (World::new(), Folder::new());
    world.cache::<ServerAccessToken, _>(&key(), folder.store()).lease().await.unwrap();
    std::fs::write(folder.record(), "half a rec").unwrap();
    let restarted = world.cache::<ServerAccessToken, _>(&key(), folder.store());
    assert_eq!(restarted.lease().await.unwrap().token().expose_secret(), "code-2");
    assert_eq!(world.seen("store-failed"), 1, "{}", world.told());
    assert!(world.told().contains(&format!("{:?}", StoreErrorKind::Corrupt)));
    assert_eq!(folder.names().len(), 2, "the new one and what was set aside: {:?}", folder.names());
}
