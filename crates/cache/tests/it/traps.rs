//! What goes wrong in others' code or at the worst moment.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use yzb_cache::{
    Attempt, Event, IssueError, Issued, Issuer, LeaseErrorKind, MemoryStore, Policy, SlotKey,
    Store, StoreError, Stored, TokenCache, Turn,
};
use yzb_proto::{Lifetime, ServerAccessToken};

use crate::support::{Hand, Scripted, cache, key};

/// A store that does to each operation what it is told.
#[derive(Clone, Default)]
struct Odd {
    inner: MemoryStore,
    panics: bool,
    hangs_at_save: bool,
    taken: Arc<AtomicBool>,
    turns: Arc<AtomicU64>,
}

struct Given(Arc<AtomicU64>);

impl Drop for Given {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Store for Odd {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        if self.panics {
            planted();
        }
        self.inner.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        if self.panics {
            planted();
        }
        if self.hangs_at_save {
            pending::<()>().await;
        }
        self.inner.save(key, record).await
    }

    async fn turn(&self, _: &SlotKey) -> Result<Turn, StoreError> {
        if self.panics {
            planted();
        }
        if self.taken.load(Ordering::SeqCst) {
            return Ok(Turn::taken());
        }
        self.turns.fetch_add(1, Ordering::SeqCst);
        Ok(Turn::held(Given(Arc::clone(&self.turns))))
    }
}

/// Issues nothing, for ever, the first few times.
#[derive(Clone, Default)]
struct Hanging {
    times: u64,
    asked: Arc<AtomicU64>,
}

impl Issuer for Hanging {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.times {
            pending::<()>().await;
        }
        Ok(Issued::new(ServerAccessToken::new("code").unwrap(), Lifetime::DOCUMENTED))
    }
}

/// Panics without a word on the terminal.
fn planted() -> ! {
    std::panic::resume_unwind(Box::new("planted"))
}

