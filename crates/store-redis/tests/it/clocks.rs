//! Clocks that differ: Redis is a witness that all of a fleet see.

use std::sync::{Arc, Mutex};

use yzb_cache::{Clock, Event, Now, SlotKey, Store as _, SystemClock, Witness};
use yzb_proto::Lifetime;

use crate::support::issuer::Counting;
use crate::support::{Server, eventually, key};

/// The machine's clock, and some seconds.
#[derive(Clone, Copy)]
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Now {
        let now = SystemClock::new().now();
        let off = Lifetime::from_secs(self.0.unsigned_abs());
        let wall = if self.0 < 0 { now.wall.minus(off) } else { now.wall + off };
        Now::new(wall, now.monotonic)
    }
}

#[tokio::test]
async fn the_servers_time_comes_with_the_turn_and_is_asked_for_once_in_a_while() {
    let server = Server::start();
    let store = server.store();
    let first = store.time().await.unwrap().unwrap();
    let machine = SystemClock::new().now().wall;
    assert!(machine.since(first).as_secs() <= 60 && first.since(machine).as_secs() <= 60);
    assert_eq!(server.calls("time"), 1);
    assert!(store.time().await.unwrap().unwrap() >= first);
    assert_eq!(server.calls("time"), 1, "it is not asked again");

    let other = server.store();
    assert!(other.turn(&key()).await.unwrap().is_held());
    let with_the_turn = server.calls("time");
    assert!(other.time().await.unwrap().is_some());
    assert_eq!(server.calls("time"), with_the_turn);
}

#[tokio::test]
async fn a_clock_that_is_ten_minutes_off_is_reported_with_the_next_code_whoever_issued_it() {
    let server = Server::start();
    let issuer = Counting::default();
    // The first one issues, the others adopt.
    for (ahead, reported) in [(0, false), (25, false), (600, true)] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let observer = move |_: &SlotKey, event: &Event| {
            if let Event::ClockDiffers { seconds, witness } = event {
                heard.lock().unwrap().push((*seconds, *witness));
            }
        };
        let cache = issuer.cache().store(server.store()).clock(Ahead(ahead)).observer(observer);
        cache.build().lease().await.unwrap();
        let told = told.lock().unwrap();
        assert_eq!(told.len(), usize::from(reported), "{told:?}");
        for (seconds, witness) in told.iter() {
            assert!((-602..=-598).contains(seconds) && *witness == Witness::Store, "{told:?}");
        }
    }
    assert_eq!(issuer.count(), 1);

    // It is also reported by a process that gets the first code itself.
    server.command(&["FLUSHALL"]);
    let (told, issuer) = (Arc::new(Mutex::new(0)), Counting::default());
    let heard = Arc::clone(&told);
    let observer = move |_: &SlotKey, event: &Event| {
        *heard.lock().unwrap() += u32::from(matches!(event, Event::ClockDiffers { .. }));
    };
    let cache = issuer.cache().store(server.store()).clock(Ahead(600)).observer(observer).build();
    cache.lease().await.unwrap();
    assert_eq!((issuer.count(), *told.lock().unwrap()), (1, 1));
}

#[tokio::test]
async fn a_redis_whose_own_clock_is_hours_off_is_told_of_and_costs_no_issue() {
    // As one whose machine takes local time for UTC: for Redis, all of the fleet are hours off.
    for hours in [-8, -2, 2, 8] {
        let server = Server::start();
        let clock = Ahead(hours * 3600);
        let (issuer, told) = (Counting::default(), Arc::new(Mutex::new(0)));
        let cache = || {
            let heard = Arc::clone(&told);
            let observer = move |_: &SlotKey, event: &Event| {
                *heard.lock().unwrap() += u32::from(matches!(event, Event::ClockDiffers { .. }));
            };
            let store = server.builder().clock(clock).build().unwrap();
            issuer.cache().store(store).clock(clock).observer(observer).build()
        };
        let (one, other) = (cache(), cache());
        let issued = one.lease().await.unwrap().fingerprint();
        let looks = server.calls("getrange");
        eventually("each has looked three times more", async || {
            for cache in [&one, &other] {
                assert_eq!(cache.lease().await.unwrap().fingerprint(), issued, "{hours} hours");
            }
            server.calls("getrange") >= looks + 6
        })
        .await;
        assert_eq!(issuer.count(), 1, "{hours} hours");
        assert!(*told.lock().unwrap() >= 2, "{hours} hours: {told:?}");
    }
}
