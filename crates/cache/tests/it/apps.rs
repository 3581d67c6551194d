//! Many apps in one registry.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yzb_cache::{
    Apps, Attempt, Clock, IssueError, Issued, Issuer, Kind, Lease, Monotonic, Now, SlotKey,
};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken, UnixSeconds};

/// Tokio's paused time, by both clocks.
#[derive(Clone)]
pub(crate) struct Paused(Instant);

impl Paused {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Paused {
    fn now(&self) -> Now {
        let passed = self.0.elapsed();
        let wall = UnixSeconds::new(1_700_000_000 + passed.as_secs());
        Now::new(wall, Monotonic::default() + passed)
    }
}

/// A platform for many apps: what it does depends on the app's id.
#[derive(Clone, Default)]
struct Platform(Arc<Mutex<World>>);

#[derive(Default)]
struct World {
    issues: HashMap<String, u32>,
    running: usize,
    most_running: usize,
}

struct App {
    id: String,
    platform: Platform,
}

impl Platform {
    fn app(&self, id: &str) -> App {
        App { id: id.to_owned(), platform: self.clone() }
    }

    fn count(&self, id: &str) -> u32 {
        self.0.lock().unwrap().issues.get(id).copied().unwrap_or_default()
    }
}

/// A request under way.
struct Running<'a>(&'a Platform);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().running -= 1;
    }
}

impl Issuer for App {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let number = {
            let mut world = self.platform.0.lock().unwrap();
            world.running += 1;
            world.most_running = world.most_running.max(world.running);
            let number = world.issues.entry(self.id.clone()).or_default();
            *number += 1;
            *number
        };
        let _running = Running(&self.platform);
        sleep(Duration::from_millis(100)).await;
        match self.id.as_str() {
            id if id.starts_with("hangs") => std::future::pending().await,
            id if id.starts_with("fails") => Err(IssueError::later("away")),
            id => {
                let token = ServerAccessToken::new(&format!("{id}-{number}")).unwrap();
                Ok(Issued::new(token, Lifetime::DOCUMENTED))
            }
        }
    }
}

pub(crate) fn key(id: &str) -> SlotKey {
    let secret = AppSecret::new("secret").unwrap().fingerprint();
    SlotKey::new(Origin::production(), AppId::new(id).unwrap(), secret, Kind::ServerToken)
}

fn registry() -> (Apps<App>, Platform) {
    let apps = Apps::builder().clock(Paused::begin()).random(|| 0.5).build();
    (apps, Platform::default())
}

