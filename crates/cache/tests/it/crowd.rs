//! Many slots that are due at the same time, and processes that start at the same time.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yzb_cache::{
    Apps, Attempt, Event, IssueError, Issued, Issuer, Policy, SlotKey, Store, StoreError, Stored,
    TokenCache, Turn,
};
use yzb_proto::{Lifetime, ServerAccessToken};

use crate::apps::{Paused, key};
use crate::support::record;

/// A store that others share: what it was asked, and when.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Scene>>);

#[derive(Default)]
struct Scene {
    kept: HashMap<String, Stored>,
    looks: Vec<(String, Instant)>,
    turns: Vec<(String, Instant)>,
    /// Somebody else has all turns.
    taken: bool,
    /// So many questions for the turn, and so many records, get no answer.
    late_turns: u32,
    late_saves: u32,
    events: Vec<&'static str>,
}

/// One less; whether there was one.
fn take(count: &mut u32) -> bool {
    let was = *count;
    *count = was.saturating_sub(1);
    was > 0
}

impl Shared {
    fn note_look(&self, key: &SlotKey) -> Option<Stored> {
        let (mut scene, id) = (self.0.lock().unwrap(), key.app_id().as_str().to_owned());
        let found = scene.kept.get(&id).cloned();
        scene.looks.push((id, Instant::now()));
        found
    }

    fn looks(&self) -> Vec<(String, Instant)> {
        self.0.lock().unwrap().looks.clone()
    }
}

impl Store for Shared {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let found = self.note_look(key);
        if key.app_id().as_str() == "hangs" {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_millis(3)).await;
        Ok(found)
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        if take(&mut self.0.lock().unwrap().late_saves) {
            std::future::pending::<()>().await;
        }
        let id = key.app_id().as_str().to_owned();
        self.0.lock().unwrap().kept.insert(id, record.clone());
        Ok(())
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let (taken, late) = {
            let mut scene = self.0.lock().unwrap();
            scene.turns.push((key.app_id().as_str().to_owned(), Instant::now()));
            (scene.taken, take(&mut scene.late_turns))
        };
        if late {
            std::future::pending::<()>().await;
        }
        Ok(if taken { Turn::taken() } else { Turn::held(()) })
    }
}

struct Quick;

