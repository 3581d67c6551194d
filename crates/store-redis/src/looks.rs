//! Looks that are asked for at the same time, as one command.
//!
//! The codes of a process come due together. Whoever looks enters what they look for in a list and lets
//! the others on this thread have their turn; then the first of them to be back sends the list. No task is
//! spawned for that: the command is a future that whoever waits for it polls on, so one who gives up harms
//! nobody. If all give up, so does the command.

use core::future::Future;
use core::pin::Pin;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared, join_all};
use redis::Value;
use yzb_cache::Monotonic;

use crate::connection::{Link, has_runtime};
use crate::{Event, Failure, Problem, script};

/// So many keys are looked at by one command at most: the server does nothing else meanwhile.
const AT_MOST: usize = 64;
/// For so long nobody tries again whether many keys may be looked at with one command.
const REFUSED_FOR: Duration = Duration::from_secs(600);

/// Who looks where.
pub(crate) struct Looks {
    link: Arc<Link>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    gathering: Option<Gathering>,
    /// Where the last look came to nothing. One of them may hold so much that it spoiled the look for
    /// all others, so the next look at each is by itself.
    spoiled: HashSet<String>,
    /// Until then each is looked at by itself, because the server does not permit anything else.
    alone_until: Option<Monotonic>,
}

/// A list that is not sent yet. It keeps nothing alive that nobody waits for.
struct Gathering {
    places: Places,
    sending: WeakShared<Sending>,
}

/// The keys. Values are in the answer only, and neither has a `Debug`.
type Places = Arc<Mutex<Vec<String>>>;
type Sending = Pin<Box<dyn Future<Output = Answers> + Send>>;
/// What each of them holds.
type Answers = Arc<[Result<Value, Failure>]>;

/// What a look came to.
pub(crate) enum Look {
    /// As much of what the key holds as is looked at: nothing at all where there is no such key.
    Text(Vec<u8>),
    /// Nothing, or something that is no text: a look at many keys does not tell which.
    NoText,
}

impl Looks {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, state: Mutex::default() }
    }

    /// What is under a key, by itself: then something that is no text is told from nothing.
    pub(crate) async fn alone(&self, place: &str) -> Result<Look, Failure> {
        text(self.link.run(&script::look(place)).await?)
    }

    /// What is under a key, with whatever else is asked for at the same time.
    pub(crate) async fn together(self: &Arc<Self>, place: &str) -> Result<Look, Failure> {
        if !has_runtime() {
            return Err(Failure::new(Problem::NoRuntime));
        }
        let spoiled = self.state().spoiled.remove(place);
        let mut unanswered = Unanswered { looks: self, place: Some(place) };
        let outcome = if spoiled || self.is_to_look_alone() {
            // Boxed, because it is rare and larger than the other one.
            Box::pin(self.alone(place)).await
        } else {
            self.gathered(place).await
        };
        if !matches!(&outcome, Err(failure) if failure.problem() != Problem::WrongType) {
            unanswered.place = None;
        }
        outcome
    }

    /// A Cluster has the keys in different places, and looks at none of them together.
    fn is_to_look_alone(&self) -> bool {
        let until = self.state().alone_until;
        !self.link.is_one() || until.is_some_and(|until| self.link.now() < until)
    }

    async fn gathered(self: &Arc<Self>, place: &str) -> Result<Look, Failure> {
        let (index, sending) = self.enter(place);
        // Not before everybody on this thread who is about to look has entered what for.
        tokio::task::yield_now().await;
        let answers = sending.await;
        match answers.get(index) {
            Some(Ok(value)) => text(value.clone()),
            Some(Err(failure)) => Err(failure.clone()),
            None => Err(Failure::new(Problem::OddAnswer)),
        }
    }

    /// Enters a key in the list that is gathered, or in a new one; where in it, and the command.
    fn enter(self: &Arc<Self>, place: &str) -> (usize, Shared<Sending>) {
        let mut state = self.state();
        let open = state.gathering.as_ref().and_then(|gathering| {
            let sending = gathering.sending.upgrade()?;
            let mut places = lock(&gathering.places);
            places.push(place.to_owned());
            Some((places.len(), sending))
        });
        if let Some((count, sending)) = open {
            if count >= AT_MOST {
                state.gathering = None;
            }
            return (count - 1, sending);
        }
        let places = Arc::new(Mutex::new(vec![place.to_owned()]));
        let sending = Arc::clone(self).send(Arc::clone(&places)).boxed().shared();
        state.gathering = sending.downgrade().map(|sending| Gathering { places, sending });
        (0, sending)
    }

    async fn send(self: Arc<Self>, places: Places) -> Answers {
        let places = self.close(&places);
        let [place] = places.as_slice() else { return self.send_many(&places).await };
        Arc::from([self.link.run(&script::look(place)).await])
    }

    /// Nobody enters anything in this list any more.
    fn close(&self, places: &Places) -> Vec<String> {
        let mut state = self.state();
        if state.gathering.as_ref().is_some_and(|open| Arc::ptr_eq(&open.places, places)) {
            state.gathering = None;
        }
        core::mem::take(&mut lock(places))
    }

    async fn send_many(&self, places: &[String]) -> Answers {
        let failure = match self.link.run(&script::look_at(places)).await {
            Ok(Value::Array(values)) if values.len() == places.len() => {
                return values.into_iter().map(Ok).collect();
            }
            Ok(_) => Failure::new(Problem::OddAnswer),
            Err(failure) if failure.may_be_of_the_command() => {
                // As a user whose permissions are older than this command, or behind a proxy.
                self.state().alone_until = Some(self.link.now() + REFUSED_FOR);
                self.link.tell(&Event::OneByOne(&failure));
                let looks =
                    places.iter().map(|place| async { self.link.run(&script::look(place)).await });
                return join_all(looks).await.into();
            }
            Err(failure) => failure,
        };
        places.iter().map(|_| Err(failure.clone())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn text(value: Value) -> Result<Look, Failure> {
    match value {
        // What is left out is left out of the hash by which the server compares it, too.
        Value::BulkString(mut text) => {
            text.truncate(script::LONGEST_VALUE);
            Ok(Look::Text(text))
        }
        Value::Nil => Ok(Look::NoText),
        _ => Err(Failure::new(Problem::OddAnswer)),
    }
}

/// A look that was given up, or that failed.
struct Unanswered<'a> {
    looks: &'a Looks,
    place: Option<&'a str>,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.looks.state().spoiled.insert(place.to_owned());
        }
    }
}

/// Nothing can panic between two halves of a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
