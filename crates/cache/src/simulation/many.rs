//! Random histories of a registry: apps come and go, hang and fail, and one keeper with few places
//! keeps them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken};

use super::history::{Outcome, Task};
use super::world::{Numbered, World, moody_random};
use crate::{
    Apps, Attempt, IssueError, Issued, Issuer, Kind, Lease, Monotonic, SlotKey, TokenCache,
};

type Token = ServerAccessToken;
type Cache = TokenCache<Maker, ()>;

/// As many apps as a history has at most.
const APPS: usize = 6;

/// Issues codes for one app; each slot has one of its own.
pub(super) struct Maker {
    app: usize,
    slot: usize,
    world: World,
    facts: Arc<Mutex<Facts>>,
}

/// What is true of all apps.
#[derive(Default)]
struct Facts {
    slots: Vec<SlotFacts>,
    /// Apps whose requests hang.
    hang: [bool; APPS],
    codes: usize,
}

#[derive(Default)]
struct SlotFacts {
    in_flight: u32,
    most_in_flight: u32,
    issues: Vec<u64>,
}

pub(super) struct Registry {
    world: World,
    facts: Arc<Mutex<Facts>>,
    apps: Apps<Maker>,
    keeper: Option<Task<Infallible>>,
    callers: Vec<(usize, Cache, Task<Outcome<Token>>)>,
    /// Caches that are held, with the app's number.
    held: Vec<(usize, Cache)>,
    /// The apps that are there.
    model: BTreeMap<usize, Known>,
    seen: Vec<(Arc<Lease<Token>>, Cache)>,
}

/// What is expected of an app.
#[derive(Clone, Copy)]
struct Known {
    /// When it was last asked for.
    used: u64,
    /// Where its slot is.
    place: *const SlotKey,
}

