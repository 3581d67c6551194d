//! A platform that answers as it is told, and clocks that can be set apart. Time passes as the
//! runtime's paused timers let it.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yzb_cache::{
    Attempt, Builder, Clock, Event, IssueError, Issued, Issuer, MemoryStore, Monotonic, Now,
    SlotKey, Store, Token, TokenCache,
};
use yzb_proto::{JsTicket, Lifetime, ServerAccessToken, UnixSeconds};

use crate::support::key;

/// What the platform does about a request.
#[derive(Clone)]
pub(super) enum Answer {
    /// A code with its number in it, of the documented lifetime.
    Code,
    /// This code, of this lifetime in seconds.
    Named(&'static str, u64),
    Fails(IssueError),
    /// For so many seconds nothing, and then a code.
    Slow(u64),
    Panics,
}

/// Where it is half past something, and stays so until somebody sleeps.
#[derive(Clone)]
pub(super) struct World {
    start: Instant,
    jumped: Arc<AtomicI64>,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<f64>>>,
    seen: Arc<Mutex<Vec<(&'static str, String)>>>,
}

/// The world as an issuer of these codes.
pub(super) struct Issues<T>(World, PhantomData<T>);

pub(super) trait Made: Token {
    fn made(text: &str) -> Self;
}

impl Made for ServerAccessToken {
    fn made(text: &str) -> Self {
        Self::new(text).unwrap()
    }
}

impl Made for JsTicket {
    fn made(text: &str) -> Self {
        Self::new(text).unwrap()
    }
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            jumped: Arc::default(),
            answer: Arc::new(Mutex::new(Answer::Code)),
            asked: Arc::default(),
            seen: Arc::default(),
        }
    }

    /// From now on it answers so.
    pub(super) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// At which seconds it was asked.
    pub(super) fn asked(&self) -> Vec<f64> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The wall clock jumps by so many seconds; the monotonic one, and timers, do not.
    pub(super) fn jump(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Ordering::SeqCst);
    }

    /// How often the observer was told of this.
    pub(super) fn seen(&self, name: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(seen, _)| *seen == name).count()
    }

    /// All that the observer was told, for messages.
    pub(super) fn told(&self) -> String {
        format!("{:?}", self.seen.lock().unwrap())
    }

    /// A cache of this app's codes over this store.
    pub(super) fn cache<T: Made, S: Store>(
        &self,
        key: &SlotKey,
        store: S,
    ) -> TokenCache<Issues<T>, S> {
        self.builder(key).store(store).build()
    }

    /// The same, of which more is to be said.
    pub(super) fn builder<T: Made>(&self, key: &SlotKey) -> Builder<Issues<T>> {
        let seen = Arc::clone(&self.seen);
        TokenCache::builder(key.of_kind(T::KIND), Issues(self.clone(), PhantomData))
            .clock(self.clone())
            .random(|| 0.5)
            .observer(move |_: &SlotKey, event: &Event| {
                seen.lock().unwrap().push((event.name(), format!("{event:?}")));
            })
    }

    /// The server token of the tests' app, with no store but memory.
    pub(super) fn tokens(&self) -> TokenCache<Issues<ServerAccessToken>> {
        self.cache(&key(), MemoryStore::new())
    }
}

impl Clock for World {
    fn now(&self) -> Now {
        let passed = self.start.elapsed();
        let wall = 1_700_000_000 + i64::try_from(passed.as_secs()).unwrap();
        let wall = u64::try_from(wall + self.jumped.load(Ordering::SeqCst)).unwrap();
        let monotonic = u64::try_from(passed.as_millis()).unwrap() + 50_000_000;
        Now::new(UnixSeconds::new(wall), Monotonic::from_millis(monotonic))
    }
}

impl<T: Made> Issuer for Issues<T> {
    type Token = T;

    async fn issue(&self, _: &Attempt) -> Result<Issued<T>, IssueError> {
        let number = {
            let mut asked = self.0.asked.lock().unwrap();
            asked.push(self.0.start.elapsed().as_secs_f64());
            asked.len()
        };
        let answer = self.0.answer.lock().unwrap().clone();
        let code = || Issued::new(T::made(&format!("code-{number}")), Lifetime::DOCUMENTED);
        match answer {
            Answer::Code => Ok(code()),
            Answer::Named(name, seconds) => {
                Ok(Issued::new(T::made(name), Lifetime::from_secs(seconds)))
            }
            Answer::Fails(error) => Err(error),
            Answer::Slow(seconds) => {
                sleep(Duration::from_secs(seconds)).await;
                Ok(code())
            }
            Answer::Panics => panic!("a bug of the issuer"),
        }
    }
}

/// Lets so many seconds pass.
pub(super) async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}
