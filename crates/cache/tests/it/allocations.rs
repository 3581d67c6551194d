//! Reading a fresh code allocates nothing.

use yzb_cache::{SystemClock, TokenCache};

use crate::support::{Scripted, key};

#[tokio::test]
async fn a_fresh_code_is_read_without_allocating() {
    let cache = TokenCache::builder(key(), Scripted::default()).clock(SystemClock::new()).build();
    cache.lease().await.unwrap();
    let mut reader = cache.reader();
    assert!(reader.fresh().is_some());
    let count = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
    assert_eq!(count(&mut || assert!(reader.fresh().is_some())), 0);
    assert_eq!(count(&mut || assert!(cache.read(|_| ()).is_some())), 0);
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    let owned = count(&mut || {
        let lease = std::pin::pin!(cache.lease());
        assert!(lease.poll(&mut context).is_ready());
    });
    assert_eq!(owned, 0);
}
