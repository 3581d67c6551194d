//! Callers who come at the same time.

use std::collections::HashSet;

use shuttle::future::{block_on, spawn};
use yzb_cache::LeaseErrorKind;

use super::{crowd, joined};
use crate::world::{Mood, World, at_once};

/// Everyone who comes while there is no code gets the one that is issued for all.
pub(crate) fn callers_share_one_issue() {
    let world = World::new();
    let cache = world.cache();
    let codes = joined(crowd(3, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap().fingerprint() }
    }));
    assert_eq!(codes.into_iter().collect::<HashSet<_>>().len(), 1);
    assert_eq!((world.issues(), world.most_in_flight()), (1, 1));
}

/// Everyone who waited gets the error of the one attempt.
pub(crate) fn callers_share_one_failure() {
    let world = World::moody(Mood::Fails);
    let cache = world.cache();
    let errors = joined(crowd(3, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap_err() }
    }));
    for error in errors {
        assert!(matches!(error.kind(), LeaseErrorKind::Issue(_)) && error.attempt() == 1);
    }
    assert_eq!(world.issues(), 1);
}

/// A panic is an error like any other.
pub(crate) fn callers_share_one_panic() {
    let world = World::moody(Mood::Panics);
    let cache = world.cache();
    let errors = joined(crowd(3, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap_err() }
    }));
    assert!(errors.iter().all(|error| matches!(error.kind(), LeaseErrorKind::Panicked)));
    assert_eq!(world.issues(), 1);
}

/// A renewal that fails takes nothing away from those who read meanwhile.
pub(crate) fn a_failure_displaces_nothing() {
    let world = World::new();
    let cache = world.cache();
    block_on(cache.lease()).unwrap();
    world.advance(6_500);
    world.set_mood(Mood::Fails);
    let callers = crowd(2, || {
        let cache = cache.clone();
        async move {
            assert_eq!(cache.lease().await.unwrap().serial(), 1);
            assert_eq!(cache.peek().unwrap().serial(), 1);
        }
    });
    joined(callers);
    world.set_mood(Mood::Good);
    world.advance(60);
    assert_eq!(block_on(cache.lease()).unwrap().serial(), 2);
}

/// While a code that lives is renewed, only whoever does it waits.
pub(crate) fn nobody_waits_while_a_code_lives() {
    let world = World::new();
    let cache = world.cache();
    block_on(cache.lease()).unwrap();
    world.advance(6_500);
    let served = joined(crowd(3, || {
        let cache = cache.clone();
        async move { at_once(cache.lease()).await.1 }
    }));
    assert!(served.iter().filter(|at_once| !**at_once).count() <= 1, "{served:?}");
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

/// A handle never goes back to an older code, and nobody waits while a live one is renewed.
pub(crate) fn readers_see_codes_in_their_order() {
    let world = World::new();
    let cache = world.cache();
    block_on(cache.lease()).unwrap();
    // Due, and far from its end.
    world.advance(6_500);
    let renewing = {
        let cache = cache.clone();
        spawn(async move { cache.lease().await.unwrap().serial() })
    };
    let readers = crowd(2, || {
        let (cache, mut reader) = (cache.clone(), cache.reader());
        async move {
            let mut last = 0;
            for _ in 0..4 {
                let read = reader.fresh().map(|lease| lease.serial());
                let peeked = cache.peek().unwrap().serial();
                assert!(peeked >= read.unwrap_or(0) && peeked >= last, "{last} {read:?} {peeked}");
                last = peeked;
                shuttle::future::yield_now().await;
            }
        }
    });
    joined(readers);
    let _ = block_on(renewing).unwrap();
    assert_eq!(cache.peek().unwrap().serial(), 2);
}

/// Who follows the changes learns of the newest one.
pub(crate) fn followers_learn_of_the_newest_code() {
    let world = World::new();
    let cache = world.cache();
    let mut changes = cache.subscribe();
    let follower = spawn(async move {
        while changes.current().is_none_or(|lease| lease.serial() < 2) {
            changes.changed().await;
        }
    });
    block_on(cache.lease()).unwrap();
    world.advance(6_500);
    block_on(cache.lease()).unwrap();
    block_on(follower).unwrap();
}

mod explored {
    crate::scenarios::scenarios!(
        callers_share_one_issue,
        callers_share_one_failure,
        callers_share_one_panic,
        a_failure_displaces_nothing,
        nobody_waits_while_a_code_lives,
        readers_see_codes_in_their_order,
        followers_learn_of_the_newest_code,
    );
}