fn text(lease: &Lease<ServerAccessToken>) -> String {
    lease.token().expose_secret().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_app_is_made_once_and_found_by_its_whole_key() {
    let (apps, platform) = registry();
    assert!(apps.is_empty() && apps.find(&key("1")).is_none() && apps.next_deadline().is_none());
    let (a, b) = (apps.cache(&key("1"), || platform.app("1")), apps.find(&key("1")).unwrap());
    a.lease().await.unwrap();
    assert_eq!(b.peek().as_deref().map(text).as_deref(), Some("1-1"));
    assert_eq!(apps.read(&key("1"), text).as_deref(), Some("1-1"));

    let other_secret = AppSecret::new("another").unwrap().fingerprint();
    let elsewhere: Origin = "https://elsewhere.example".parse().unwrap();
    let id = || AppId::new("1").unwrap();
    let others = [
        key("2"),
        key("1").of_kind(Kind::JsTicket),
        SlotKey::new(Origin::production(), id(), other_secret, Kind::ServerToken),
        SlotKey::new(elsewhere, id(), key("1").secret(), Kind::ServerToken),
    ];
    for (number, other) in others.iter().enumerate() {
        assert!(apps.find(other).is_none() && apps.read(other, text).is_none(), "{other:?}");
        apps.cache(other, || platform.app(&format!("other-{number}"))).lease().await.unwrap();
        assert_eq!(apps.read(other, text), Some(format!("other-{number}-1")));
        assert_eq!(apps.find(other).unwrap().key(), other);
    }
    assert_eq!((apps.len(), platform.count("1")), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_who_ask_at_once_for_a_new_app_share_one_slot() {
    let (apps, platform) = registry();
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (apps, platform) = (apps.clone(), platform.clone());
        herd.spawn(async move {
            apps.cache(&key("1"), || platform.app("1")).lease().await.unwrap().serial()
        });
    }
    assert!(herd.join_all().await.into_iter().all(|serial| serial == 1));
    assert_eq!((apps.len(), platform.count("1")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_reads_may_add_and_remove_apps_meanwhile() {
    let (apps, platform) = registry();
    apps.cache(&key("1"), || platform.app("1")).lease().await.unwrap();
    apps.read(&key("1"), |_| {
        for id in 0..500 {
            apps.cache(&key(&format!("new-{id}")), || platform.app("new"));
        }
        assert!(apps.remove(&key("1")));
    });
    assert_eq!(apps.len(), 500);
}

#[tokio::test(start_paused = true)]
async fn one_keeper_keeps_all_fresh_with_few_requests_at_once() {
    let (apps, platform) = registry();
    let keeper = tokio::spawn(apps.keep_fresh(3));
    for id in 0..100 {
        apps.cache(&key(&id.to_string()), || platform.app(&id.to_string()));
    }
    // A hundred of them, three at a time, a tenth of a second each.
    sleep(Duration::from_secs(6)).await;
    for id in 0..100 {
        assert_eq!(apps.read(&key(&id.to_string()), text), Some(format!("{id}-1")));
    }
    sleep(Duration::from_secs(4 * 7200)).await;
    for id in 0..100 {
        let lease = apps.find(&key(&id.to_string())).unwrap().peek().expect("it was kept");
        assert_eq!(text(&lease), format!("{id}-5"), "renewed 900 s ahead, each time");
    }
    assert_eq!(platform.0.lock().unwrap().most_running, 3);
    keeper.abort();
    let _ = keeper.await;
    sleep(Duration::from_secs(7200)).await;
    assert!(apps.read(&key("1"), text).is_none() && platform.count("1") == 5, "it stopped");
}

#[tokio::test(start_paused = true)]
async fn apps_that_hang_or_fail_do_not_delay_the_others() {
    let (apps, platform) = registry();
    let _keeper = tokio::spawn(apps.keep_fresh(2));
    for id in 0..20 {
        for kind in ["hangs", "fails"] {
            let id = format!("{kind}-{id}");
            apps.cache(&key(&id), || platform.app(&id));
        }
    }
    sleep(Duration::from_secs(100)).await;
    let began = Instant::now();
    apps.cache(&key("good"), || platform.app("good"));
    while apps.read(&key("good"), text).is_none() {
        sleep(Duration::from_millis(100)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    sleep(Duration::from_secs(7200)).await;
    assert_eq!(apps.read(&key("good"), text).as_deref(), Some("good-2"), "renewed in time");
}

#[tokio::test(start_paused = true)]
async fn what_is_added_or_refused_is_noticed_at_once() {
    let (apps, platform) = registry();
    let _keeper = tokio::spawn(apps.keep_fresh(2));
    apps.cache(&key("1"), || platform.app("1"));
    sleep(Duration::from_secs(100)).await;
    apps.cache(&key("2"), || platform.app("2"));
    sleep(Duration::from_millis(200)).await;
    assert_eq!(apps.read(&key("2"), text).as_deref(), Some("2-1"));
    let cache = apps.find(&key("1")).unwrap();
    assert!(cache.invalidate(&cache.peek().unwrap()));
    sleep(Duration::from_millis(200)).await;
    assert_eq!(apps.read(&key("1"), text).as_deref(), Some("1-2"));
}

#[tokio::test(start_paused = true)]
async fn a_removed_app_works_for_who_holds_it_and_is_kept_by_nobody() {
    let (apps, platform) = registry();
    let _keeper = tokio::spawn(apps.keep_fresh(2));
    let held = apps.cache(&key("1"), || platform.app("1"));
    held.lease().await.unwrap();
    assert!(apps.remove(&key("1")) && !apps.remove(&key("1")));
    sleep(Duration::from_secs(8000)).await;
    assert!(held.peek().is_none(), "nobody kept it");
    assert_eq!(text(&held.lease().await.unwrap()), "1-2");
    assert!(held.invalidate(&held.peek().unwrap()));
    sleep(Duration::from_secs(100)).await;
    assert_eq!((platform.count("1"), apps.len()), (2, 0));
    assert!(apps.next_deadline().is_none());
    // Whoever asks for the app gets another.
    let new = apps.cache(&key("1"), || platform.app("1"));
    assert_eq!(text(&new.lease().await.unwrap()), "1-3");
}

#[tokio::test(start_paused = true)]
async fn idle_apps_are_dropped_and_used_held_and_busy_ones_are_not() {
    let (apps, platform) = registry();
    for id in ["idle", "held", "lease-held", "read", "fails-1"] {
        let _ = apps.cache(&key(id), || platform.app(id)).lease().await;
    }
    let held = apps.find(&key("held")).unwrap();
    let lease = apps.find(&key("lease-held")).unwrap().peek().unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!(apps.drop_idle(hour), 0, "nobody was idle for so long");
    sleep(hour + Duration::from_secs(10)).await;
    assert!(apps.read(&key("read"), text).is_some());
    assert_eq!(apps.drop_idle(hour), 2);
    assert!(apps.find(&key("idle")).is_none() && apps.find(&key("fails-1")).is_none());
    drop((held, lease));
    sleep(hour + Duration::from_secs(10)).await;
    assert_eq!((apps.drop_idle(hour), apps.len()), (3, 0));
    assert!(apps.next_deadline().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_app_within_its_pause_or_budget_is_not_forgotten() {
    let (apps, platform) = registry();
    let _ = apps.cache(&key("fails-1"), || platform.app("fails-1")).lease().await;
    let _ = apps.cache(&key("1"), || platform.app("1")).lease().await;
    assert_eq!(apps.drop_idle(Duration::ZERO), 0, "it could be begun anew too early");
    sleep(Duration::from_secs(31)).await;
    assert_eq!(apps.drop_idle(Duration::ZERO), 2);
}

#[tokio::test(start_paused = true)]
async fn the_next_deadline_is_that_of_the_app_which_is_due_first() {
    let (apps, platform) = registry();
    let clock = Instant::now();
    for id in 0..10 {
        apps.cache(&key(&id.to_string()), || platform.app(&id.to_string())).lease().await.unwrap();
        sleep(Duration::from_secs(10)).await;
    }
    let next = apps.next_deadline().unwrap().as_millis();
    assert!((6_300_000..6_300_500).contains(&next), "{next}");
    let first = apps.find(&key("0")).unwrap();
    assert!(first.invalidate(&first.peek().unwrap()));
    let now = u64::try_from(clock.elapsed().as_millis()).unwrap();
    assert_eq!(apps.next_deadline().unwrap().as_millis(), now);
    first.lease().await.unwrap();
    let next = apps.next_deadline().unwrap().as_millis();
    assert!((6_310_000..6_310_500).contains(&next), "{next}: the second one's");
}
