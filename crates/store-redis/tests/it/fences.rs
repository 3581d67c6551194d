//! What may replace what, on a real server.

use yzb_cache::{Replaces, Store as _, StoreErrorKind};
use yzb_proto::{Lifetime, UnixSeconds};

use crate::support::codes::{TOKEN_KEY, now};
use crate::support::{Server, key, token};

#[tokio::test]
async fn a_holder_that_slept_through_its_turn_cannot_overwrite_its_successor() {
    let server = Server::start();
    let (sleeper, successor) = (server.store(), server.store());
    let before = token("before", 5);
    sleeper.save(&key(), &before).await.unwrap();
    // Both have seen generation 5, and both issue the sixth.
    let _turn = sleeper.turn(&key()).await.unwrap();
    sleeper.load(&key()).await.unwrap();
    successor.load(&key()).await.unwrap();
    successor.save(&key(), &token("successor's", 6)).await.unwrap();
    let refused = sleeper.save(&key(), &token("sleeper's", 6)).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Conflict);
    assert!(server.get(TOKEN_KEY).unwrap().contains("successor's"));
}

#[tokio::test]
async fn an_older_generation_replaces_nothing_even_unseen() {
    let server = Server::start();
    server.store().save(&key(), &token("new", 6)).await.unwrap();
    for generation in [1, 5, 6] {
        let refused = server.store().save(&key(), &token("old", generation)).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Conflict, "{generation}");
    }
    server.store().save(&key(), &token("newer", 7)).await.unwrap();
}

#[tokio::test]
async fn a_foreign_record_that_lasts_longer_is_replaced_only_by_who_saw_it() {
    let server = Server::start();
    let until = now().as_secs() + 7300;
    let foreign = format!(r#"{{"server_access_token": "foreign", "expires_in": {until}}}"#);
    server.set(TOKEN_KEY, &foreign);
    let refused = server.store().save(&key(), &token("ours", 3)).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Conflict);
    assert_eq!(server.get(TOKEN_KEY).unwrap(), foreign);

    let store = server.store();
    store.load(&key()).await.unwrap();
    // Another one took its place since: that one was not seen.
    server.set(TOKEN_KEY, &foreign.replace("foreign", "another"));
    assert!(store.save(&key(), &token("ours", 3)).await.is_err());
    store.load(&key()).await.unwrap();
    store.save(&key(), &token("ours", 3)).await.unwrap();
    assert!(server.get(TOKEN_KEY).unwrap().contains("ours"));
}

#[tokio::test]
async fn what_was_seen_and_is_gone_by_now_refuses_nothing() {
    let server = Server::start();
    let store = server.store();
    store.save(&key(), &token("new", 6)).await.unwrap();
    server.command(&["FLUSHALL"]);
    store.save(&key(), &token("held", 5)).await.unwrap();
    assert!(server.get(TOKEN_KEY).unwrap().contains("held"));
}

#[tokio::test]
async fn of_twenty_writers_at_once_one_writes_each_generation() {
    let server = Server::start();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = server.store();
        writers.spawn(async move {
            store.load(&key()).await.unwrap();
            store.save(&key(), &token(&format!("writer-{number}"), 1)).await.is_ok()
        });
    }
    let written = writers.join_all().await.into_iter().filter(|written| *written).count();
    assert_eq!(written, 1);
}

#[tokio::test]
async fn a_successor_whose_clock_is_behind_stands_behind_the_fence_of_who_it_replaced() {
    let server = Server::start();
    let first = token("first", 1);
    server.store().save(&key(), &first).await.unwrap();
    let mut second = token("second", 2);
    second.issued_at = Some(now().minus(Lifetime::from_secs(40)));
    server.store().save(&key(), &second).await.unwrap();
    let fence = format!(r#""fence": {}, "#, first.issued_at.unwrap());
    let value = server.get(TOKEN_KEY).unwrap();
    assert!(value.contains("second") && value.contains(&fence), "{value}");
    // It counts as late as that: an issue forty seconds before it is more than a minute before the fence.
    let mut third = token("third", 3);
    third.issued_at = Some(now().minus(Lifetime::from_secs(80)));
    assert!(server.store().save(&key(), &third).await.is_err());
}

#[tokio::test]
async fn after_a_loss_of_everything_a_dead_code_does_not_come_back() {
    let server = Server::start();
    let (old, new) = (server.store(), server.store());
    let mut held = token("held", 6);
    held.issued_at = Some(now().minus(Lifetime::from_secs(1000)));
    held.expires_at = UnixSeconds::new(now().as_secs() + 6200);
    old.save(&key(), &held).await.unwrap();
    server.command(&["FLUSHALL"]);
    // A process that knows nothing counts from one.
    new.save(&key(), &token("issued-since", 1)).await.unwrap();
    let refused = old.save(&key(), &held).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Conflict);
    assert!(server.get(TOKEN_KEY).unwrap().contains("issued-since"));
}

#[tokio::test]
async fn a_writer_that_says_what_it_saw_replaces_that_and_nothing_else() {
    let server = Server::start();
    let (writer, other) = (server.store(), server.store());
    let (before, until) = (token("before", 5), now().as_secs() + 7100);
    writer.save(&key(), &before).await.unwrap();
    let ours = token("ours", 6).replaces(Replaces::seen(Some(&before)));
    let foreign = format!(r#"{{"server_access_token": "foreign", "expires_in": {until}}}"#);
    // Whoever lost count, and a foreign writer whose code ends sooner by its own clock.
    for stranger in [None, Some(&foreign)] {
        server.command(&["FLUSHALL"]);
        match stranger {
            Some(foreign) => server.set(TOKEN_KEY, foreign),
            None => other.save(&key(), &token("counts-from-one", 1)).await.unwrap(),
        }
        let there = server.get(TOKEN_KEY);
        for blind in [ours.clone(), token("ours", 6).replaces(Replaces::Nothing)] {
            let refused = writer.save(&key(), &blind).await.unwrap_err();
            assert_eq!(refused.kind(), StoreErrorKind::Conflict);
            assert_eq!(server.get(TOKEN_KEY), there);
        }
        let found = writer.load(&key()).await.unwrap();
        writer.save(&key(), &ours.clone().replaces(Replaces::seen(found.as_ref()))).await.unwrap();
        assert!(server.get(TOKEN_KEY).unwrap().contains("ours"));
    }
    // Who saw it and asked the platform knows better than two clocks that differ by minutes.
    let found = writer.load(&key()).await.unwrap();
    let mut late = token("a-clock-behind", 7).replaces(Replaces::seen(found.as_ref()));
    late.issued_at = Some(now().minus(Lifetime::from_secs(300)));
    writer.save(&key(), &late).await.unwrap();
    assert!(server.get(TOKEN_KEY).unwrap().contains("a-clock-behind"));
}
