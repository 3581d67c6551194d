//! The connection: made when it is first needed, shared, and given up as soon as it is of no use.

mod backoff;
#[cfg(feature = "cluster")]
mod cluster;
mod sentinel;
mod server;
mod target;

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Cmd, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;
use yzb_cache::{Clock, Monotonic};

use crate::event::tell;
use crate::script::Script;
use crate::{Event, Failure, Problem, Watch};
use backoff::Backoff;
pub(crate) use sentinel::Sentinels;
pub(crate) use server::{Login, Server};
pub(crate) use target::{Connection, Target};

/// The way to Redis: a connection if there is one, and how to make another.
pub(crate) struct Link {
    target: Arc<Target>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    watch: Arc<dyn Watch>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
    open: Mutex<Open>,
    /// Whoever holds this makes a connection; the others wait for it.
    making: tokio::sync::Mutex<Making>,
    /// Each task that waits for the answer to a command for which nobody else waits has a receiver.
    unanswered: watch::Sender<()>,
}

/// The open connection, if there is one.
#[derive(Clone, Default)]
struct Open {
    /// How many there have been: tells a connection from its successor.
    number: u64,
    connection: Option<Connection>,
    /// Where the Sentinels said that the master is, and when they last said so.
    master: Option<(Address, Monotonic)>,
}

/// Host and port.
type Address = (String, u16);

/// For so long nobody asks the Sentinels again whether the master is still the same.
const CONFIRMED_FOR: Duration = Duration::from_secs(1);
/// Asking them takes no more of the time that the caller has.
const CONFIRMING: Duration = Duration::from_millis(200);

/// How long to wait.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) answer: Duration,
}

/// A new connection, and where it leads if Sentinels said so.
type Connected = (Connection, Option<Address>);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Default)]
struct Making {
    /// It outlives whoever began it: a caller has little time, and a slow connection would never be
    /// made if each began anew.
    attempt: Option<Boxed<Result<Connected, Failure>>>,
    backoff: Backoff,
}

impl Link {
    pub(crate) fn new(
        target: Target,
        limits: Limits,
        clock: Arc<dyn Clock>,
        watch: Arc<dyn Watch>,
        random: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        Self {
            target: Arc::new(target),
            limits,
            clock,
            watch,
            random,
            open: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            unanswered: watch::Sender::new(()),
        }
    }

    /// Whether all keys are in one place.
    pub(crate) fn is_one(&self) -> bool {
        match &*self.target {
            Target::Server(_) | Target::Sentinels(_) => true,
            #[cfg(feature = "cluster")]
            Target::Cluster(_) => false,
        }
    }

    pub(crate) fn now(&self) -> Monotonic {
        self.clock.now().monotonic
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        tell(&*self.watch, event);
    }

    /// Before something is written: gives the connection up if the Sentinels have another master by now.
    /// For some ten seconds after they moved it, the old one takes writes that get lost.
    pub(crate) async fn confirm(&self) {
        let Target::Sentinels(sentinels) = &*self.target else { return };
        if !has_runtime() {
            return;
        }
        let Some((number, address)) = self.unconfirmed() else { return };
        let there = within(CONFIRMING, sentinels.whereabouts()).await;
        // Without an answer, whoever writes may be luckier than we.
        if there.is_ok_and(|there| there.is_ok_and(|there| there != address)) {
            self.give_up(number, &Failure::new(Problem::ReadOnly));
        }
    }

    /// The connection to a master of which the Sentinels have not been asked for a while, and its
    /// address. One caller asks for all.
    fn unconfirmed(&self) -> Option<(u64, Address)> {
        let now = self.clock.now().monotonic;
        let mut open = self.lock();
        let Open { number, connection: Some(_), master: Some((address, asked)) } = &mut *open
        else {
            return None;
        };
        if now.since(*asked) < CONFIRMED_FOR {
            return None;
        }
        *asked = now;
        Some((*number, address.clone()))
    }

    /// Carries out a command that comes to the same if it is carried out twice: where the connection
    /// turns out to be of no use, it is, on another one.
    pub(crate) async fn run(&self, command: &Cmd) -> Result<Value, Failure> {
        match self.attempt(command).await {
            Err(failure) if failure.wants_other_connection() => self.attempt(command).await,
            outcome => outcome,
        }
    }

