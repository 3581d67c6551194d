//! The connection: made when it is first needed, shared, and given up as soon as it is of no use.

mod backoff;
#[cfg(feature = "cluster")]
mod cluster;
mod making;
mod sentinel;
mod server;
mod target;
mod unfinished;

use core::future::Future;
use core::task::{Context, Waker};
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Cmd, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;
use yzb_cache::{Clock, Monotonic};

use crate::event::tell;
use crate::script::Script;
use crate::{Event, Failure, Problem, Watch};
use backoff::Backoff;
use making::Attempt;
pub(crate) use sentinel::Sentinels;
pub(crate) use server::{Login, Server};
pub(crate) use target::{Connection, Target};
pub(crate) use unfinished::Undo;
use unfinished::Unfinished;

/// The way to Redis: a connection if there is one, and how to make another.
pub(crate) struct Link {
    way: Arc<Way>,
    /// Each task that waits for the answer to a command for which nobody else waits has a receiver.
    unanswered: watch::Sender<()>,
}

/// What the link shares with an attempt to connect.
struct Way {
    target: Arc<Target>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    watch: Arc<dyn Watch>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
    state: Mutex<State>,
}

/// What changes.
#[derive(Default)]
struct State {
    open: Open,
    attempt: Option<Attempt>,
    /// How many there were.
    attempts: u64,
    backoff: Backoff,
}

/// The open connection, if there is one.
#[derive(Default)]
struct Open {
    /// How many there have been: tells a connection from its successor.
    number: u64,
    connection: Option<Connection>,
    /// Where the Sentinels said that the master is, and when they last said so.
    master: Option<(Address, Monotonic)>,
    /// Something was carried out on it.
    is_proven: bool,
}

/// The same, for who uses it.
#[derive(Clone)]
struct Opened {
    number: u64,
    connection: Connection,
    is_proven: bool,
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

impl Link {
    pub(crate) fn new(
        target: Target,
        limits: Limits,
        clock: Arc<dyn Clock>,
        watch: Arc<dyn Watch>,
        random: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        let (target, state) = (Arc::new(target), Mutex::default());
        let way = Arc::new(Way { target, limits, clock, watch, random, state });
        Self { way, unanswered: watch::Sender::new(()) }
    }

    /// Whether all keys are in one place.
    pub(crate) fn is_one(&self) -> bool {
        match &*self.way.target {
            Target::Server(_) | Target::Sentinels(_) => true,
            #[cfg(feature = "cluster")]
            Target::Cluster(_) => false,
        }
    }

    pub(crate) fn now(&self) -> Monotonic {
        self.way.clock.now().monotonic
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        tell(&*self.way.watch, event);
    }

    /// Before something is written: gives the connection up if the Sentinels have another master by now.
    /// For some ten seconds after they moved it, the old one takes writes that get lost.
    pub(crate) async fn confirm(&self) {
        let Target::Sentinels(sentinels) = &*self.way.target else { return };
        if !has_runtime() {
            return;
        }
        let Some((number, address)) = self.way.unconfirmed() else { return };
        let there = within(CONFIRMING, Box::pin(sentinels.whereabouts())).await;
        // Without an answer, whoever writes may be luckier than we.
        if there.is_ok_and(|there| there.is_ok_and(|there| there != address)) {
            self.way.give_up(number, &Failure::new(Problem::ReadOnly));
        }
    }

    /// Carries out a command that comes to the same if it is carried out twice: where the connection
    /// turns out to be of no use, it is, on another one.
    pub(crate) async fn run(&self, command: &Cmd) -> Result<Value, Failure> {
        self.run_undoing(command, None).await
    }

    async fn run_undoing(&self, command: &Cmd, undo: Option<&Undo>) -> Result<Value, Failure> {
        match self.attempt(command, undo).await {
            // What is rare is boxed, so that what is not carries less around.
            Err(failure) if failure.wants_other_connection() => {
                Box::pin(self.attempt(command, undo)).await
            }
            outcome => outcome,
        }
    }

    /// Runs a script: by its hash, and if the server does not know it by its text. If its answer does not
    /// come in time, or nobody waits for it any more, what undoes it is sent behind it.
    pub(crate) async fn run_script(
        &self,
        script: &Script,
        key: &str,
        arguments: &[&[u8]],
        undo: Option<&Undo>,
    ) -> Result<Value, Failure> {
        let outcome = self.run_undoing(script.by_hash(key).arg(arguments), undo).await;
        match outcome {
            Err(failure) if failure.is_unknown_script() => {
                let command = script.by_text(key).arg(arguments).to_owned();
                Box::pin(async move { self.run_undoing(&command, undo).await }).await
            }
            outcome => outcome,
        }
    }

