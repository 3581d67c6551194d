//! Parts that were handed in and do as they should not: clocks, wakers, timers, complaints.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yzb_cache::{
    Apps, Attempt, Clock, Event, IssueError, Issued, Issuer, Kind, Monotonic, Now, Policy, SlotKey,
    Timer, TokenCache,
};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken, UnixSeconds};

use crate::support::{Hand, Scripted, cache, key, now};

/// Tokio's paused time, on clocks that begin somewhere and can be set.
#[derive(Clone)]
struct Strange {
    began: Instant,
    monotonic: Duration,
    wall: Arc<AtomicU64>,
}

impl Strange {
    fn beginning_at(monotonic: Duration) -> Self {
        Self { began: Instant::now(), monotonic, wall: Arc::new(AtomicU64::new(1_700_000_000)) }
    }

    fn jump(&self, seconds: i64) {
        let wall = self.wall.load(Ordering::SeqCst);
        self.wall.store(wall.saturating_add_signed(seconds), Ordering::SeqCst);
    }
}

impl Clock for Strange {
    fn now(&self) -> Now {
        let passed = self.began.elapsed();
        let wall = self.wall.load(Ordering::SeqCst) + passed.as_secs();
        Now::new(UnixSeconds::new(wall), Monotonic::default() + self.monotonic + passed)
    }
}

fn app(id: u32) -> SlotKey {
    let secret = AppSecret::new("secret").unwrap().fingerprint();
    let id = AppId::new(&id.to_string()).unwrap();
    SlotKey::new(Origin::production(), id, secret, Kind::ServerToken)
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_counts_milliseconds_from_1970_or_for_centuries_hangs_no_keeper() {
    for began in [1_654_569_706, 40 * 366 * 24 * 3600, u64::MAX / 1000] {
        let issuer = Scripted::default();
        let clock = Strange::beginning_at(Duration::from_secs(began));
        let apps = Apps::builder().clock(clock.clone()).random(|| 0.5).build();
        let keeper = tokio::spawn(apps.keep_fresh(2));
        for id in 0..3 {
            apps.cache(&app(id), || issuer.clone());
        }
        sleep(Duration::from_secs(10)).await;
        assert_eq!(issuer.count(), 3, "beginning at {began} s");
        if began < u64::MAX / 1000 {
            let next = apps.next_deadline().unwrap().since(clock.now().monotonic);
            assert!((6280..6300).contains(&next.as_secs()), "{next:?}");
        }
        keeper.abort();
    }
}

#[test]
fn whoever_is_woken_may_look_at_once_at_what_woke_them() {
    /// Looks at the app when it is woken, as an executor may that polls in place.
    struct Looks(Apps<Scripted>, Mutex<Vec<bool>>);

    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let found = self.0.find(&app(1)).is_some_and(|cache| cache.next_deadline().is_some());
            self.1.lock().unwrap().push(found);
        }
    }

    let clock = Hand::default();
    let apps = Apps::builder().clock(clock.clone()).timer(Never).random(|| 0.5).build();
    let looks = Arc::new(Looks(apps.clone(), Mutex::default()));
    let waker = Waker::from(Arc::clone(&looks));
    let mut keeper = Box::pin(apps.keep_fresh(1));
    assert!(keeper.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let (done, ended) = std::sync::mpsc::channel();
    let adding = std::thread::spawn(move || {
        apps.cache(&app(1), Scripted::default);
        done.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(20)).expect("it waits for itself");
    adding.join().unwrap();
    assert_eq!(*looks.1.lock().unwrap(), [true]);
}

/// It is never over.
struct Never;

impl Timer for Never {
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// It is over at once.
struct AtOnce;

impl Timer for AtOnce {
    async fn sleep(&self, _: Duration) {}
}

#[test]
fn a_timer_that_waits_for_nothing_lets_others_on_its_thread_have_their_turn() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let cache = cache(&issuer, &clock).timer(AtOnce).build();
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut keeper = Box::pin(cache.keep_fresh());
        let mut cx = Context::from_waker(Waker::noop());
        let waits = now(async { (0..9).all(|_| keeper.as_mut().poll(&mut cx).is_pending()) });
        done.send(waits).unwrap();
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok(true), "the keeper has the thread");
}

