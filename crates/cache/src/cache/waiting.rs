//! Whoever asks when there is something to do: served, told to wait, or put to work.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::cell::{Cell, State};
use super::leader::Leader;
use super::room::{Outcome, Place, Room};
use crate::broken::{Rule, broken};
use crate::sync::wake_all;
use crate::{Issuer, Lease, LeaseError, Now, Plan, Store, Token};

type Answer<T> = Result<Arc<Lease<T>>, LeaseError>;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Somebody who wants a code. While a keeper lives they work only if there is none.
    Caller,
    /// The keeper, who does all the work.
    Keeper,
}

/// Waits for a code. It is small, because a hundred thousand may wait at once: what only the one who
/// works needs is boxed.
pub(super) struct Waiting<'a, I: Issuer, S> {
    cell: &'a Arc<Cell<I, S>>,
    role: Role,
    rounds: u8,
    /// The last renewal that was waited for.
    awaited: Option<u64>,
    step: Step<'a, I, S>,
}

enum Step<'a, I: Issuer, S> {
    Ask,
    Wait(Place<I::Token>),
    Lead(Box<Leader<'a, I, S>>),
}

/// How often one call works or waits, before it takes what there is: looking into the store, issuing,
/// and both once more after work that was given up. Whatever goes wrong, asking is no endless loop.
const ROUNDS: u8 = 4;

/// What somebody who asks is to do.
enum Admission<T, L> {
    Done(Answer<T>),
    Wait(Place<T>),
    Lead(L),
}

impl<'a, I: Issuer, S> Waiting<'a, I, S> {
    pub(super) const fn new(cell: &'a Arc<Cell<I, S>>, role: Role) -> Self {
        Self { cell, role, rounds: 0, awaited: None, step: Step::Ask }
    }
}

impl<I: Issuer + 'static, S: Store + 'static> Future for Waiting<'_, I, S> {
    type Output = Answer<I::Token>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.step {
                Step::Ask => {
                    this.rounds = this.rounds.saturating_add(1);
                    match this.admit(cx.waker()) {
                        Admission::Done(answer) => return Poll::Ready(answer),
                        Admission::Wait(place) => {
                            this.step = Step::Wait(place);
                            return Poll::Pending;
                        }
                        Admission::Lead(leader) => this.step = Step::Lead(leader),
                    }
                }
                Step::Wait(place) => {
                    let attempt = place.attempt;
                    match place.outcome() {
                        Some(Outcome::Done(answer)) if is_good(this.cell, answer) => {
                            let answer = answer.clone();
                            this.step = Step::Ask;
                            return Poll::Ready(answer);
                        }
                        None if this.cell.stays(place, cx.waker()) => return Poll::Pending,
                        // Nothing came of it, or this one was called to take over.
                        Some(_) | None => {}
                    }
                    this.awaited = Some(attempt);
                    this.step = Step::Ask;
                }
                Step::Lead(leader) => {
                    if leader.poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    this.awaited = Some(leader.attempt());
                    this.step = Step::Ask;
                }
            }
        }
    }
}

impl<'a, I: Issuer + 'static, S: Store + 'static> Waiting<'a, I, S> {
    fn admit(&self, waker: &Waker) -> Admission<I::Token, Box<Leader<'a, I, S>>> {
        if self.awaited.is_none() {
            if let Some(place) = self.cell.join(waker) {
                return Admission::Wait(place);
            }
        }
        let (admission, next) = self.cell.with(|state, now| {
            let admission = self.decide(state, now, waker);
            // Whoever was called to take over and goes away without it calls another.
            let leaves = matches!(admission, Admission::Done(_)) && state.slot.is_parked();
            let next = if leaves { state.room_if_any().and_then(Room::call_one) } else { None };
            (admission, next)
        });
        wake_all(next);
        match admission {
            Admission::Done(answer) => Admission::Done(answer),
            Admission::Wait(place) => Admission::Wait(place),
            Admission::Lead((attempt, work, parked)) => {
                let flight =
                    parked.unwrap_or_else(|| super::flight::begin(self.cell, attempt, work));
                Admission::Lead(Box::new(Leader::new(self.cell, attempt, flight)))
            }
        }
    }

    fn decide(
        &self,
        state: &mut State<I::Token>,
        now: Now,
        waker: &Waker,
    ) -> Admission<I::Token, super::flight::Begun> {
        let policy = &self.cell.setting.policy;
        if let Some(outcome) =
            self.awaited.and_then(|number| state.slot.outcome(policy, number, now))
        {
            return Admission::Done(outcome);
        }
        if self.role == Role::Caller && self.cell.is_kept(state) {
            // Whoever keeps it is renewing it: nobody else works while it lives.
            if let Some(lease) = state.slot.held().filter(|lease| lease.is_live(now)) {
                return Admission::Done(Ok(Arc::clone(lease)));
            }
        }
        let plan = if self.rounds > ROUNDS { last_word(state, policy, now) } else { None };
        match plan.unwrap_or_else(|| state.slot.plan(policy, now)) {
            Plan::Serve(lease) => Admission::Done(Ok(lease)),
            Plan::Refuse(error) => Admission::Done(Err(error)),
            Plan::Wait { attempt } => Admission::Wait(state.room().enter(attempt, waker.clone())),
            Plan::Lead { attempt, work, .. } => {
                let parked = state.room_if_any().and_then(|room| room.parked.take());
                Admission::Lead((attempt, work, parked))
            }
        }
    }
}

/// Time may have passed since it was put there.
fn is_good<I: Issuer, S>(cell: &Cell<I, S>, answer: &Answer<I::Token>) -> bool {
    answer.as_ref().map_or(true, |lease| lease.is_live(cell.setting.careful_now()))
}

/// What there is, without any more work; none if work was left that has to be taken over.
fn last_word<T: Token>(state: &mut State<T>, policy: &crate::Policy, now: Now) -> Option<Plan<T>> {
    if state.slot.is_parked() {
        return None;
    }
    Some(match state.slot.serve(policy, now) {
        Some(Ok(lease)) => Plan::Serve(lease),
        Some(Err(error)) => Plan::Refuse(error),
        None => Plan::Wait { attempt: state.slot.attempt() },
    })
}

impl<I: Issuer, S> Cell<I, S> {
    /// The quick way in for a herd: there is no code at all, and somebody is getting one.
    fn join(&self, waker: &Waker) -> Option<Place<I::Token>> {
        self.in_room(|state| {
            let attempt = state.slot.awaited()?;
            Some(state.room().enter(attempt, waker.clone()))
        })
    }

    /// Whether whoever has this place goes on waiting there.
    fn stays(&self, place: &Place<I::Token>, waker: &Waker) -> bool {
        let (stays, _old) = self.in_room(|state| match state.room_if_any() {
            Some(room) => room.stay(place, waker),
            None => (false, None),
        });
        stays
    }

    /// Somebody who waited goes away.
    fn leave(self: &Arc<Self>, place: &Place<I::Token>) {
        let (_own, next) = self.in_room(|state| {
            let parked = state.slot.is_parked();
            let Some(room) = state.room_if_any() else { return (None, None) };
            let own = room.leave(place);
            // This one may be who was called to take over.
            let next = if parked && own.is_none() && !broken(Rule::PassOn) {
                room.call_one()
            } else {
                None
            };
            (own, next)
        });
        wake_all(next);
        self.give_up_forsaken();
    }
}

impl<I: Issuer, S> Drop for Waiting<'_, I, S> {
    fn drop(&mut self) {
        if let Step::Wait(place) = &self.step {
            if place.outcome().is_none() {
                self.cell.leave(place);
            }
        }
    }
}