    /// Puts a command into the queue of the open connection, if there is one, and does not wait: a task
    /// on this runtime keeps the connection until the answer is there.
    pub(crate) fn send_without_waiting(&self, command: Cmd, runtime: &Handle) {
        let connection = self.way.lock().open.connection.clone();
        if let Some(connection) = connection {
            self.send_on(connection, command, runtime);
        }
    }

    fn send_on(&self, mut connection: Connection, command: Cmd, runtime: &Handle) {
        let mut sending = Box::pin(async move { connection.send(&command).await.map(drop) });
        // Now, and not when the task gets its turn: the next command comes behind it.
        let first = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            let (limit, unanswered) = (self.way.limits.answer, self.unanswered.subscribe());
            drop(runtime.spawn(async move {
                let _ = within(limit, sending).await;
                drop(unanswered);
            }));
        }
    }

    /// Waits until all that was sent so is answered, or given up.
    pub(crate) async fn answered(&self) {
        // The runtime on which the tasks are may stand still.
        if has_runtime() {
            let _ = within(self.way.limits.answer, self.unanswered.closed()).await;
        }
    }

    async fn attempt(&self, command: &Cmd, undo: Option<&Undo>) -> Result<Value, Failure> {
        let runtime = Handle::try_current().map_err(|_| Failure::new(Problem::NoRuntime))?;
        let way = &self.way;
        let opened = way.connection().await?;
        let Opened { number, mut connection, is_proven } = opened.clone();
        let mut unfinished =
            Unfinished { link: self, opened, undo, runtime, armed: connection.is_one() };
        let outcome = within(way.limits.answer, connection.send(command)).await;
        // Without an answer it is as unfinished as if the caller had gone away.
        let is_silent = |failure: &Failure| failure.problem() == Problem::Silent;
        unfinished.armed &= outcome.as_ref().is_err_and(is_silent);
        let outcome = outcome.and_then(|answer| answer.map_err(Failure::of));
        let outcome = if connection.is_one() { outcome } else { outcome.map_err(Failure::of_many) };
        match &outcome {
            Err(failure) if connection.is_condemned_by(failure) => way.give_up(number, failure),
            _ if !is_proven => way.proves(number),
            _ => {}
        }
        outcome
    }
}

impl Way {
    /// The connection to a master of which the Sentinels have not been asked for a while, and its
    /// address. One caller asks for all.
    fn unconfirmed(&self) -> Option<(u64, Address)> {
        let now = self.clock.now().monotonic;
        let mut state = self.lock();
        let Open { number, connection: Some(_), master: Some((address, asked)), .. } =
            &mut state.open
        else {
            return None;
        };
        if now.since(*asked) < CONFIRMED_FOR {
            return None;
        }
        *asked = now;
        Some((*number, address.clone()))
    }

    /// The connection of this number did something.
    fn proves(&self, number: u64) {
        let mut state = self.lock();
        if state.open.number == number {
            state.open.is_proven = true;
            state.backoff = Backoff::default();
        }
    }

    /// Gives up the connection of this number, if it is still the one that is open. One on which nothing
    /// was ever carried out was no better than none: the next pause is longer.
    fn give_up(&self, number: u64, failure: &Failure) {
        let now = self.clock.now().monotonic;
        let given_up = {
            let mut state = self.lock();
            let State { open, backoff, .. } = &mut *state;
            let given_up = open.connection.take_if(|_| open.number == number);
            // A replica did answer, and where it was there may be a master now.
            let did_answer = open.is_proven || failure.problem() == Problem::ReadOnly;
            if given_up.is_some() && !did_answer {
                backoff.failed(failure.clone(), now, (self.random)());
            }
            given_up
        };
        if given_up.is_some() {
            tell(&*self.watch, &Event::Disconnected(failure));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing can panic between two halves of a change to it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without one, Tokio's timers and the client library panic.
pub(crate) fn has_runtime() -> bool {
    Handle::try_current().is_ok()
}

/// What `work` comes to in this time. A runtime without timers panics when it is asked for one.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    let timed = catch_unwind(AssertUnwindSafe(|| tokio::time::timeout(limit, work)));
    let timed = timed.map_err(|_| Failure::new(Problem::NoRuntime))?;
    timed.await.map_err(|_| Failure::new(Problem::Silent))
}