#[tokio::test(start_paused = true)]
async fn a_complaint_about_another_cache_s_lease_of_the_same_number_drops_nothing() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let before = cache(&issuer, &clock).build();
    let old = before.lease().await.unwrap();
    // The app was removed and begun anew: its leases are counted from one again.
    let after = cache(&issuer, &clock).build();
    let new = after.lease().await.unwrap();
    assert_eq!(old.serial(), new.serial());
    assert!(!after.invalidate(&old), "a late complaint");
    assert!(after.peek().is_some());
    assert!(after.invalidate(&new));
}

#[tokio::test(start_paused = true)]
async fn a_registry_tells_of_a_jump_once_and_not_once_for_each_app() {
    let (issuer, clock) = (Scripted::default(), Strange::beginning_at(Duration::ZERO));
    let jumps: Arc<Mutex<Vec<i64>>> = Arc::default();
    let heard = Arc::clone(&jumps);
    let observer = move |_: &SlotKey, event: &Event| {
        if let Event::ClockJumped { seconds } = event {
            heard.lock().unwrap().push(*seconds);
        }
    };
    let apps = Apps::builder().clock(clock.clone()).observer(observer).build();
    let _keeper = tokio::spawn(apps.keep_fresh(9));
    for id in 0..100 {
        apps.cache(&app(id), || issuer.clone());
    }
    sleep(Duration::from_secs(60)).await;
    for (jump, told) in [(7300, 1), (-7300, 2), (-500, 3), (7000, 4)] {
        clock.jump(jump);
        // Everyone looks at the clocks: by being asked, or for being due.
        for id in 0..100 {
            let _ = apps.find(&app(id)).unwrap().lease().await;
        }
        sleep(Duration::from_secs(7300)).await;
        assert_eq!(jumps.lock().unwrap().len(), told, "{:?}", jumps.lock().unwrap());
    }
    assert_eq!(*jumps.lock().unwrap(), [7300, -7300, -500, 7000]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is about what it costs")]
fn a_registry_of_many_is_emptied_in_a_moment_although_all_are_due_at_once() {
    let clock = Hand::default();
    let apps = Apps::builder().clock(clock.clone()).build();
    let began = std::time::Instant::now();
    for id in 0..50_000 {
        apps.cache(&app(id), Scripted::default);
    }
    let added = began.elapsed();
    clock.set(100);
    assert_eq!(apps.drop_idle(Duration::from_secs(10)), 50_000);
    let dropped = began.elapsed() - added;
    assert!(apps.is_empty() && apps.next_deadline().is_none());
    assert!(dropped < added * 3, "added in {added:?}, dropped in {dropped:?}");
}

#[tokio::test(start_paused = true)]
async fn an_observer_may_ask_the_cache_that_tells_it() {
    type Kept = Arc<Mutex<Option<TokenCache<Scripted>>>>;
    let (issuer, clock, kept) = (Scripted::default(), Hand::default(), Kept::default());
    let asked = Arc::new(AtomicU64::new(0));
    let (count, caches) = (Arc::clone(&asked), Arc::clone(&kept));
    let observer = move |_: &SlotKey, event: &Event| {
        let Some(cache) = caches.lock().unwrap().clone() else { return };
        assert_eq!(cache.key(), &key());
        let _ = (cache.next_deadline(), cache.subscribe().current(), cache.read(|_| ()));
        if let (Event::Issued { .. }, Some(lease)) = (event, cache.peek()) {
            assert!(
                cache.invalidate(&lease),
                "the observer of a refused code is told of it in turn"
            );
        }
        count.fetch_add(1, Ordering::SeqCst);
    };
    let cache = cache(&issuer, &clock).observer(observer).build();
    *kept.lock().unwrap() = Some(cache.clone());
    // It was taken back as soon as it was issued; the next is too early.
    let _ = cache.lease().await;
    assert!(cache.peek().is_none());
    assert_eq!(issuer.count(), 1);
    clock.set(31);
    let _ = cache.lease().await;
    assert_eq!(issuer.count(), 2);
    assert!(asked.load(Ordering::SeqCst) >= 4);
}

/// Issues codes of this lifetime, in seconds.
struct Lives(u64);

impl Issuer for Lives {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        Ok(Issued::new(ServerAccessToken::new("code").unwrap(), Lifetime::from_secs(self.0)))
    }
}

#[tokio::test(start_paused = true)]
async fn the_shortest_and_the_longest_lifetimes_at_any_date_are_used_as_far_as_they_go() {
    for wall in [0, 1, 1_700_000_000, u64::from(u32::MAX) - 1, u64::MAX - 20_000] {
        for lives in [1, 2, 3, 11, 7200, u64::from(u32::MAX), u64::MAX] {
            let clock = Strange::beginning_at(Duration::from_secs(1));
            clock.wall.store(wall, Ordering::SeqCst);
            let told: Arc<Mutex<Vec<&str>>> = Arc::default();
            let ear = Arc::clone(&told);
            let cache = TokenCache::builder(key(), Lives(lives))
                .clock(clock)
                .observer(move |_: &SlotKey, event: &Event| ear.lock().unwrap().push(event.name()))
                .build();
            let lease = cache.lease().await.unwrap();
            let told = told.lock().unwrap().clone();
            assert!(!told.contains(&"served-doubtful"), "{lives} s at {wall}: {told:?}");
            assert!(cache.peek().is_some(), "{lives} s at {wall}");
            let longest = Policy::default().longest_lifetime().as_secs();
            assert_eq!(lease.expires_at().as_secs(), wall + lives.min(longest));
            sleep(Duration::from_secs(lives.min(longest))).await;
            assert!(cache.peek().is_none(), "{lives} s at {wall}");
        }
    }
}

/// Hangs, and is looked for when nobody should have it any more.
struct Hangs(#[expect(dead_code, reason = "it is counted")] Arc<()>);

impl Issuer for Hangs {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        std::future::pending().await
    }
}

/// Begins a renewal, and goes away.
async fn begin(cache: &TokenCache<Hangs, impl yzb_cache::Store + 'static>) {
    assert!(tokio::time::timeout(Duration::from_secs(1), cache.lease()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn work_that_was_left_goes_with_the_last_who_could_go_on_with_it() {
    let alive = Arc::new(());
    let cache = TokenCache::builder(key(), Hangs(Arc::clone(&alive))).build();
    begin(&cache).await;
    let other = cache.clone();
    drop(cache);
    assert_eq!(Arc::strong_count(&alive), 2, "the other may go on with it");
    drop(other);
    assert_eq!(Arc::strong_count(&alive), 1);

    let clock = Strange::beginning_at(Duration::ZERO);
    let apps = Apps::builder().clock(clock).build();
    for id in 0..3 {
        begin(&apps.cache(&app(id), || Hangs(Arc::clone(&alive)))).await;
    }
    assert_eq!((apps.len(), Arc::strong_count(&alive)), (3, 4));
    assert!(apps.remove(&app(0)));
    assert_eq!(Arc::strong_count(&alive), 3, "removed");
    assert_eq!(apps.drop_idle(Duration::ZERO), 0, "the request may be under way");
    sleep(Duration::from_secs(95)).await;
    begin(&apps.find(&app(1)).unwrap()).await;
    sleep(Duration::from_secs(10)).await;
    assert_eq!(apps.drop_idle(Duration::from_secs(60)), 1, "idle");
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(apps);
    assert_eq!(Arc::strong_count(&alive), 1, "the registry is gone");
}