#[tokio::test(start_paused = true)]
async fn panics_of_the_store_of_chance_and_of_the_observer_cost_no_code() {
    let issuer = Scripted { takes: Duration::from_millis(50), ..Scripted::default() };
    let cache = cache(&issuer, &Hand::default())
        .store(Odd { panics: true, ..Odd::default() })
        .policy(Policy::builder().issue_without_store(true).build().unwrap())
        .random(|| planted())
        .observer(|_: &SlotKey, _: &Event| planted())
        .build();
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let cache = cache.clone();
        herd.spawn(async move { cache.lease().await.unwrap().serial() });
    }
    assert!(herd.join_all().await.into_iter().all(|serial| serial == 1));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_clock_in_one_caller_leaves_nobody_waiting() {
    let issuer = Scripted { takes: Duration::from_millis(50), ..Scripted::default() };
    let (hand, reads) = (Hand::default(), Arc::new(AtomicU64::new(0)));
    struct Sometimes(Hand, Arc<AtomicU64>);
    impl yzb_cache::Clock for Sometimes {
        fn now(&self) -> yzb_cache::Now {
            let number = self.1.fetch_add(1, Ordering::SeqCst);
            if number % 5 == 0 {
                planted();
            }
            self.0.now()
        }
    }
    let cache = cache(&issuer, &hand).clock(Sometimes(hand.clone(), reads)).build();
    let mut served = 0;
    for _ in 0..20 {
        let cache = cache.clone();
        let one = tokio::spawn(async move { cache.lease().await.is_ok() });
        served += u32::from(timeout(Duration::from_secs(9), one).await.unwrap().unwrap_or(false));
    }
    assert!(served > 5 && issuer.count() == 1, "{served} were served");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_is_given_up_and_begun_anew() {
    let issuer = Hanging { times: 1, ..Hanging::default() };
    let (clock, began) = (Hand::default(), Instant::now());
    let cache = TokenCache::builder(key(), issuer.clone()).clock(clock.clone()).build();
    let error = cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::Hung), "{error:?}");
    assert_eq!(began.elapsed(), Policy::default().renewal_limit());
    clock.set(120);
    cache.lease().await.unwrap();
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn work_that_was_begun_on_a_runtime_that_is_gone_is_given_up_and_begun_anew() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    };
    let clock = Hand::default();
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let cache = cache(&issuer, &clock).build();
    let first = runtime();
    let waits = first.block_on(async { timeout(Duration::from_secs(1), cache.lease()).await });
    assert!(waits.is_err() && issuer.count() == 1);
    drop(first);
    runtime().block_on(async {
        // Its timers are dead: whoever polls them learns that, or nothing at all.
        let _ = cache.lease().await;
        clock.set(100);
        cache.lease().await.unwrap();
    });
    assert_eq!(issuer.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_has_a_code_does_not_wait_for_the_turn_of_another_process() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let store = Odd { inner: MemoryStore::as_if_shared(), ..Odd::default() };
    let cache = cache(&issuer, &clock).store(store.clone()).build();
    cache.lease().await.unwrap();
    store.taken.store(true, Ordering::SeqCst);
    for seconds in [6400, 6500, 6600] {
        clock.set(seconds);
        let began = Instant::now();
        assert_eq!(cache.lease().await.unwrap().serial(), 1);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
    // Without one they wait, as long as the policy says.
    clock.set(7300);
    store.taken.store(false, Ordering::SeqCst);
    cache.lease().await.unwrap();
    assert_eq!(issuer.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_who_come_and_go_while_a_request_hangs_leave_nothing_behind() {
    let issuer = Hanging { times: 1, ..Hanging::default() };
    let cache = TokenCache::builder(key(), issuer).clock(Hand::default()).build();
    let leader = cache.clone();
    let leader = tokio::spawn(async move { leader.lease().await.is_ok() });
    tokio::task::yield_now().await;
    let come_and_go = || {
        for _ in 0..1000 {
            let waits = pin!(cache.lease());
            assert!(waits.poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    };
    come_and_go();
    let grown = allocation_counter::measure(come_and_go).bytes_current;
    assert!(grown <= 0, "{grown} bytes");
    leader.abort();
}

#[tokio::test(start_paused = true)]
async fn whoever_was_called_to_take_over_and_goes_away_calls_another() {
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let cache = cache(&issuer, &Hand::default()).build();
    let mut waiting: Vec<_> = (0..9)
        .map(|_| {
            let cache = cache.clone();
            Box::pin(async move { cache.lease().await })
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    for one in &mut waiting {
        assert!(one.as_mut().poll(&mut context).is_pending());
    }
    let last = cache.clone();
    let last = tokio::spawn(async move { last.lease().await.is_ok() });
    tokio::task::yield_now().await;
    // The one who leads goes, then each who is called in its stead, none polled again.
    drop(waiting);
    assert!(timeout(Duration::from_secs(9), last).await.unwrap().unwrap());
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_keeper_that_stops_in_the_middle_leaves_its_work_to_who_waits() {
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let cache = cache(&issuer, &Hand::default()).build();
    let keeper = tokio::spawn(cache.keep_fresh());
    sleep(Duration::from_secs(1)).await;
    let waits = cache.clone();
    let waits = tokio::spawn(async move { waits.lease().await.is_ok() });
    sleep(Duration::from_secs(1)).await;
    keeper.abort();
    assert!(timeout(Duration::from_secs(9), waits).await.unwrap().unwrap());
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_handed_back_when_nobody_is_left_who_works() {
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let store = Odd::default();
    let cache = cache(&issuer, &Hand::default()).store(store.clone()).build();
    let keeper = tokio::spawn(cache.keep_fresh());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(store.turns.load(Ordering::SeqCst), 1);
    keeper.abort();
    let _ = keeper.await;
    assert_eq!(store.turns.load(Ordering::SeqCst), 0);
    assert!(timeout(Duration::from_secs(1), cache.lease()).await.unwrap().is_err(), "the budget");
}

#[tokio::test(start_paused = true)]
async fn a_leader_who_goes_while_the_code_is_stored_leaves_the_code_and_no_turn() {
    let (issuer, store) = (Scripted::default(), Odd { hangs_at_save: true, ..Odd::default() });
    let cache = cache(&issuer, &Hand::default()).store(store.clone()).build();
    let mut leader = Box::pin(cache.lease());
    let poll = leader.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Pending) || cache.peek().is_some());
    for _ in 0..9 {
        let _ = leader.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        tokio::task::yield_now().await;
    }
    drop(leader);
    assert_eq!(cache.peek().unwrap().serial(), 1);
    assert_eq!(store.turns.load(Ordering::SeqCst), 0);
    assert_eq!(cache.lease().await.unwrap().serial(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_while_the_store_insists_on_the_code_is_an_error_and_no_loop() {
    let (issuer, clock, store) = (Scripted::default(), Hand::default(), Odd::default());
    let cache = cache(&issuer, &clock).store(store.clone()).build();
    let lease = cache.lease().await.unwrap();
    let record = store.inner.load(&key()).await.unwrap().unwrap();
    for _ in 0..20 {
        cache.invalidate(&lease);
        store.inner.save(&key(), &record).await.unwrap();
        let error = timeout(Duration::from_secs(5), cache.lease()).await.unwrap().unwrap_err();
        assert!(matches!(error.kind(), LeaseErrorKind::Budget), "{error:?}");
    }
    clock.set(31);
    assert_eq!(cache.lease().await.unwrap().serial(), 2);
    assert_eq!(issuer.count(), 2);
}