impl Registry {
    pub(super) fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let dice = world.clone();
        let apps = Apps::builder()
            .clock(world.clone())
            .timer(world.clone())
            .observer(world.clone())
            .random(move || moody_random(&dice))
            .build();
        let (keeper, facts) = (Some(Task::new(apps.keep_fresh(2))), Arc::default());
        let (callers, held, model, seen) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new());
        Self { world, facts, apps, keeper, callers, held, model, seen }
    }

    pub(super) fn run(&mut self) -> Result<(), String> {
        for _ in 0..60 + self.dice(60) {
            self.step()?;
            self.always()?;
        }
        self.heal()
    }

    fn step(&mut self) -> Result<(), String> {
        let app = self.dice(APPS as u64) as usize;
        match self.dice(22) {
            0..5 => self.call(app),
            5..7 => self.find(app)?,
            7 => self.remove(app)?,
            8 => self.drop_idle()?,
            9 => self.complain(),
            10 => drop_one(&mut self.held, app),
            11 => drop_one(&mut self.callers, app),
            12 => self.deadlines()?,
            21 => {
                let hangs = self.dice(3) == 0;
                self.facts().hang[app] = hangs;
            }
            13 => self.change_keeper(),
            14 => {
                let by = self.dice(20_000);
                let mut state = self.world.state();
                state.wall = if state.random.bool() { state.wall + by } else { state.wall - by };
            }
            15 => self.advance(40_000),
            16 => self.advance(4_000_000),
            17..=20 => {
                let next = self.world.until_next().unwrap_or(0);
                self.world.advance(next);
            }
            _ => self.settle_down()?,
        }
        Ok(())
    }

    fn call(&mut self, app: usize) {
        let maker = || self.maker(app);
        let cache = self.apps.cache(&key(app), maker);
        self.touch(app, &cache);
        if self.dice(3) == 0 {
            self.held.push((app, cache.clone()));
        }
        self.ask(app, cache);
    }

    fn ask(&mut self, app: usize, cache: Cache) {
        let asked = cache.clone();
        self.callers.push((app, cache, Task::new(async move { asked.lease().await })));
    }

    fn find(&mut self, app: usize) -> Result<(), String> {
        let found = self.apps.find(&key(app));
        if found.is_some() != self.model.contains_key(&app) {
            return Err(format!("app {app} is found or not, and should not be or be"));
        }
        let read = self.apps.read(&key(app), |lease| lease.token().number());
        let peeked = found.as_ref().and_then(Cache::peek).map(|lease| lease.token().number());
        if let Some(cache) = &found {
            self.touch(app, cache);
        }
        if read == peeked { Ok(()) } else { Err("two ways to read say two things".to_owned()) }
    }

    fn remove(&mut self, app: usize) -> Result<(), String> {
        let was_there = self.model.remove(&app).is_some();
        if self.apps.remove(&key(app)) == was_there {
            Ok(())
        } else {
            Err("removed what was not there, or did not".to_owned())
        }
    }

    /// Which are dropped must have been used by nobody.
    fn drop_idle(&mut self) -> Result<(), String> {
        let seconds = self.dice(4000);
        let now = self.world.state().millis;
        let dropped = self.apps.drop_idle(Duration::from_secs(seconds));
        let places = self.held.iter().map(|(_, cache)| cache);
        let places = places.chain(self.seen.iter().map(|(_, cache)| cache));
        let places = places.chain(self.callers.iter().map(|(_, cache, _)| cache));
        let in_use: Vec<*const SlotKey> =
            places.map(|cache| std::ptr::from_ref(cache.key())).collect();
        let before = self.model.len();
        for (app, known) in self.model.clone() {
            if let Some(cache) = self.apps.find(&key(app)) {
                self.touch(app, &cache);
                continue;
            }
            self.model.remove(&app);
            // To the four seconds by which idleness is measured, and as many at the other end.
            if now - known.used + 8200 < seconds * 1000 || in_use.contains(&known.place) {
                return Err(format!("app {app} was dropped, and not idle"));
            }
        }
        if before - self.model.len() == dropped {
            Ok(())
        } else {
            Err("another number of apps was dropped than was said".to_owned())
        }
    }

    fn complain(&mut self) {
        if let Some((lease, cache)) = self.seen.pop() {
            cache.invalidate(&lease);
        }
    }

    fn change_keeper(&mut self) {
        self.keeper = None;
        let apps = self.apps.clone();
        if self.dice(4) > 0 {
            self.keeper = Some(Task::new(apps.keep_fresh(2)));
        }
    }

    /// Everyone goes on until nobody can, with no time passing.
    fn settle_down(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            if let Some(keeper) = self.keeper.as_mut().filter(|keeper| keeper.is_woken()) {
                if keeper.poll(&self.world).is_none() {
                    self.keeper = None;
                }
                continue;
            }
            let Some(index) = self.callers.iter().position(|(_, _, task)| task.is_woken()) else {
                return Ok(());
            };
            self.poll_caller(index)?;
        }
        Err("a loop without end".to_owned())
    }

    fn poll_caller(&mut self, index: usize) -> Result<(), String> {
        let app = self.callers[index].0;
        match self.callers[index].2.poll(&self.world) {
            Some(Poll::Pending) => return Ok(()),
            Some(Poll::Ready(Ok(lease))) => {
                if lease.token().number() % APPS != app {
                    return Err(format!("app {app} got the code of another"));
                }
                let cache = self.callers[index].1.clone();
                self.seen.push((lease, cache));
            }
            Some(Poll::Ready(Err(_))) | None => {}
        }
        drop(self.callers.swap_remove(index));
        Ok(())
    }

    fn always(&self) -> Result<(), String> {
        for slot in &self.facts().slots {
            if slot.most_in_flight > 1 {
                return Err("two requests of one slot in flight".to_owned());
            }
            if slot.issues.windows(2).any(|pair| pair[1] < pair[0] + 30_000) {
                return Err("two codes of one slot within the budget".to_owned());
            }
        }
        if self.apps.len() != self.model.len() {
            return Err("another number of apps than were added and removed".to_owned());
        }
        Ok(())
    }

    /// The next deadline is that of the app which is due first, to a quarter of a second.
    fn deadlines(&mut self) -> Result<(), String> {
        let mut first: Option<Monotonic> = None;
        for app in 0..APPS {
            if let Some(cache) = self.apps.find(&key(app)) {
                self.touch(app, &cache);
                first = first.into_iter().chain(cache.next_deadline()).min();
            }
        }
        let next = self.apps.next_deadline();
        let close = match (first, next) {
            (Some(first), Some(next)) => {
                next.since(first) <= Duration::from_millis(512)
                    && first.since(next) <= Duration::from_millis(512)
            }
            (first, next) => first == next,
        };
        if close { Ok(()) } else { Err(format!("the next deadline is {next:?}, not {first:?}")) }
    }

    /// All faults stop: the keeper alone must get every app a code, and nobody may wait for ever.
    fn heal(&mut self) -> Result<(), String> {
        self.world.state().faults = false;
        self.facts().hang = [false; APPS];
        self.keeper = Some(Task::new(self.apps.keep_fresh(2)));
        for _ in 0..2000 {
            self.settle_down()?;
            self.always()?;
            let kept = self.model.keys().all(|app| self.apps.read(&key(*app), |_| ()).is_some());
            if kept && self.callers.is_empty() {
                return self.held_work();
            }
            let longest = 20_000;
            let next = self.world.until_next().map_or(longest, |next| next.clamp(1, longest));
            self.world.advance(next);
        }
        Err(format!("{} callers wait, or an app has no code", self.callers.len()))
    }

    /// Caches that somebody holds work, in the registry or not.
    fn held_work(&mut self) -> Result<(), String> {
        self.world.advance(600_000);
        for (app, cache) in std::mem::take(&mut self.held) {
            self.ask(app, cache);
        }
        for _ in 0..2000 {
            self.settle_down()?;
            if self.callers.is_empty() {
                return Ok(());
            }
            let next = self.world.until_next().map_or(1000, |next| next.clamp(1, 20_000));
            self.world.advance(next);
        }
        Err("who holds the cache of a removed app waits for ever".to_owned())
    }

    fn maker(&self, app: usize) -> Maker {
        let mut facts = self.facts();
        facts.slots.push(SlotFacts::default());
        let (world, shared) = (self.world.clone(), Arc::clone(&self.facts));
        Maker { app, slot: facts.slots.len() - 1, world, facts: shared }
    }

    fn touch(&mut self, app: usize, cache: &Cache) {
        let used = self.world.state().millis;
        self.model.insert(app, Known { used, place: cache.key() });
    }

    fn advance(&self, at_most: u64) {
        let millis = self.dice(at_most);
        self.world.advance(millis);
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    fn dice(&self, sides: u64) -> u64 {
        self.world.state().random.u64(0..sides)
    }
}

