//! Making a connection: one attempt for all who want one, which goes on while nobody waits for it.
//!
//! It is a task of its own. A caller may stop to be polled and not be dropped, as one does whose
//! renewal is left for somebody else to go on with; whatever such a caller holds, nobody gets.

use core::time::Duration;
use std::sync::{Arc, Weak};

use tokio::sync::watch;
use tokio::task::AbortHandle;
use yzb_cache::Monotonic;

use super::{Address, Connected, Connection, Open, Opened, Target, Way, within};
use crate::event::tell;
use crate::{Event, Failure, Problem};

/// An attempt that is under way.
#[derive(Clone)]
pub(super) struct Attempt {
    number: u64,
    /// None until it is over.
    outcome: watch::Receiver<Option<Result<Opened, Failure>>>,
    task: AbortHandle,
}

/// How to come by a connection.
enum Step {
    Use(Opened),
    Wait(Attempt),
}

/// How many attempts may be lost together with the runtime that they were begun on: one of somebody
/// else's, and then it is ours that does not work.
const LOST: usize = 2;

impl Way {
    /// The open connection, or a new one.
    pub(super) async fn connection(self: &Arc<Self>) -> Result<Opened, Failure> {
        for _ in 0..LOST {
            let mut attempt = match self.step()? {
                Step::Use(opened) => return Ok(opened),
                Step::Wait(attempt) => attempt,
            };
            // It has a limit of its own, by the timer of the runtime that it runs on: that one may
            // stand still, or be gone.
            let waiting = attempt.outcome.wait_for(Option::is_some);
            match within(self.limits.connect, waiting).await {
                Ok(Ok(outcome)) => return outcome.clone().unwrap_or_else(|| Err(silent())),
                Ok(Err(_)) => self.lose(attempt.number),
                Err(failure) => {
                    attempt.task.abort();
                    return self.finish(attempt.number, Err(failure));
                }
            }
        }
        Err(Failure::new(Problem::NoRuntime))
    }

    fn step(self: &Arc<Self>) -> Result<Step, Failure> {
        let now = self.clock.now().monotonic;
        let mut state = self.lock();
        if let Some(opened) = state.open.opened() {
            return Ok(Step::Use(opened));
        }
        if let Some(attempt) = &state.attempt {
            return Ok(Step::Wait(attempt.clone()));
        }
        if let Some(failure) = state.backoff.refuses(now) {
            return Err(failure);
        }
        state.attempts += 1;
        let (number, (sender, outcome)) = (state.attempts, watch::channel(None));
        let (target, limit) = (Arc::clone(&self.target), self.limits.connect);
        let work = attempt(Arc::downgrade(self), number, target, limit, sender);
        let attempt = Attempt { number, outcome, task: tokio::spawn(work).abort_handle() };
        state.attempt = Some(attempt.clone());
        Ok(Step::Wait(attempt))
    }

    /// What the attempt of this number came to, for all who wait, if it was not given up before.
    fn finish(&self, number: u64, outcome: Result<Connected, Failure>) -> Result<Opened, Failure> {
        let now = self.clock.now().monotonic;
        let outcome = {
            let mut state = self.lock();
            if state.attempt.take_if(|attempt| attempt.number == number).is_none() {
                return Err(silent());
            }
            match outcome {
                Ok((connection, address)) => {
                    let master = address.map(|address| (address, now));
                    Ok(state.open.begin(connection, master))
                }
                // That says nothing about the server: on another runtime it is tried at once.
                Err(failure) if failure.problem() == Problem::NoRuntime => Err(failure),
                Err(failure) => {
                    state.backoff.failed(failure.clone(), now, (self.random)());
                    Err(failure)
                }
            }
        };
        match &outcome {
            Ok(_) => tell(&*self.watch, &Event::Connected),
            Err(failure) => tell(&*self.watch, &Event::Disconnected(failure)),
        }
        outcome
    }

    /// The attempt of this number ended with its runtime.
    fn lose(&self, number: u64) {
        self.lock().attempt.take_if(|attempt| attempt.number == number);
    }
}

/// The task of an attempt. It does not keep the store alive.
async fn attempt(
    way: Weak<Way>,
    number: u64,
    target: Arc<Target>,
    limit: Duration,
    sender: watch::Sender<Option<Result<Opened, Failure>>>,
) {
    let made = within(limit, target.connect()).await.and_then(|made| made);
    if let Some(way) = way.upgrade() {
        sender.send_replace(Some(way.finish(number, made)));
    }
}

fn silent() -> Failure {
    Failure::new(Problem::Silent)
}

impl Drop for Way {
    fn drop(&mut self) {
        if let Some(attempt) = self.lock().attempt.take() {
            attempt.task.abort();
        }
    }
}

impl Open {
    fn begin(&mut self, connection: Connection, master: Option<(Address, Monotonic)>) -> Opened {
        let number = self.number + 1;
        *self = Self { number, connection: Some(connection.clone()), master, is_proven: false };
        Opened { number, connection, is_proven: false }
    }

    fn opened(&self) -> Option<Opened> {
        let connection = self.connection.clone()?;
        Some(Opened { number: self.number, connection, is_proven: self.is_proven })
    }
}
