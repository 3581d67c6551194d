//! Callers who go away.

use shuttle::future::block_on;

use super::{crowd, joined};
use crate::world::{Mood, World, impatient};

/// Whoever goes away in the middle leaves the work to the others: no second request is sent.
pub(crate) fn the_impatient_leave_their_work_to_others() {
    let world = World::new();
    let cache = world.cache();
    let impatient_ones = crowd(2, || {
        let cache = cache.clone();
        async move { impatient(cache.lease()).await.is_some() }
    });
    let patient = crowd(2, || {
        let cache = cache.clone();
        async move { cache.lease().await.unwrap().serial() }
    });
    assert!(joined(patient).iter().all(|serial| *serial == 1));
    joined(impatient_ones);
    assert_eq!((world.issues(), world.most_in_flight()), (1, 1));
}

/// If everyone goes away, whoever comes next has the same request answered.
pub(crate) fn a_late_comer_goes_on_with_what_was_left() {
    let world = World::new();
    let cache = world.cache();
    joined(crowd(3, || {
        let cache = cache.clone();
        async move { impatient(cache.lease()).await.is_some() }
    }));
    assert_eq!(block_on(cache.lease()).unwrap().serial(), 1);
    assert_eq!((world.issues(), world.most_in_flight()), (1, 1));
}

/// The same where a code lives that only is due: somebody who waits alone may find it alive.
pub(crate) fn the_impatient_renew_a_code_that_lives() {
    let world = World::new();
    let cache = world.cache();
    block_on(cache.lease()).unwrap();
    world.advance(6_500);
    let all = crowd(3, || {
        let cache = cache.clone();
        async move { impatient(cache.lease()).await }
    });
    for outcome in joined(all).into_iter().flatten() {
        assert!(outcome.is_ok());
    }
    assert_eq!(block_on(cache.lease()).unwrap().serial(), 2);
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

/// A panic in the hands of somebody who took the work over reaches everyone.
pub(crate) fn a_panic_in_somebody_elses_hands() {
    let world = World::moody(Mood::PanicsOnce);
    let cache = world.cache();
    let impatient_ones = crowd(2, || {
        let cache = cache.clone();
        async move { impatient(cache.lease()).await.is_some() }
    });
    let patient = crowd(2, || {
        let cache = cache.clone();
        async move { cache.lease().await.is_ok() }
    });
    joined(patient);
    joined(impatient_ones);
    // After the pause and the budget there is a code.
    world.advance(60);
    block_on(cache.lease()).unwrap();
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

mod explored {
    crate::scenarios::scenarios!(
        the_impatient_leave_their_work_to_others,
        a_late_comer_goes_on_with_what_was_left,
        the_impatient_renew_a_code_that_lives,
        a_panic_in_somebody_elses_hands,
    );
}