/// A request under way.
struct InFlight<'a>(&'a Maker);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.facts.lock().unwrap().slots[self.0.slot].in_flight -= 1;
    }
}

impl Issuer for Maker {
    type Token = Token;

    async fn issue(&self, _: &Attempt) -> Result<Issued<Token>, IssueError> {
        let (fate, delay, sent) = {
            let mut state = self.world.state();
            let fate = if state.faults { state.random.u8(0..6) } else { 9 };
            (fate, state.random.u64(0..2) * state.random.u64(1..3000), state.millis)
        };
        let hangs = {
            let mut facts = self.facts.lock().unwrap();
            let slot = &mut facts.slots[self.slot];
            slot.in_flight += 1;
            slot.most_in_flight = slot.most_in_flight.max(slot.in_flight);
            facts.hang[self.app]
        };
        let _in_flight = InFlight(self);
        if hangs {
            self.facts.lock().unwrap().slots[self.slot].issues.push(sent);
            std::future::pending::<()>().await;
        }
        self.world.sleep_millis(delay).await;
        if fate == 0 {
            return Err(IssueError::later("away"));
        }
        let mut facts = self.facts.lock().unwrap();
        facts.slots[self.slot].issues.push(sent);
        facts.codes += 1;
        let token = Token::numbered(facts.codes * APPS + self.app);
        Ok(Issued::new(token, Lifetime::from_secs(if fate == 1 { 300 } else { 7200 })))
    }
}

fn key(app: usize) -> SlotKey {
    let secret = AppSecret::new("secret").unwrap().fingerprint();
    let app_id = AppId::new(&format!("app-{app}")).unwrap();
    SlotKey::new(Origin::production(), app_id, secret, Kind::ServerToken)
}

fn drop_one<T>(all: &mut Vec<T>, at: usize) {
    if !all.is_empty() {
        let index = at % all.len();
        drop(all.swap_remove(index));
    }
}
