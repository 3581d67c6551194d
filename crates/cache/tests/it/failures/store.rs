//! When a store is down, hangs, or panics.

use std::time::Duration;

use tokio::time::Instant;
use yzb_cache::{LeaseErrorKind, Policy, SlotKey, Store, StoreError, StoreErrorKind, Stored, Turn};
use yzb_proto::ServerAccessToken;

use super::world::{Answer, World, pass};
use crate::support::key;

/// Fails at everything, in one way.
#[derive(Clone, Copy)]
enum Broken {
    Down,
    Hangs,
    Panics,
}

impl Broken {
    async fn fails<T>(self) -> Result<T, StoreError> {
        match self {
            Self::Down => Err(StoreErrorKind::Unavailable.into()),
            Self::Hangs => std::future::pending().await,
            Self::Panics => panic!("a bug of the store"),
        }
    }
}

impl Store for Broken {
    async fn load(&self, _: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.fails().await
    }

    async fn save(&self, _: &SlotKey, _: &Stored) -> Result<(), StoreError> {
        self.fails().await
    }

    async fn turn(&self, _: &SlotKey) -> Result<Turn, StoreError> {
        self.fails().await
    }

    /// As the disk of one machine, which nobody should have to wait for.
    fn is_optional(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_costs_no_code_and_no_more_issues_than_the_budget() {
    let world = World::new();
    world.answers(Answer::Named("short", 45));
    let policy = Policy::builder().alone_interval(Duration::from_secs(30)).build().unwrap();
    let builder = world.builder::<ServerAccessToken>(&key()).policy(policy);
    let cache = builder.store(Broken::Down).build();
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(605).await;
    keeper.abort();
    assert!(cache.peek().is_some());
    assert!((10..=21).contains(&world.count()), "{}", world.count());
    assert!(world.seen("store-failed") > world.count(), "and loud");
}

#[tokio::test(start_paused = true)]
async fn with_the_store_down_a_policy_may_wait_instead_of_issuing() {
    let world = World::new();
    let policy = Policy::builder().issue_without_store(false).build().unwrap();
    let cache =
        world.builder::<ServerAccessToken>(&key()).policy(policy).store(Broken::Down).build();
    let error = cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::Store(_)), "{error:?}");
    assert_eq!(world.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_given_up_and_holds_nobody_up_who_has_a_code() {
    let world = World::new();
    let cache = world.cache::<ServerAccessToken, _>(&key(), Broken::Hangs);
    let before = Instant::now();
    cache.lease().await.unwrap();
    assert!(before.elapsed() <= Duration::from_secs(2), "{:?}", before.elapsed());
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(100).await;
    for _ in 0..200 {
        let before = Instant::now();
        cache.lease().await.unwrap();
        assert_eq!(before.elapsed(), Duration::ZERO);
        pass(1).await;
    }
    keeper.abort();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_panics_costs_no_code_and_hangs_nobody() {
    let world = World::new();
    let cache = world.cache::<ServerAccessToken, _>(&key(), Broken::Panics);
    for _ in 0..3 {
        assert_eq!(cache.lease().await.unwrap().serial(), 1);
        pass(60).await;
    }
    assert!(world.seen("store-failed") >= 3, "{}", world.told());
}
