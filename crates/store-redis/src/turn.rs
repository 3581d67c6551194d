//! The turn to issue, which one process of the fleet has at a time.

use std::collections::HashMap;
use std::sync::Arc;

use redis::{Cmd, Value};
use tokio::runtime::Handle;
use yzb_cache::{Monotonic, SlotKey, Turn};
use yzb_proto::UnixSeconds;

use crate::connection::Undo;
use crate::event::tell;
use crate::store::Inner;
use crate::time::seconds;
use crate::{Event, Failure, Problem, script};

impl Inner {
    /// Asks once for the turn of this slot, which is under this key.
    pub(crate) async fn take_turn(
        self: &Arc<Self>,
        slot: &SlotKey,
        key: &str,
    ) -> Result<Turn, Failure> {
        let runtime = Handle::try_current().map_err(|_| Failure::new(Problem::NoRuntime))?;
        let holder = self.turns().ask(key, || self.new_holder());
        let undo = Undo::by(release(key, &holder));
        let mut asking = Asking { inner: self, key, holder: &holder, undo: &undo, answered: false };
        // From before it was asked for, as the server counts it.
        let asked = self.settings.clock.now().monotonic;
        let until = asked + self.settings.lease;
        let lease = self.settings.lease.as_millis().to_string();
        let arguments = [holder.as_bytes(), lease.as_bytes()];
        let answer = self.link.run_script(&script::TAKE, key, &arguments, Some(&undo)).await?;
        asking.answered = true;
        let Answer { is_given, time, was_endless } = Answer::read(&answer)?;
        self.server_time.said(time, asked);
        if was_endless {
            tell(&*self.settings.watch, &Event::EndlessTurn { key: slot });
        }
        match is_given {
            true => {
                self.turns().begin(key, &holder, until);
                let (inner, key) = (Arc::clone(self), key.to_owned());
                let held = Held { inner, key, holder: holder.clone(), runtime, is_left: false };
                Ok(Turn::lasting(held, self.settings.lease))
            }
            false => Ok(Turn::taken()),
        }
    }

    /// Keeps the turn for its whole span from now on, if it is still this process's.
    pub(crate) async fn extend_turn(&self, held: &Held) -> Result<bool, Failure> {
        let now = self.settings.clock.now().monotonic;
        if !self.turns().has(&held.key, now) {
            return Ok(false);
        }
        let lease = self.settings.lease.as_millis().to_string();
        let arguments = [held.holder.as_bytes(), lease.as_bytes()];
        let answer = self.link.run_script(&script::TAKE, &held.key, &arguments, None).await?;
        let Answer { is_given, .. } = Answer::read(&answer)?;
        if is_given {
            self.turns().begin(&held.key, &held.holder, now + self.settings.lease);
        }
        Ok(is_given)
    }

    fn new_holder(&self) -> String {
        let random = &self.settings.random;
        format!("{}:{:016x}{:016x}", self.settings.name, random(), random())
    }
}

/// What the server says to somebody who asks for the turn.
struct Answer {
    is_given: bool,
    /// The server's.
    time: UnixSeconds,
    /// Somebody else's had no end, and has one now.
    was_endless: bool,
}

impl Answer {
    fn read(answer: &Value) -> Result<Self, Failure> {
        let odd = || Failure::new(Problem::OddAnswer);
        let Value::Array(parts) = answer else { return Err(odd()) };
        let [Value::Int(given), time, Value::Int(endless)] = parts.as_slice() else {
            return Err(odd());
        };
        let time = seconds(time).ok_or_else(odd)?;
        Ok(Self { is_given: *given == 1, time, was_endless: *endless == 1 })
    }
}

/// A question for the turn. Without an answer, the server may have given it: it is handed back then by
/// what follows the question on its way. Where nothing could (the connection broke), the next question
/// is asked under the same name. Not otherwise: that release must not end the turn of the next one.
struct Asking<'a> {
    inner: &'a Inner,
    key: &'a str,
    holder: &'a str,
    undo: &'a Undo,
    answered: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.answered && !self.undo.is_sent() {
            self.inner.turns().unanswered(self.key, self.holder);
        }
    }
}

/// Hands the turn back when it is dropped.
///
/// `Drop` cannot wait: the release is put into the open connection's queue, and a task waits for the
/// answer. Without a connection or a runtime, or if the connection breaks, the turn expires.
pub(crate) struct Held {
    pub(crate) inner: Arc<Inner>,
    pub(crate) key: String,
    pub(crate) holder: String,
    /// Where the turn was taken.
    pub(crate) runtime: Handle,
    /// A request may be under way in it: it is left to expire.
    pub(crate) is_left: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.inner.turns().end(&self.key, &self.holder);
        if self.is_left {
            return;
        }
        self.inner.link.send_without_waiting(release(&self.key, &self.holder), &self.runtime);
    }
}

/// By its text: nobody waits for an answer that says that the server does not know it.
fn release(key: &str, holder: &str) -> Cmd {
    let mut release = script::RELEASE.by_text(key);
    release.arg(holder);
    release
}

/// The turns that this process has, and those that it perhaps has.
#[derive(Default)]
pub(crate) struct Turns {
    held: HashMap<String, Term>,
    /// Asked for, and no answer came: the server may have given them.
    asked: HashMap<String, String>,
}

struct Term {
    holder: String,
    until: Monotonic,
}

impl Turns {
    /// Under which name to ask: that of an earlier call without an answer, so that nobody waits for
    /// a turn which that call took, or else a new one.
    pub(crate) fn ask(&mut self, key: &str, new: impl FnOnce() -> String) -> String {
        self.asked.remove(key).unwrap_or_else(new)
    }

    /// No answer came to this.
    pub(crate) fn unanswered(&mut self, key: &str, holder: &str) {
        self.asked.insert(key.to_owned(), holder.to_owned());
    }

    pub(crate) fn begin(&mut self, key: &str, holder: &str, until: Monotonic) {
        self.held.insert(key.to_owned(), Term { holder: holder.to_owned(), until });
    }

    fn end(&mut self, key: &str, holder: &str) {
        if self.held.get(key).is_some_and(|term| term.holder == holder) {
            self.held.remove(key);
        }
    }

    /// Whether this process has the turn, as far as it knows.
    pub(crate) fn has(&self, key: &str, now: Monotonic) -> bool {
        self.held.get(key).is_some_and(|term| now < term.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_was_slept_through_is_not_had_any_more() {
        let mut turns = Turns::default();
        turns.begin("key", "me", Monotonic::from_millis(60_000));
        assert!(turns.has("key", Monotonic::from_millis(59_999)));
        assert!(!turns.has("key", Monotonic::from_millis(60_000)));
        turns.end("key", "somebody else");
        assert!(turns.has("key", Monotonic::from_millis(0)));
        turns.end("key", "me");
        assert!(!turns.has("key", Monotonic::from_millis(0)));
    }

    #[test]
    fn a_call_without_an_answer_is_repeated_under_the_same_name_once() {
        let mut turns = Turns::default();
        turns.unanswered("key", "first");
        assert_eq!(turns.ask("key", || "second".to_owned()), "first");
        assert_eq!(turns.ask("key", || "second".to_owned()), "second");
    }
}
