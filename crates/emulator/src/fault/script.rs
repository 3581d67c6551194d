//! A fault plan while it runs: what was counted, what was drawn.

use super::strike::Strike;
use super::{Fault, FaultPlan};
use crate::call::Call;
use crate::mint::Mint;

/// Below this a moment in a plan is seconds since the plan was put in place.
pub(super) const MOMENTS: u64 = 1_000_000_000;

/// A plan, how many requests each of its faults has seen, and its dice.
#[derive(Debug)]
pub(crate) struct Script {
    plan: FaultPlan,
    seen: Vec<u64>,
    /// How often each has struck.
    struck: Vec<u64>,
    dice: Mint,
    began: u64,
}

impl Script {
    pub(crate) fn new(now: u64, plan: FaultPlan) -> Self {
        let none = vec![0; plan.faults.len()];
        Self { seen: none.clone(), struck: none, dice: Mint::new(plan.seed), plan, began: now }
    }

    /// How often each fault has struck, in the plan's order.
    pub(crate) fn struck(&self) -> &[u64] {
        &self.struck
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// What strikes this request. `call` is `None` for a path that is none of the ten.
    pub(crate) fn strike(&mut self, now: u64, call: Option<Call>, app_id: Option<&str>) -> Strike {
        let mut strike = Strike::default();
        let counters = self.seen.iter_mut().zip(&mut self.struck);
        for (fault, (seen, struck)) in self.plan.faults.iter().zip(counters) {
            if !concerns(fault, self.began, now, call, app_id) {
                continue;
            }
            *seen += 1;
            let counted = fault.written.nth.is_none_or(|nth| *seen == nth)
                && fault.written.first.is_none_or(|first| *seen <= first);
            if counted && fault.written.chance.is_none_or(|chance| unit(&mut self.dice) < chance) {
                *struck += 1;
                strike.add(fault);
            }
        }
        strike
    }
}

fn concerns(fault: &Fault, began: u64, now: u64, call: Option<Call>, app_id: Option<&str>) -> bool {
    let moment = |given: u64| if given < MOMENTS { began.saturating_add(given) } else { given };
    let Fault { written, .. } = fault;
    (written.call.is_none() || written.call == call)
        && written.app_id.as_deref().is_none_or(|wanted| Some(wanted) == app_id)
        && written.from.is_none_or(|from| now >= moment(from))
        && written.until.is_none_or(|until| now < moment(until))
}

/// A number from 0 up to, not including, 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
fn unit(dice: &mut Mint) -> f64 {
    (dice.step() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    fn struck(script: &mut Script, now: u64, call: Call) -> bool {
        !script.strike(now, Some(call), Some("1")).kinds().is_empty()
    }

    #[test]
    fn the_third_ticket_request_is_the_third_and_a_ticket_request() {
        let fault = Fault::new(FaultKind::Delay).on(Call::JsTicket).nth(3);
        let mut script = Script::new(0, fault.into());
        let calls =
            [Call::JsTicket, Call::CheckCode, Call::JsTicket, Call::JsTicket, Call::JsTicket];
        assert_eq!(
            calls.map(|call| struck(&mut script, 0, call)),
            [false, false, false, true, false]
        );
    }

    #[test]
    fn an_outage_is_from_one_moment_to_another_relative_or_not() {
        let began = 1_654_569_706;
        for (from, until) in [(10, 20), (began + 10, began + 20)] {
            let fault = Fault::new(FaultKind::Outage).from(from).until(until);
            let mut script = Script::new(began, fault.into());
            let seen = [9, 10, 19, 20].map(|t| struck(&mut script, began + t, Call::UserCount));
            assert_eq!(seen, [false, true, true, false]);
        }
    }

    #[test]
    fn another_app_is_not_struck_and_first_counts_only_its_own() {
        let fault = Fault::new(FaultKind::Delay).app("2").first(1);
        let mut script = Script::new(0, fault.into());
        assert!(!struck(&mut script, 0, Call::JsTicket));
        assert!(!script.strike(0, None, Some("2")).kinds().is_empty());
        assert!(script.strike(0, None, Some("2")).kinds().is_empty());
        assert_eq!(script.struck(), [1]);
    }

    #[test]
    fn chance_is_about_what_it_says_and_repeats_by_seed() {
        let draw = |seed| {
            let fault = Fault::new(FaultKind::Delay).chance(0.25);
            let mut script = Script::new(0, FaultPlan { seed, faults: vec![fault] });
            (0..4000).map(|_| struck(&mut script, 0, Call::JsTicket)).collect::<Vec<_>>()
        };
        let drawn = draw(1);
        assert_eq!(drawn, draw(1));
        assert_ne!(drawn, draw(2));
        let hits = drawn.iter().filter(|hit| **hit).count();
        assert!((900..1100).contains(&hits), "{hits} of 4000");
    }
}
