//! Somebody keeps the code fresh.

use shuttle::future::{block_on, spawn, yield_now};
use shuttle::rand::Rng as _;

use super::{crowd, joined};
use crate::world::World;

/// The keeper renews what is due, and nobody waits meanwhile.
pub(crate) fn a_keeper_and_its_callers() {
    let world = World::new();
    let cache = world.cache();
    let keeper = spawn(cache.keep_fresh());
    block_on(cache.lease()).unwrap();
    // The shortest sleep of a keeper ends, and the code is due.
    world.advance(1);
    world.advance(6_500);
    let callers = crowd(2, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap().serial() }
    });
    joined(callers);
    for _ in 0..10 {
        world.advance(1);
        block_on(yield_now());
    }
    keeper.abort();
    // The keeper may not have had its turn: then a caller renews, once it is gone.
    while block_on(cache.lease()).unwrap().serial() != 2 {
        block_on(yield_now());
    }
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

/// A keeper that is stopped in the middle leaves its work to whoever waits.
pub(crate) fn a_keeper_that_is_stopped_in_the_middle() {
    let world = World::new();
    let cache = world.cache();
    let keeper = spawn(cache.keep_fresh());
    let callers = crowd(2, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap().serial() }
    });
    for _ in 0..shuttle::rand::thread_rng().gen_range(0..8) {
        block_on(yield_now());
    }
    keeper.abort();
    assert!(joined(callers).iter().all(|serial| *serial == 1));
    assert_eq!((world.issues(), world.most_in_flight()), (1, 1));
}

/// A complaint wakes the keeper, which gets another code without anybody asking.
pub(crate) fn a_complaint_wakes_the_keeper() {
    let world = World::new();
    let cache = world.cache();
    let keeper = spawn(cache.keep_fresh());
    let refused = block_on(cache.lease()).unwrap();
    world.advance(40);
    let complaining = {
        let (cache, refused) = (cache.clone(), refused.clone());
        spawn(async move { cache.invalidate(&refused) })
    };
    assert!(joined(vec![complaining])[0]);
    let mut changes = cache.subscribe();
    let clock = {
        let (world, cache) = (world.clone(), cache.clone());
        spawn(async move {
            // Its shortest sleep must end first.
            while cache.peek().is_none() {
                world.advance(1);
                yield_now().await;
            }
        })
    };
    block_on(async {
        while changes.current().is_none() {
            changes.changed().await;
        }
    });
    joined(vec![clock]);
    keeper.abort();
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

mod explored {
    crate::scenarios::scenarios!(
        a_keeper_and_its_callers,
        a_keeper_that_is_stopped_in_the_middle,
        a_complaint_wakes_the_keeper,
    );
}
