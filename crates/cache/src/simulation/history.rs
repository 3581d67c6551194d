//! What happens in one history, step by step.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use yzb_proto::{AppId, AppSecret, Origin, ServerAccessToken};

use super::invariants;
use super::world::{Moody, World};
use crate::{Kind, Lease, LeaseError, MemoryStore, SlotKey, TokenCache};

pub(super) type Outcome = Result<Arc<Lease<ServerAccessToken>>, LeaseError>;

pub(super) struct History {
    pub(super) world: World,
    pub(super) cache: TokenCache<World, Moody>,
    pub(super) callers: Vec<Task<Outcome>>,
    pub(super) keeper: Option<Task<std::convert::Infallible>>,
    /// Leases that were handed out, for complaints.
    seen: Vec<Arc<Lease<ServerAccessToken>>>,
    pub(super) invalidated: u64,
}

/// A future that is polled when it was woken.
pub(super) struct Task<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    woken: Arc<Flag>,
    polled: bool,
    /// The clock jumped while it waited: the code it waits for may have come to life again.
    pub(super) excused: bool,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<T> Task<T> {
    fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            future: Box::pin(future),
            woken: Arc::new(Flag(AtomicBool::new(true))),
            polled: false,
            excused: false,
        }
    }

    fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    fn is_new(&self) -> bool {
        !self.polled
    }

    fn poll(&mut self) -> Poll<T> {
        self.polled = true;
        self.woken.0.store(false, Ordering::SeqCst);
        self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self.woken))))
    }
}

impl History {
    pub(super) fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let shared = world.state().random.bool();
        let store = if shared { MemoryStore::as_if_shared() } else { MemoryStore::new() };
        let secret = AppSecret::new("secret").unwrap().fingerprint();
        let app_id = AppId::new("1").unwrap();
        let key = SlotKey::new(Origin::production(), app_id, secret, Kind::ServerToken);
        let dice = world.clone();
        let cache = TokenCache::builder(key, world.clone())
            .store(Moody { world: world.clone(), store })
            .clock(world.clone())
            .timer(world.clone())
            .observer(world.clone())
            .random(move || dice.state().random.f64())
            .build();
        let kept = world.state().random.u8(..) < 80;
        let keeper = kept.then(|| Task::new(cache.keep_fresh()));
        Self { world, cache, callers: Vec::new(), keeper, seen: Vec::new(), invalidated: 0 }
    }

    pub(super) fn run(&mut self) -> Result<(), String> {
        let steps = 40 + self.dice(80);
        for _ in 0..steps {
            self.step()?;
            invariants::always(self)?;
        }
        self.heal()
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.world.state().log.clone()
    }

    fn step(&mut self) -> Result<(), String> {
        match self.dice(20) {
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
            18 => return self.complain(),
            _ => return self.settle_down(),
        }
        Ok(())
    }

    fn call(&mut self) {
        let cache = self.cache.clone();
        self.callers.push(Task::new(async move { cache.lease().await }));
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
        let polled = self.callers[index].poll();
        if at_once && !matches!(polled, Poll::Ready(Ok(_))) {
            return Err("somebody waits or errs while a code lives and is kept".to_owned());
        }
        if let Poll::Ready(outcome) = polled {
            drop(self.callers.swap_remove(index));
            invariants::served(self, &outcome)?;
            self.seen.extend(outcome);
        }
        Ok(())
    }

    fn poll_keeper(&mut self) {
        if let Some(keeper) = self.keeper.as_mut().filter(|keeper| keeper.is_woken()) {
            let _ = keeper.poll();
        }
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
        } else if !self.callers.is_empty() {
            let index = self.dice(self.callers.len() as u64) as usize;
            drop(self.callers.swap_remove(index));
        }
    }

    fn jump(&mut self) {
        let by = self.dice(20_000);
        self.callers.iter_mut().for_each(|caller| caller.excused = true);
        let mut state = self.world.state();
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
        }
        Ok(())
    }

    /// All faults stop: within what the longest pause takes there must be a code again, and nobody
    /// may be left waiting.
    fn heal(&mut self) -> Result<(), String> {
        self.world.state().faults = false;
        for _ in 0..40 {
            self.settle_down()?;
            invariants::always(self)?;
            let longest = 20_000;
            let next = self.world.until_next().map_or(longest, |next| next.clamp(1, longest));
            self.world.advance(next);
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
