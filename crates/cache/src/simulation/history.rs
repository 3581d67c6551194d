//! What happens in one history, step by step.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use yzb_proto::{AppId, AppSecret, Origin};

use super::invariants;
use super::world::{Moody, Numbered, Platform, World, moody_random};
use crate::{Kind, Lease, LeaseError, MemoryStore, SlotKey, TokenCache};

pub(super) type Outcome<T> = Result<Arc<Lease<T>>, LeaseError>;

pub(super) struct History<T: Numbered> {
    pub(super) world: World,
    pub(super) cache: TokenCache<Platform<T>, Moody<T>>,
    pub(super) callers: Vec<Task<Outcome<T>>>,
    pub(super) keeper: Option<Task<std::convert::Infallible>>,
    /// Leases that were handed out, for complaints.
    seen: Vec<Arc<Lease<T>>>,
    pub(super) invalidated: u64,
    /// Looks at the cache, counted; and the last one that found no code to use.
    looks: u64,
    uncovered: u64,
}

/// A future that is polled when it was woken.
pub(super) struct Task<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    woken: Arc<Flag>,
    polled: bool,
    /// The clock jumped while it waited: the code it waits for may have come to life again.
    pub(super) excused: bool,
    /// The look at which it began.
    pub(super) since: u64,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<T> Task<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            future: Box::pin(future),
            woken: Arc::new(Flag(AtomicBool::new(true))),
            polled: false,
            excused: false,
            since: 0,
        }
    }

    pub(super) fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    pub(super) fn is_new(&self) -> bool {
        !self.polled
    }

    /// None if it panicked: whoever it was is gone.
    pub(super) fn poll(&mut self, world: &World) -> Option<Poll<T>> {
        self.polled = true;
        self.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        let future = self.future.as_mut();
        world.state().inside = true;
        let polled =
            catch_unwind(AssertUnwindSafe(|| future.poll(&mut Context::from_waker(&waker))));
        world.state().inside = false;
        polled.ok()
    }
}

impl<T: Numbered> History<T> {
    pub(super) fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let shared = world.state().random.bool();
        let store = if shared { MemoryStore::as_if_shared() } else { MemoryStore::new() };
        let secret = AppSecret::new("secret").unwrap().fingerprint();
        let app_id = AppId::new("1").unwrap();
        let key = SlotKey::new(Origin::production(), app_id, secret, T::KIND);
        world.state().replaces = T::KIND == Kind::JsTicket;
        world.state().shared = shared;
        let dice = world.clone();
        let cache = TokenCache::builder(key, Platform(world.clone(), PhantomData))
            .store(Moody { world: world.clone(), store, kind: PhantomData })
            .clock(world.clone())
            .timer(world.clone())
            .observer(world.clone())
            .random(move || moody_random(&dice))
            .build();
        let kept = world.state().random.u8(..) < 80;
        let keeper = kept.then(|| Task::new(cache.keep_fresh()));
        Self {
            world,
            cache,
            callers: Vec::new(),
            keeper,
            seen: Vec::new(),
            invalidated: 0,
            looks: 0,
            uncovered: 0,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), String> {
        let steps = 40 + self.dice(80);
        for _ in 0..steps {
            self.step()?;
            self.look();
            invariants::always(self)?;
        }
        self.heal()
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.world.state().log.clone()
    }

    /// Whether there is a code to use just now.
    fn look(&mut self) {
        self.looks += 1;
        if self.cache.peek().is_none() {
            self.uncovered = self.looks;
        }
    }

    fn step(&mut self) -> Result<(), String> {
        match self.dice(21) {
            0..5 => self.call(),
            5..10 => return self.poll_one(),
            10 | 11 => self.cancel(),
            12..15 => {
                let next = self.world.until_next().unwrap_or(0);
                self.world.advance(next);
            }
            15 => {
                let millis = self.dice(40_000);
                self.world.advance(millis);
            }
            16 => {
                let millis = self.dice(7_300_000);
                self.world.advance(millis);
            }
            17 => self.jump(),
            20 => self.let_others_begin(),
            18 => return self.complain(),
            _ => return self.settle_down(),
        }
        Ok(())
    }

    fn call(&mut self) {
        let cache = self.cache.clone();
        let mut caller = Task::new(async move { cache.lease().await });
        caller.since = self.looks;
        self.callers.push(caller);
    }

    /// Another process takes the turn, for some time.
    fn let_others_begin(&mut self) {
        let busy = self.dice(40_000);
        let mut state = self.world.state();
        if state.faults && state.shared && state.turns == 0 && state.others_until.is_none() {
            state.others_until = Some(state.millis + busy);
        }
    }

