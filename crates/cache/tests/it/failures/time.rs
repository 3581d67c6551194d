//! When a clock jumps, or the machine sleeps.

use yzb_cache::{Code, IssueError, MemoryStore, Store as _, Stored};
use yzb_proto::{ServerAccessToken, UnixSeconds};

use super::world::{Answer, Made as _, World, pass};
use crate::support::key;

#[tokio::test(start_paused = true)]
async fn after_a_jump_forward_a_herd_costs_one_renewal_and_the_observer_is_told() {
    let world = World::new();
    let cache = world.tokens();
    cache.lease().await.unwrap();
    pass(60).await;
    world.answers(Answer::Slow(3));
    world.jump(86_400);
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        herd.spawn(async move { cache.lease().await.unwrap().serial() });
    }
    assert!(herd.join_all().await.into_iter().all(|serial| serial == 2));
    assert_eq!((world.count(), world.seen("clock-jumped")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_jump_forward_and_a_failure_the_code_is_served_that_may_still_live() {
    let world = World::new();
    let cache = world.tokens();
    cache.lease().await.unwrap();
    pass(60).await;
    world.answers(Answer::Fails(IssueError::later("away")));
    world.jump(86_400);
    for _ in 0..10 {
        assert_eq!(cache.lease().await.unwrap().serial(), 1);
    }
    assert_eq!((world.count(), world.seen("served-doubtful")), (2, 1));
    pass(7200).await;
    assert!(cache.lease().await.is_err(), "by the monotonic clock it is over");
}

#[tokio::test(start_paused = true)]
async fn a_jump_back_lengthens_nothing() {
    let world = World::new();
    let cache = world.tokens();
    cache.lease().await.unwrap();
    world.jump(-86_400);
    pass(6000).await;
    assert_eq!(cache.lease().await.unwrap().serial(), 1);
    world.answers(Answer::Fails(IssueError::later("away")));
    pass(1195).await;
    assert!(cache.lease().await.is_err(), "two hours have passed, whatever the wall says");
    assert!(world.seen("clock-jumped") >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_record_from_the_future_is_reported_used_and_replaced_at_once() {
    let (world, store) = (World::new(), MemoryStore::as_if_shared());
    let code = Code::ServerToken(ServerAccessToken::made("from-the-future"));
    let record = Stored::new(code, UnixSeconds::new(1_700_000_000 + 90_000));
    store.save(&key(), &record).await.unwrap();
    let cache = world.cache::<ServerAccessToken, _>(&key(), store);
    let lease = cache.lease().await.unwrap();
    assert_eq!((lease.token().expose_secret(), world.count()), ("code-1", 1));
    assert!(world.told().contains("RecordFromTheFuture"));
    pass(200).await;
    let later = cache.lease().await.unwrap();
    assert_eq!((later.token().expose_secret(), world.count()), ("code-1", 1), "not taken again");
}

/// Timers do not count the time in which the machine sleeps; the wall clock does.
#[tokio::test(start_paused = true)]
async fn after_a_suspend_an_expired_code_is_noticed_on_use_and_by_the_keeper_within_seconds() {
    let world = World::new();
    let cache = world.tokens();
    let keeper = tokio::spawn(cache.keep_fresh());
    pass(40).await;
    world.jump(10_000);
    assert!(cache.peek().is_none(), "noticed on use");
    pass(16).await;
    assert_eq!(cache.peek().unwrap().serial(), 2, "nobody had to ask");
    keeper.abort();
}