    /// Runs a script: by its hash, and if the server does not know it by its text.
    pub(crate) async fn run_script(
        &self,
        script: &Script,
        key: &str,
        arguments: &[&[u8]],
    ) -> Result<Value, Failure> {
        let outcome = self.run(script.by_hash(key).arg(arguments)).await;
        match outcome {
            Err(failure) if failure.is_unknown_script() => {
                self.run(script.by_text(key).arg(arguments)).await
            }
            outcome => outcome,
        }
    }

    /// Puts a command into the queue of the open connection, if there is one, and does not wait: a task
    /// on this runtime keeps the connection until the answer is there.
    pub(crate) fn send_without_waiting(&self, command: Cmd, runtime: &Handle) {
        let Some(mut connection) = self.open().connection else { return };
        let mut sending = Box::pin(async move { connection.send(&command).await.map(drop) });
        // Now, and not when the task gets its turn: the next command comes behind it.
        let first = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            let (limit, unanswered) = (self.limits.answer, self.unanswered.subscribe());
            drop(runtime.spawn(async move {
                let _ = within(limit, sending).await;
                drop(unanswered);
            }));
        }
    }

    /// Waits until all that was sent so is answered, or given up.
    pub(crate) async fn answered(&self) {
        self.unanswered.closed().await;
    }

    async fn attempt(&self, command: &Cmd) -> Result<Value, Failure> {
        if !has_runtime() {
            return Err(Failure::new(Problem::NoRuntime));
        }
        let (number, mut connection) = self.connection().await?;
        let mut unfinished = Unfinished { link: self, number, armed: connection.is_one() };
        let outcome = within(self.limits.answer, connection.send(command)).await;
        unfinished.armed = false;
        let outcome = outcome.and_then(|answer| answer.map_err(Failure::of));
        if let Err(failure) = &outcome
            && connection.is_condemned_by(failure)
        {
            self.give_up(number, failure);
        }
        outcome
    }

    /// The open connection, or a new one.
    async fn connection(&self) -> Result<(u64, Connection), Failure> {
        if let Open { number, connection: Some(connection), .. } = self.open() {
            return Ok((number, connection));
        }
        let mut making = self.making.lock().await;
        if let Open { number, connection: Some(connection), .. } = self.open() {
            return Ok((number, connection));
        }
        if let Some(failure) = making.backoff.refuses(self.clock.now().monotonic) {
            return Err(failure);
        }
        let made = self.make(&mut making).await;
        drop(making);
        match &made {
            Ok(_) => tell(&*self.watch, &Event::Connected),
            Err(failure) => tell(&*self.watch, &Event::Disconnected(failure)),
        }
        made
    }

    async fn make(&self, making: &mut Making) -> Result<(u64, Connection), Failure> {
        let attempt = making.attempt.get_or_insert_with(|| {
            let (target, limit) = (Arc::clone(&self.target), self.limits.connect);
            Box::pin(async move { within(limit, target.connect()).await? })
        });
        let made = attempt.await;
        making.attempt = None;
        match made {
            Ok((connection, address)) => {
                making.backoff = Backoff::default();
                let master = address.map(|address| (address, self.clock.now().monotonic));
                let number = {
                    let mut open = self.lock();
                    let number = open.number + 1;
                    *open = Open { number, connection: Some(connection.clone()), master };
                    number
                };
                Ok((number, connection))
            }
            Err(failure) => {
                let now = self.clock.now().monotonic;
                making.backoff.failed(failure.clone(), now, (self.random)());
                Err(failure)
            }
        }
    }

    fn open(&self) -> Open {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up the connection of this number, if it is still the one that is open.
    fn give_up(&self, number: u64, failure: &Failure) {
        let given_up = {
            let mut open = self.lock();
            if open.number == number { open.connection.take() } else { None }
        };
        if given_up.is_some() {
            tell(&*self.watch, &Event::Disconnected(failure));
        }
    }
}

/// A command whose caller gives it up takes the connection with it: nobody knows whether there is
/// anybody at the other end, and the next one must not wait for that again.
struct Unfinished<'a> {
    link: &'a Link,
    number: u64,
    armed: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.link.give_up(self.number, &Failure::new(Problem::Silent));
        }
    }
}

/// Without one, Tokio's timers and the client library panic.
pub(crate) fn has_runtime() -> bool {
    Handle::try_current().is_ok()
}

/// What `work` comes to in this time.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(limit, work).await.map_err(|_| Failure::new(Problem::Silent))
}