impl Issuer for Quick {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let token = ServerAccessToken::new("code").map_err(IssueError::later)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

/// A process with these apps, begun now. `chance` is what it draws each time.
fn process(store: &Shared, chance: f64, apps: &[String]) -> Apps<Quick, Shared> {
    let registry = Apps::builder().store(store.clone()).clock(Paused::begin());
    let registry = registry.random(move || chance).build();
    for id in apps {
        registry.cache(&key(id), || Quick);
    }
    registry
}

fn numbered(count: u32) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_looks_of_a_process_are_at_a_few_moments_and_one_that_hangs_delays_none() {
    let (store, apps, drawn) = (Shared::default(), numbered(300), AtomicU32::new(0));
    let registry = Apps::builder().store(store.clone()).clock(Paused::begin());
    let chance = move || f64::from(drawn.fetch_add(7, Ordering::SeqCst) % 100) / 100.0;
    let registry = registry.random(chance).build();
    let _keeper = tokio::spawn(registry.keep_fresh(64));
    for id in &apps {
        registry.cache(&key(id), || Quick);
        sleep(Duration::from_millis(33)).await;
    }
    registry.cache(&key("hangs"), || Quick);
    sleep(Duration::from_secs(100)).await;
    let begun = store.looks().len();
    sleep(Duration::from_secs(600)).await;

    let looks = store.looks().split_off(begun);
    for id in &apps {
        let times: Vec<_> = looks.iter().filter(|look| look.0 == *id).map(|look| look.1).collect();
        assert!((8..=13).contains(&times.len()), "{id}: {} looks", times.len());
        for pair in times.windows(2) {
            let pause = pair[1].duration_since(pair[0]).as_millis();
            assert!((47_000..73_000).contains(&pause), "{id}: {pause} ms");
        }
    }
    let seconds: BTreeSet<_> = looks
        .iter()
        .filter(|look| look.0 != "hangs")
        .map(|look| look.1.duration_since(looks[0].1).as_secs())
        .collect();
    // Every six seconds, and some of them over the edge of a second.
    assert!(seconds.len() <= 2 * 100, "{} moments", seconds.len());
}

#[tokio::test(start_paused = true)]
async fn processes_that_start_at_once_do_not_begin_with_the_same_apps() {
    let apps = numbered(200);
    let mut orders = Vec::new();
    for chance in [0.1, 0.2, 0.7] {
        let store = Shared::default();
        let keeper = tokio::spawn(process(&store, chance, &apps).keep_fresh(8));
        sleep(Duration::from_secs(5)).await;
        keeper.abort();
        let turns: Vec<_> =
            store.0.lock().unwrap().turns.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(turns.iter().collect::<BTreeSet<_>>().len(), 200, "all of them, once");
        orders.push(turns);
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let first = |order: usize| orders[order].iter().take(50).collect::<BTreeSet<_>>();
        let both = first(one).intersection(&first(other)).count();
        assert!(both < 30, "{both} of the first fifty are the same");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_process_looks_soon_at_first_and_then_rarely() {
    let store = Shared::default();
    store.0.lock().unwrap().taken = true;
    let cache = TokenCache::builder(key("1"), Quick).store(store.clone()).clock(Paused::begin());
    let cache = cache.random(|| 0.5).build();
    let waiting = tokio::spawn({
        let cache = cache.clone();
        async move { cache.lease().await.map(drop) }
    });
    let begun = Instant::now();
    assert!(waiting.await.unwrap().is_err(), "the other process hangs");
    let looks: Vec<_> =
        store.looks().iter().map(|look| look.1.duration_since(begun).as_millis()).collect();
    assert!(looks[1] <= 30 && looks[2] <= 90 && looks[3] <= 200, "{looks:?}");
    assert!(looks.len() < 150, "{} looks in 25 s", looks.len());

    // The other one is done soon: nobody waits much longer than that.
    let begun = Instant::now();
    let wall = 1_700_000_000 + 7200;
    let other = store.clone();
    tokio::spawn(async move {
        sleep(Duration::from_millis(2040)).await;
        other.0.lock().unwrap().kept.insert("2".to_owned(), record("theirs", wall));
    });
    sleep(Duration::from_millis(2000)).await;
    let second = TokenCache::builder(key("2"), Quick).store(store).clock(Paused::begin());
    second.random(|| 0.5).build().lease().await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(2100), "{:?}", begun.elapsed());
}

/// A cache that tells the scene its events.
fn told(store: &Shared) -> TokenCache<Quick, Shared> {
    let scene = store.clone();
    let observer = move |_: &SlotKey, event: &Event| {
        scene.0.lock().unwrap().events.push(event.name());
    };
    let cache = TokenCache::builder(key("1"), Quick).store(store.clone()).clock(Paused::begin());
    let bold = Policy::builder().issue_without_store(true).build().unwrap();
    cache.policy(bold).observer(observer).random(|| 0.5).build()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_late_once_is_asked_again_and_nobody_goes_on_without_it() {
    let store = Shared::default();
    {
        let mut scene = store.0.lock().unwrap();
        (scene.late_turns, scene.late_saves) = (1, 1);
    }
    told(&store).lease().await.unwrap();
    assert!(store.0.lock().unwrap().kept.contains_key("1"), "it is stored at once");
    let events = std::mem::take(&mut store.0.lock().unwrap().events);
    assert_eq!(events, ["store-failed", "issued", "store-failed"]);

    // One that stays silent is done without, as the policy says, within two seconds.
    let silent = Shared::default();
    silent.0.lock().unwrap().late_turns = u32::MAX;
    let begun = Instant::now();
    told(&silent).lease().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let events = std::mem::take(&mut silent.0.lock().unwrap().events);
    assert_eq!(events, ["store-failed", "store-failed", "without-store", "issued"]);
}
