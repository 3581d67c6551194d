//! Codes that the platform refused.

use shuttle::future::{block_on, spawn};

use super::{crowd, joined};
use crate::world::World;

/// Of all who complain about a code one is the first, and one renewal serves them all.
pub(crate) fn many_complaints_cost_one_renewal() {
    let world = World::new();
    let cache = world.cache();
    let refused = block_on(cache.lease()).unwrap();
    world.advance(60);
    let first = joined(crowd(3, || {
        let (cache, refused) = (cache.clone(), refused.clone());
        async move {
            let first = cache.invalidate(&refused);
            assert_eq!(cache.lease().await.unwrap().serial(), 2);
            first
        }
    }));
    assert_eq!(first.into_iter().filter(|first| *first).count(), 1);
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

/// A complaint that comes while the code is renewed, or after that, does not drop the newer one.
pub(crate) fn a_complaint_never_drops_a_newer_code() {
    let world = World::new();
    let cache = world.cache();
    let refused = block_on(cache.lease()).unwrap();
    world.advance(6_500);
    let renewing = {
        let cache = cache.clone();
        spawn(async move { cache.lease().await.unwrap().serial() })
    };
    let complaining = {
        let (cache, refused) = (cache.clone(), refused.clone());
        spawn(async move { cache.invalidate(&refused) })
    };
    joined(vec![renewing]);
    joined(vec![complaining]);
    assert!(!cache.invalidate(&refused) || cache.peek().is_none());
    assert_eq!(block_on(cache.lease()).unwrap().serial(), 2);
    assert_eq!(world.most_in_flight(), 1);
}

mod explored {
    crate::scenarios::scenarios!(
        many_complaints_cost_one_renewal,
        a_complaint_never_drops_a_newer_code,
    );
}
