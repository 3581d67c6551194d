//! Many apps, which come and go.

use std::time::Duration;

use shuttle::future::{block_on, spawn, yield_now};
use yzb_cache::Apps;

use super::{crowd, joined};
use crate::world::{World, key};

fn registry(world: &World) -> Apps<World> {
    Apps::builder().clock(world.clone()).timer(world.clone()).random(|| 0.5).build()
}

/// Everyone who asks for an app that is not there gets the same cache.
pub(crate) fn those_who_ask_at_once_get_the_same_cache() {
    let world = World::new();
    let apps = registry(&world);
    let codes = joined(crowd(3, || {
        let (apps, world) = (apps.clone(), world.clone());
        async move { apps.cache(&key("1"), || world).lease().await.unwrap().fingerprint() }
    }));
    assert!(codes.iter().all(|code| *code == codes[0]));
    assert_eq!((apps.len(), world.issues(), world.most_in_flight()), (1, 1, 1));
}

/// One keeper with one place renews all, whatever order they come in.
pub(crate) fn one_keeper_keeps_all() {
    let world = World::new();
    let apps = registry(&world);
    let keeper = spawn(apps.keep_fresh(1));
    let adding = ["1", "2"].map(|id| {
        let (apps, world) = (apps.clone(), world.clone());
        spawn(async move {
            let cache = apps.cache(&key(id), || world);
            let mut changes = cache.subscribe();
            while changes.current().is_none() {
                changes.changed().await;
            }
        })
    });
    let clock = {
        let (world, apps) = (world.clone(), apps.clone());
        spawn(async move {
            while ["1", "2"].iter().any(|id| apps.read(&key(id), |_| ()).is_none()) {
                world.advance(1);
                yield_now().await;
            }
        })
    };
    joined(adding.into());
    joined(vec![clock]);
    keeper.abort();
    assert_eq!(world.issues(), 2);
}

/// An app that is removed while it is kept and used goes on for who holds it.
pub(crate) fn an_app_is_removed_while_it_is_used() {
    let world = World::new();
    let apps = registry(&world);
    let cache = apps.cache(&key("1"), || world.clone());
    let keeper = spawn(apps.keep_fresh(2));
    let removing = {
        let apps = apps.clone();
        spawn(async move { apps.remove(&key("1")) })
    };
    let using = spawn(async move { cache.lease().await.unwrap().serial() });
    assert_eq!(joined(vec![using]), [1]);
    assert!(joined(vec![removing])[0] && apps.is_empty());
    keeper.abort();
    assert_eq!(world.most_in_flight(), 1);
}

/// Apps are dropped for idleness while somebody asks for them: nobody is left without a code.
pub(crate) fn idle_apps_are_dropped_while_they_are_asked_for() {
    let world = World::new();
    let apps = registry(&world);
    let dropping = {
        let apps = apps.clone();
        spawn(async move {
            for _ in 0..3 {
                apps.drop_idle(Duration::ZERO);
                yield_now().await;
            }
        })
    };
    let using = crowd(2, || {
        let (apps, world) = (apps.clone(), world.clone());
        async move { apps.cache(&key("1"), || world).lease().await.is_ok() }
    });
    assert!(joined(using).into_iter().all(|served| served));
    joined(vec![dropping]);
    assert!(block_on(apps.cache(&key("1"), || world.clone()).lease()).is_ok());
    assert_eq!(world.most_in_flight(), 1);
}

mod explored {
    crate::scenarios::scenarios!(
        those_who_ask_at_once_get_the_same_cache,
        one_keeper_keeps_all,
        an_app_is_removed_while_it_is_used,
        idle_apps_are_dropped_while_they_are_asked_for,
    );
}
