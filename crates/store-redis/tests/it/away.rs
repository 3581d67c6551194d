//! Redis was away, or lost what it had, while caches went on.

use yzb_cache::Store as _;
use yzb_proto::Lifetime;

use crate::support::codes::{TOKEN_KEY, now};
use crate::support::issuer::{Counting, policy};
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, eventually, key, token};

#[tokio::test]
async fn what_is_held_is_served_while_redis_is_away_and_written_again_if_it_came_back_empty() {
    let mut server = Server::start();
    let issuer = Counting::default();
    let cache = issuer.cache().store(server.store()).build();
    let held = cache.lease().await.unwrap().fingerprint();
    server.kill();
    for _ in 0..10 {
        assert_eq!(cache.lease().await.unwrap().fingerprint(), held);
    }
    server.restart();
    eventually("it is written again", async || {
        let _ = cache.lease().await;
        server.get(TOKEN_KEY).is_some_and(|value| value.contains("code-1"))
    })
    .await;
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_record_that_somebody_deleted_is_written_again_without_an_issue() {
    let server = Server::start();
    let issuer = Counting::default();
    let cache = issuer.cache().store(server.store()).build();
    cache.lease().await.unwrap();
    let value = server.get(TOKEN_KEY).unwrap();
    server.command(&["DEL", TOKEN_KEY]);
    eventually("it is written again", async || {
        let _ = cache.lease().await;
        server.get(TOKEN_KEY).is_some()
    })
    .await;
    assert_eq!(server.get(TOKEN_KEY).unwrap(), value);
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn what_is_newer_in_redis_after_a_time_away_is_adopted() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let issuer = Counting::default();
    let cache = issuer.cache().store(at(&url)).build();
    cache.lease().await.unwrap();
    proxy.freeze(true);
    server.store().save(&key(), &token("meanwhile", 2)).await.unwrap();
    assert!(cache.peek().is_some());
    proxy.freeze(false);
    let wanted = token("meanwhile", 2).code.fingerprint();
    eventually("it is adopted", async || cache.lease().await.unwrap().fingerprint() == wanted)
        .await;
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_write_that_a_failover_lost_is_noticed_and_healed_by_its_holder() {
    let server = Server::start();
    let issuer = Counting::default();
    // What the replica had: the record before the last.
    let mut before = token("before", 1);
    before.issued_at = Some(now().minus(Lifetime::from_secs(6500)));
    before.expires_at = before.issued_at.unwrap() + Lifetime::DOCUMENTED;
    server.store().save(&key(), &before).await.unwrap();
    let lost = server.get(TOKEN_KEY).unwrap();
    let cache = issuer.cache().store(server.store()).build();
    eventually("it is due, and replaced", async || {
        let _ = cache.lease().await;
        server.get(TOKEN_KEY).unwrap().contains("code-1")
    })
    .await;
    server.command(&["SET", TOKEN_KEY, &lost, "EX", "700"]);
    eventually("it is there again", async || {
        assert_eq!(cache.lease().await.unwrap().generation(), 2);
        server.get(TOKEN_KEY).unwrap().contains("code-1")
    })
    .await;
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn after_a_loss_of_everything_the_holder_of_an_older_code_takes_the_newer_one() {
    let server = Server::start();
    let mut held = token("held", 6);
    held.issued_at = Some(now().minus(Lifetime::from_secs(1000)));
    held.expires_at = held.issued_at.unwrap() + Lifetime::DOCUMENTED;
    server.store().save(&key(), &held).await.unwrap();
    let issuer = Counting::default();
    let holder = issuer.cache().store(server.store()).build();
    assert_eq!(holder.lease().await.unwrap().generation(), 6);

    server.command(&["FLUSHALL"]);
    // A process that knows nothing finds nothing, and counts from one.
    let newcomer = issuer.cache().store(server.store()).build();
    let newer = newcomer.lease().await.unwrap();
    assert_eq!((newer.generation(), issuer.count()), (1, 1));
    eventually("the holder has it", async || {
        holder.lease().await.unwrap().fingerprint() == newer.fingerprint()
    })
    .await;
    assert!(server.get(TOKEN_KEY).unwrap().contains("code-1"));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn without_redis_a_process_issues_alone_or_waits_as_its_policy_says() {
    let mut server = Server::start();
    server.kill();
    let (alone, waits) = (Counting::default(), Counting::default());
    let bold = policy().issue_without_store(true).build().unwrap();
    let alone_cache = alone.cache().policy(bold).store(server.store()).build();
    alone_cache.lease().await.unwrap();
    // What a policy that does not say comes to with this store.
    let strict_cache = waits.cache().store(server.store()).build();
    assert!(strict_cache.lease().await.is_err());
    assert_eq!((alone.count(), waits.count()), (1, 0));

    // When it is back, what was issued meanwhile is there for the others.
    server.restart();
    eventually("it is written", async || {
        let _ = alone_cache.lease().await;
        server.get(TOKEN_KEY).is_some()
    })
    .await;
    eventually("the other has it", async || strict_cache.lease().await.is_ok()).await;
    assert_eq!((alone.count(), waits.count()), (1, 0));
}
