//! Another server becomes the master, or has the key.

use std::time::Duration;

use yzb_cache::{Store as _, StoreErrorKind};
use yzb_store_redis::RedisStore;

use crate::support::cluster::Cluster;
use crate::support::codes::TOKEN_KEY;
use crate::support::issuer::Counting;
use crate::support::process::free_port;
use crate::support::proxy::Proxy;
use crate::support::sentinel::{NAME, Watched};
use crate::support::server::{PASSWORD, Server, at, patient, text};
use crate::support::{eventually, failure, key, token, within};

#[tokio::test]
async fn after_a_failover_behind_one_address_writes_work_within_two_seconds() {
    let master = Server::start();
    let replica = master.replica().await;
    let proxy = Proxy::to(master.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = at(&url);
    store.save(&key(), &token("before", 1)).await.unwrap();
    eventually("it is replicated", async || replica.get(TOKEN_KEY).is_some()).await;

    replica.command(&["REPLICAOF", "NO", "ONE"]);
    master.command(&["REPLICAOF", "127.0.0.1", &replica.port.to_string()]);
    proxy.switch(replica.port);
    // The open connection still leads to what is a read-only replica now.
    let after = token("after", 2);
    within(2, "writes work", async || store.save(&key(), &after).await.is_ok()).await;
    assert!(replica.get(TOKEN_KEY).unwrap().contains("after"));
}

#[tokio::test]
async fn when_the_master_dies_its_successor_is_found_without_another_issue() {
    let mut watched = Watched::start().await;
    let issuer = Counting::default();
    let cache = issuer.cache().store(watched.builder().build().unwrap()).build();
    cache.lease().await.unwrap();
    eventually("it is replicated", async || watched.replica.get(TOKEN_KEY).is_some()).await;
    watched.master.kill();
    let store = watched.builder().build().unwrap();
    eventually("writes work", async || {
        // Meanwhile what is held is served.
        cache.lease().await.unwrap();
        store.save(&key(), &token("since", 2)).await.is_ok()
    })
    .await;
    assert_eq!(watched.sentinel.master(), watched.replica.port);
    assert!(watched.replica.get(TOKEN_KEY).unwrap().contains("since"));
    let wanted = token("since", 2).code.fingerprint();
    eventually("it is adopted", async || cache.lease().await.unwrap().fingerprint() == wanted)
        .await;
    assert_eq!(issuer.count(), 1);
}

/// In so many seconds what is written is at the new master, while the old one still thinks that it is one.
async fn writes_arrive_within(seconds: u64, watched: &Watched, store: &RedisStore) {
    let mut number = 1;
    within(seconds, "writes arrive", async || {
        number += 1;
        store.save(&key(), &token(&format!("after-{number}"), number)).await.unwrap();
        let there = watched.replica.get(TOKEN_KEY);
        there.is_some_and(|there| there.contains(&format!("after-{number}")))
    })
    .await;
    assert!(text(&watched.master.command(&["INFO", "replication"])).contains("role:master"));
}

#[tokio::test]
async fn when_the_sentinels_move_the_master_while_both_live_the_new_one_is_written_to() {
    let watched = Watched::start().await;
    let store = watched.builder().build().unwrap();
    store.save(&key(), &token("before", 1)).await.unwrap();
    watched.sentinel.command(&["SENTINEL", "FAILOVER", NAME]);
    let new = watched.replica.port;
    eventually("it has moved", async || watched.sentinel.master() == new).await;
    // The old one does not know yet that it is one, and would take what is written to it.
    writes_arrive_within(2, &watched, &store).await;
}

#[tokio::test]
async fn when_the_sentinel_that_answered_last_falls_silent_another_one_tells_of_the_new_master() {
    let watched = Watched::start().await;
    let one = Proxy::to(watched.sentinel.port).await;
    let other = Proxy::to(watched.sentinel.port).await;
    let url = |proxy: &Proxy| format!("redis://yzb-sentinel:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let builder = patient().sentinels([url(&one), url(&other)], NAME);
    let store = builder.user("yzb").password(PASSWORD).build().unwrap();
    store.save(&key(), &token("before", 1)).await.unwrap();
    // Its machine is gone, with the master on it: nothing breaks the connection to either.
    one.freeze(true);
    watched.sentinel.command(&["SENTINEL", "FAILOVER", NAME]);
    let new = watched.replica.port;
    eventually("it has moved", async || watched.sentinel.master() == new).await;
    writes_arrive_within(4, &watched, &store).await;
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_told_from_sentinels_that_are_down() {
    let watched = Watched::start().await;
    let url = watched.sentinel.url();
    let stranger = patient().sentinels([&url], "another").build().unwrap();
    assert_eq!(failure(stranger.load(&key()).await), "no-master");
    let down = format!("redis://127.0.0.1:{}", free_port());
    let down = patient().sentinels([down], NAME).build().unwrap();
    assert_eq!(failure(down.load(&key()).await), "unreachable");
    // A server is no Sentinel.
    let server = format!("redis://127.0.0.1:{}", watched.master.port);
    let server = patient().sentinels([server], NAME).build().unwrap();
    assert_eq!(failure(server.load(&key()).await), "refused");
    // And a Sentinel may be strict, too.
    let wrong = url.replace(PASSWORD, "planted-wrong");
    let wrong = patient().sentinels([wrong], NAME).build().unwrap();
    assert_eq!(wrong.load(&key()).await.unwrap_err().kind(), StoreErrorKind::Denied);
}

#[tokio::test]
async fn a_key_that_moves_to_another_node_is_followed() {
    let cluster = Cluster::start(2).await;
    let store = cluster.builder().build().unwrap();
    store.save(&key(), &token("before", 1)).await.unwrap();
    let (from, to) = (&cluster.nodes[0], &cluster.nodes[1]);
    let redis::Value::Int(slot) = from.command(&["CLUSTER", "KEYSLOT", TOKEN_KEY]) else {
        panic!()
    };
    let (slot, from_id, to_id) = (slot.to_string(), cluster.id(0), cluster.id(1));

    // Half moved: the key is there already, and the slot still here.
    to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    let port = to.port.to_string();
    from.command(&["MIGRATE", "127.0.0.1", &port, TOKEN_KEY, "0", "1000"]);
    assert_eq!(store.load(&key()).await.unwrap().unwrap().generation, 1);
    store.save(&key(), &token("half", 2)).await.unwrap();

    for node in [to, from] {
        node.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    assert_eq!(store.load(&key()).await.unwrap().unwrap().generation, 2);
    store.save(&key(), &token("after", 3)).await.unwrap();
    assert!(to.get(TOKEN_KEY).unwrap().contains("after"));
}

#[tokio::test]
async fn when_a_node_of_a_cluster_dies_its_successor_is_found_without_another_issue() {
    let mut cluster = Cluster::start(2).await;
    let master = cluster.id(0);
    eventually("it is a replica", async || {
        cluster.nodes[1].try_command(&["CLUSTER", "REPLICATE", &master]).is_ok()
            && text(&cluster.nodes[1].command(&["INFO", "replication"])).contains("link_status:up")
    })
    .await;
    let issuer = Counting::default();
    let cache = issuer.cache().store(cluster.builder().build().unwrap()).build();
    let held = cache.lease().await.unwrap().fingerprint();
    eventually("it is replicated", async || {
        matches!(cluster.nodes[1].command(&["DBSIZE"]), redis::Value::Int(count) if count > 0)
    })
    .await;
    cluster.nodes[0].kill();
    cluster.nodes[1].command(&["CLUSTER", "FAILOVER", "TAKEOVER"]);
    let store = cluster.builder().answer_timeout(Duration::from_millis(500)).build().unwrap();
    eventually("writes work", async || {
        assert_eq!(cache.lease().await.unwrap().fingerprint(), held);
        store.save(&key(), &token("since", 2)).await.is_ok()
    })
    .await;
    let wanted = token("since", 2).code.fingerprint();
    eventually("it is adopted", async || cache.lease().await.unwrap().fingerprint() == wanted)
        .await;
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_node_that_was_restarted_is_found_again() {
    let mut cluster = Cluster::start(1).await;
    let store = cluster.builder().answer_timeout(Duration::from_millis(500)).build().unwrap();
    eventually("it is there", async || store.save(&key(), &token("before", 1)).await.is_ok()).await;
    cluster.nodes[0].kill();
    let error = store.load(&key()).await.unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Unavailable | StoreErrorKind::Timeout),
        "{error:?}"
    );
    cluster.nodes[0].restart();
    // A node that was away takes writes after two seconds.
    eventually("it is whole", async || store.save(&key(), &token("after", 2)).await.is_ok()).await;
}

#[tokio::test]
async fn a_cluster_that_refuses_us_is_told_from_one_that_is_down() {
    let mut cluster = Cluster::start(1).await;
    let wrong = cluster.builder().password("planted-wrong").build().unwrap();
    assert_eq!(failure(wrong.load(&key()).await), "wrong-password");
    let store = cluster.builder().build().unwrap();
    cluster.nodes[0].command(&["ACL", "SETUSER", "yzb", "-getrange"]);
    assert_eq!(failure(store.load(&key()).await), "no-permission");
    cluster.nodes[0].kill();
    let store = cluster.builder().build().unwrap();
    assert_eq!(failure(store.load(&key()).await), "unreachable");
    // A server that is no Cluster.
    let server = Server::start();
    let builder = patient().cluster([format!("redis://127.0.0.1:{}", server.port)]);
    let store = builder.user("yzb").password(PASSWORD).build().unwrap();
    assert_eq!(failure(store.load(&key()).await), "no-cluster");
}