    /// Somebody who was woken goes on.
    fn poll_one(&mut self) -> Result<(), String> {
        let start = self.dice(self.callers.len() as u64 + 1) as usize;
        let count = self.callers.len();
        for index in (0..count).map(|offset| (start + offset) % count) {
            if self.callers[index].is_woken() {
                return self.poll_caller(index);
            }
        }
        self.poll_keeper();
        Ok(())
    }

    fn poll_caller(&mut self, index: usize) -> Result<(), String> {
        // Whoever asks while a code lives and is kept has it at once.
        let at_once = self.callers[index].is_new()
            && self.keeper.as_ref().is_some_and(|keeper| !keeper.is_new())
            && self.cache.peek().is_some();
        let since = self.callers[index].since;
        let Some(polled) = self.callers[index].poll(&self.world) else {
            drop(self.callers.swap_remove(index));
            return Ok(());
        };
        self.look();
        if at_once && !matches!(polled, Poll::Ready(Ok(_))) {
            return Err("somebody waits or errs while a code lives and is kept".to_owned());
        }
        if let Poll::Ready(outcome) = polled {
            drop(self.callers.swap_remove(index));
            if outcome.is_err() && since > self.uncovered {
                return Err("somebody saw an error although there was a code all the while".into());
            }
            invariants::served(self, &outcome)?;
            self.seen.extend(outcome);
        }
        Ok(())
    }

    fn poll_keeper(&mut self) {
        if let Some(keeper) = self.keeper.as_mut().filter(|keeper| keeper.is_woken()) {
            if keeper.poll(&self.world).is_none() {
                self.keeper = None;
            }
        }
        self.look();
    }

    /// Everyone goes on until nobody can, with no time passing.
    pub(super) fn settle_down(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            self.poll_keeper();
            match self.callers.iter().position(Task::is_woken) {
                Some(index) => self.poll_caller(index)?,
                None if self.keeper.as_ref().is_some_and(Task::is_woken) => {}
                None => return invariants::settled(self),
            }
        }
        Err("a loop without end".to_owned())
    }

    fn cancel(&mut self) {
        if self.dice(8) == 0 {
            self.keeper = None;
            return;
        }
        // Sometimes several in a row, so that whoever was called to take over goes too.
        for _ in 0..1 + self.dice(4) * self.dice(2) {
            if !self.callers.is_empty() {
                let index = self.dice(self.callers.len() as u64) as usize;
                drop(self.callers.swap_remove(index));
            }
        }
    }

    fn jump(&mut self) {
        let by = self.dice(20_000);
        self.callers.iter_mut().for_each(|caller| caller.excused = true);
        let mut state = self.world.state();
        state.jumped = true;
        state.wall = if state.random.bool() { state.wall + by } else { state.wall - by };
    }

    fn complain(&mut self) -> Result<(), String> {
        if self.seen.is_empty() {
            return Ok(());
        }
        let index = self.dice(self.seen.len() as u64) as usize;
        let lease = Arc::clone(&self.seen[index]);
        let held = self.cache.subscribe().current().map(|held| held.serial());
        let was_held = self.cache.invalidate(&lease);
        if was_held != (held == Some(lease.serial())) {
            return Err("a complaint hit the wrong lease".to_owned());
        }
        if was_held {
            self.invalidated = self.invalidated.max(lease.serial());
            let mut state = self.world.state();
            let now = state.millis;
            state.codes[lease.token().number()].refused = Some(now);
        }
        Ok(())
    }

    /// All faults stop: within what the longest pause takes there must be a code again, and nobody
    /// may be left waiting.
    fn heal(&mut self) -> Result<(), String> {
        self.world.state().faults = false;
        for _ in 0..1000 {
            self.settle_down()?;
            invariants::always(self)?;
            if self.callers.is_empty() {
                break;
            }
            let longest = 20_000;
            let next = self.world.until_next().map_or(longest, |next| next.clamp(1, longest));
            self.world.advance(next);
            self.look();
        }
        self.settle_down()?;
        if !self.callers.is_empty() {
            return Err(format!("{} callers wait for ever", self.callers.len()));
        }
        for _ in 0..20 {
            self.call();
            for _ in 0..40 {
                self.settle_down()?;
                self.world.advance(500);
            }
            if self.cache.peek().is_some() {
                return Ok(());
            }
            self.world.advance(10_000);
        }
        Err("no code although all faults are over".to_owned())
    }

    fn dice(&self, sides: u64) -> u64 {
        self.world.state().random.u64(0..sides)
    }
}
