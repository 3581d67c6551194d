use core::time::Duration;
use std::sync::Arc;

use yzb_proto::{JsTicket, Lifetime, ServerAccessToken, UnixSeconds};

use super::{Finding, Plan, Slot, Work};
use crate::broken::{Rule, while_broken};
use crate::{
    Code, Event, IssueError, Issued, Lease, LeaseErrorKind, Monotonic, Now, Policy, Stored, Token,
};

const START: u64 = 1_700_000_000;

/// So many seconds after the start, by both clocks.
fn at(seconds: u64) -> Now {
    Now::new(UnixSeconds::new(START + seconds), Monotonic::from_millis(5000 + seconds * 1000))
}

fn token(text: &str) -> ServerAccessToken {
    ServerAccessToken::new(text).unwrap()
}

fn ticket(text: &str) -> JsTicket {
    JsTicket::new(text).unwrap()
}

fn lead<T: Token>(slot: &mut Slot<T>, now: Now) -> u64 {
    match slot.plan(&Policy::default(), now) {
        Plan::Lead { attempt, takes_over: false, .. } => attempt,
        other => panic!("{other:?}"),
    }
}

fn serve<T: Token>(slot: &mut Slot<T>, now: Now) -> Arc<Lease<T>> {
    match slot.plan(&Policy::default(), now) {
        Plan::Serve(lease) => lease,
        other => panic!("{other:?}"),
    }
}

fn refuse<T: Token>(slot: &mut Slot<T>, now: Now) -> LeaseErrorKind {
    match slot.plan(&Policy::default(), now) {
        Plan::Refuse(error) => error.kind().clone(),
        other => panic!("{other:?}"),
    }
}

/// Leads a renewal at `now` to this outcome, one second later.
fn renew<T: Token>(slot: &mut Slot<T>, now: u64, outcome: Result<Issued<T>, LeaseErrorKind>) {
    let attempt = lead(slot, at(now));
    let later = (at(now), at(now + 1));
    let _ = slot.settle(&Policy::default(), attempt, later, outcome, 0.5);
    slot.finish(attempt, at(now + 1));
}

fn two_hours<T>(token: T) -> Result<Issued<T>, LeaseErrorKind> {
    Ok(Issued::new(token, Lifetime::DOCUMENTED))
}

fn away() -> LeaseErrorKind {
    LeaseErrorKind::Issue(IssueError::later("away"))
}

/// A look that took no time.
fn twice(now: Now) -> (Now, Now) {
    (now, now)
}

fn events<T: Token>(slot: &mut Slot<T>) -> Vec<&'static str> {
    slot.take_events().iter().map(Event::name).collect()
}

#[test]
fn an_absent_code_is_issued_once_while_others_wait() {
    let mut slot = Slot::new(false);
    let attempt = lead(&mut slot, at(0));
    assert!(
        matches!(slot.plan(&Policy::default(), at(0)), Plan::Wait { attempt: a } if a == attempt)
    );
    let times = (at(0), at(1));
    let stored = slot.settle(&Policy::default(), attempt, times, two_hours(token("a")), 0.5);
    assert_eq!(stored.unwrap().expires_at, UnixSeconds::new(START + 7200), "from before sending");
    slot.finish(attempt, at(1));
    assert!(serve(&mut slot, at(1)).is_fresh(at(1)));
    assert_eq!(events(&mut slot), ["issued"]);
}

#[test]
fn a_due_code_is_renewed_by_one_and_served_to_the_others() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    assert!(serve(&mut slot, at(6299)).is_fresh(at(6299)));
    let attempt = lead(&mut slot, at(6300));
    assert_eq!(serve(&mut slot, at(6300)).serial(), 1);
    slot.settle(&Policy::default(), attempt, (at(6300), at(6301)), two_hours(token("b")), 0.5);
    slot.finish(attempt, at(6301));
    assert_eq!(serve(&mut slot, at(6301)).serial(), 2);
}

#[test]
fn a_failure_never_displaces_what_works_and_is_tried_again_after_a_pause() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    renew(&mut slot, 6300, Err(away()));
    let lease = serve(&mut slot, at(6301));
    assert!(lease.is_fresh(at(6301)), "nobody needs to ask before the next attempt");
    assert!(!lease.is_fresh(at(6303)));
    renew(&mut slot, 6303, two_hours(token("b")));
    assert_eq!(serve(&mut slot, at(6304)).serial(), 2);
}

#[test]
fn nobody_is_served_in_the_last_ten_seconds_by_either_clock() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    renew(&mut slot, 7188, Err(away()));
    assert!(serve(&mut slot, at(7189)).is_live(at(7189)));
    let attempt = lead(&mut slot, at(7192));
    assert!(matches!(slot.plan(&Policy::default(), at(7192)), Plan::Wait { .. }));
    slot.settle(&Policy::default(), attempt, (at(7192), at(7193)), Err(away()), 0.5);
    slot.finish(attempt, at(7193));
    assert!(matches!(refuse(&mut slot, at(7193)), LeaseErrorKind::Issue(_)));
}

#[test]
fn a_wall_clock_that_jumps_forward_costs_one_renewal_and_no_code() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let jumped =
        |seconds| Now::new(UnixSeconds::new(START + 90_000 + seconds), at(seconds).monotonic);
    let attempt = lead(&mut slot, jumped(40));
    assert!(matches!(slot.plan(&Policy::default(), jumped(40)), Plan::Wait { .. }));
    slot.settle(&Policy::default(), attempt, (jumped(40), jumped(41)), Err(away()), 1.0);
    slot.finish(attempt, jumped(41));
    for _ in 0..3 {
        assert_eq!(serve(&mut slot, jumped(41)).serial(), 1, "the monotonic clock says it lives");
    }
    assert_eq!(events(&mut slot), ["issued", "clock-jumped", "failed", "served-doubtful"]);
}

#[test]
fn a_wall_clock_that_jumps_back_lengthens_nothing() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let behind = Now::new(UnixSeconds::new(START - 50_000), at(7190).monotonic);
    assert!(!slot.held().unwrap().is_live(behind));
    lead(&mut slot, behind);
    assert!(events(&mut slot).contains(&"clock-jumped"));
}

#[test]
fn a_late_complaint_does_not_drop_the_newer_code() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let old = serve(&mut slot, at(1));
    assert!(slot.invalidate(&old, at(40)));
    renew(&mut slot, 40, two_hours(token("b")));
    assert!(!slot.invalidate(&old, at(42)));
    assert_eq!(serve(&mut slot, at(42)).serial(), 2);
    assert_eq!(events(&mut slot), ["issued", "invalidated", "issued", "late-complaint"]);
}

#[test]
fn a_refused_code_is_not_taken_from_the_store_again() {
    let mut slot = Slot::new(true);
    renew(&mut slot, 0, two_hours(token("a")));
    let old = serve(&mut slot, at(1));
    slot.invalidate(&old, at(5));
    let attempt = lead(&mut slot, at(5));
    let stored =
        |text, left| Stored::new(Code::ServerToken(token(text)), UnixSeconds::new(START + left));
    let policy = Policy::default();
    for useless in [stored("a", 7200), stored("a", 9000), stored("older", 7100)] {
        assert!(matches!(slot.find(&policy, twice(at(5)), Some(useless), 0.5), Finding::Nothing));
    }
    assert!(matches!(
        slot.find(&policy, twice(at(5)), Some(stored("b", 7201)), 0.5),
        Finding::Adopted
    ));
    slot.finish(attempt, at(5));
    assert_eq!(serve(&mut slot, at(5)).token().expose_secret(), "b");
}

#[test]
fn issuing_again_waits_for_the_budget() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let lease = serve(&mut slot, at(1));
    slot.invalidate(&lease, at(2));
    assert!(matches!(refuse(&mut slot, at(2)), LeaseErrorKind::Budget));
    assert_eq!(slot.next_deadline(at(2)), Some(at(30).monotonic));
    lead(&mut slot, at(30));
}

#[test]
fn a_lifetime_that_is_not_said_is_trusted_for_a_minute_and_not_stored() {
    let mut slot = Slot::new(false);
    let attempt = lead(&mut slot, at(0));
    let issued = Ok(Issued::new(token("a"), Lifetime::ZERO));
    assert!(slot.settle(&Policy::default(), attempt, (at(0), at(1)), issued, 0.5).is_none());
    slot.finish(attempt, at(1));
    assert!(serve(&mut slot, at(29)).is_live(at(29)));
    lead(&mut slot, at(30));
    assert_eq!(events(&mut slot), ["anomaly", "issued"]);
}

#[test]
fn a_ticket_request_without_an_answer_ends_the_held_one_in_ten_minutes() {
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(ticket("a")));
    let lost = LeaseErrorKind::Issue(IssueError::later("lost").perhaps_issued(true));
    let lease = serve(&mut slot, at(1));
    assert_eq!(lease.sure_until(at(1)), UnixSeconds::new(START + 601));
    renew(&mut slot, 6300, Err(lost));
    assert_eq!(lease.sure_until(at(6500)), UnixSeconds::new(START + 6900));
    assert!(lease.is_live(at(6889)) && !lease.is_live(at(6890)));
    renew(&mut slot, 6400, two_hours(ticket("b")));
    let new = serve(&mut slot, at(6401));
    assert_eq!(new.previous().unwrap().valid_until, UnixSeconds::new(START + 6900));
}

#[test]
fn a_shared_ticket_is_trusted_while_it_is_confirmed() {
    let mut slot = Slot::new(true);
    renew(&mut slot, 0, two_hours(ticket("a")));
    let lease = serve(&mut slot, at(1));
    assert!(lease.is_live(at(529)) && !lease.is_live(at(530)), "600 s less both margins");
    let attempt = lead(&mut slot, at(60));
    let record = Stored::new(Code::JsTicket(ticket("a")), lease.expires_at());
    let finding = slot.find(&Policy::default(), twice(at(60)), Some(record), 0.5);
    assert!(matches!(finding, Finding::Confirmed));
    slot.finish(attempt, at(60));
    assert!(lease.is_fresh(at(107)) && !lease.is_fresh(at(133)), "the next look");
    assert!(lease.is_live(at(589)) && !lease.is_live(at(590)));
    assert_eq!(lease.sure_until(at(500)), UnixSeconds::new(START + 660));
}

#[test]
fn another_issuer_is_noticed_and_adopted_and_a_lost_record_rewritten() {
    let mut slot = Slot::new(true);
    renew(&mut slot, 0, two_hours(token("a")));
    let policy = Policy::default();
    let attempt = lead(&mut slot, at(60));
    assert!(matches!(slot.find(&policy, twice(at(60)), None, 0.5), Finding::Rewrite(_)));
    let foreign = Stored::new(Code::ServerToken(token("b")), UnixSeconds::new(START + 7260));
    assert!(matches!(slot.find(&policy, twice(at(60)), Some(foreign), 0.5), Finding::Adopted));
    slot.finish(attempt, at(60));
    assert_eq!(events(&mut slot), ["issued", "foreign-writer", "adopted"]);
}

#[test]
fn after_a_store_lost_its_count_a_code_issued_later_is_the_newer_one() {
    let (policy, mut slot) = (Policy::default(), Slot::<ServerAccessToken>::new(true));
    let attempt = lead(&mut slot, at(1000));
    let mut find = |text, issued: u64, generation| {
        let code = Code::ServerToken(token(text));
        let stored = Stored::new(code, UnixSeconds::new(START + issued + 7200))
            .issued_at(Some(UnixSeconds::new(START + issued)))
            .generation(generation);
        slot.find(&policy, twice(at(1000)), Some(stored), 0.5)
    };
    assert!(matches!(find("a", 900, 6), Finding::Adopted));
    // By clocks that may differ so much nobody can say: what is stored is taken.
    assert!(matches!(find("b", 950, 1), Finding::Adopted));
    assert!(matches!(find("a", 900, 6), Finding::Adopted));
    assert!(matches!(find("b", 951, 1), Finding::Adopted));
    assert!(matches!(find("a", 900, 6), Finding::Rewrite(_)), "it does not come back");
    assert!(matches!(find("c", 800, 7), Finding::Adopted), "by a clock that is far behind");
    slot.finish(attempt, at(1000));
}

#[test]
fn a_record_from_the_future_is_due_at_once() {
    let mut slot = Slot::<ServerAccessToken>::new(true);
    let attempt = lead(&mut slot, at(0));
    let future = Stored::new(Code::ServerToken(token("b")), UnixSeconds::new(START + 90_000));
    let policy = Policy::default();
    assert!(matches!(slot.find(&policy, twice(at(0)), Some(future), 0.5), Finding::Adopted));
    slot.finish(attempt, at(0));
    assert!(matches!(slot.plan(&policy, at(0)), Plan::Lead { work: Work::Renew, .. }));
    assert_eq!(slot.held().unwrap().expires_at(), UnixSeconds::new(START + 14_400));
}

#[test]
fn work_that_was_left_is_taken_over_with_its_number() {
    let mut slot = Slot::<ServerAccessToken>::new(false);
    let attempt = lead(&mut slot, at(0));
    slot.park(attempt);
    let plan = slot.plan(&Policy::default(), at(9));
    assert!(matches!(plan, Plan::Lead { attempt: a, takes_over: true, .. } if a == attempt));
    assert!(slot.settle(&Policy::default(), 99, (at(0), at(9)), Err(away()), 0.5).is_none());
    assert!(slot.last_error().is_none(), "an answer to nothing that runs is ignored");
}

#[test]
fn what_an_operator_must_mend_is_tried_rarely() {
    let mut slot = Slot::<ServerAccessToken>::new(false);
    let mut now = 0;
    for _ in 0..9 {
        renew(&mut slot, now, Err(LeaseErrorKind::Issue(IssueError::fix_configuration("secret"))));
        now = slot.next_deadline(at(now + 1)).unwrap().as_millis() / 1000 - 4;
    }
    let pause = slot.last_error().unwrap().again_in();
    assert!(pause > Duration::from_secs(120), "{pause:?}");
}

#[test]
fn a_slot_at_rest_is_small() {
    // A program may have a million. Whoever makes it larger should know.
    assert!(size_of::<Slot<JsTicket>>() <= 72, "{}", size_of::<Slot<JsTicket>>());
    assert!(size_of::<Lease<JsTicket>>() <= 80, "{}", size_of::<Lease<JsTicket>>());
    let mut slot = Slot::new(false);
    for renewal in 0..3 {
        renew(&mut slot, renewal * 6400, two_hours(token(&format!("{renewal}"))));
    }
    assert_eq!(events(&mut slot).len(), 3);
    assert!(slot.rare.is_none(), "what is rare takes no room at rest");
}

#[test]
fn a_replaced_ticket_that_a_store_gives_back_is_over_ten_minutes_after_it_was_replaced() {
    let until = || {
        let (policy, mut slot) = (Policy::default(), Slot::new(true));
        renew(&mut slot, 0, two_hours(ticket("old")));
        // It is replaced by one that lives less long, which is not stored and then refused.
        let short = Issued::new(ticket("short"), Lifetime::from_secs(300));
        let attempt = lead(&mut slot, at(6400));
        let stored = slot.settle(&policy, attempt, (at(6400), at(6401)), Ok(short), 0.5);
        slot.finish(attempt, at(6401));
        assert!(stored.is_some());
        let lease = serve(&mut slot, at(6402));
        assert!(slot.invalidate(&lease, at(6402)));
        let attempt = lead(&mut slot, at(6402));
        let old = Stored::new(Code::JsTicket(ticket("old")), UnixSeconds::new(START + 7200));
        assert!(matches!(slot.find(&policy, twice(at(6402)), Some(old), 0.5), Finding::Adopted));
        slot.finish(attempt, at(6402));
        slot.held().unwrap().expires_at()
    };
    assert_eq!(until(), UnixSeconds::new(START + 7000));
    assert_eq!(while_broken(Rule::Replaced, until), UnixSeconds::new(START + 7200));
}

#[test]
fn a_refused_code_that_an_older_request_brings_back_is_not_handed_out() {
    let policy = Policy::default();
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let old = serve(&mut slot, at(1));
    let attempt = lead(&mut slot, at(6300));
    assert!(slot.invalidate(&old, at(6301)));
    let times = (at(6300), at(6302));
    assert!(slot.settle(&policy, attempt, times, two_hours(token("a")), 0.5).is_none());
    slot.finish(attempt, at(6302));
    assert!(matches!(refuse(&mut slot, at(6302)), LeaseErrorKind::RefusedMeanwhile));
    // Asked anew, the platform insists on it: then it is the code.
    renew(&mut slot, 6340, two_hours(token("a")));
    assert_eq!(serve(&mut slot, at(6341)).serial(), 2);
}

#[test]
fn another_code_by_a_request_that_is_older_than_the_complaint_is_fine() {
    let policy = Policy::default();
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(token("a")));
    let old = serve(&mut slot, at(1));
    let attempt = lead(&mut slot, at(6300));
    assert!(slot.invalidate(&old, at(6301)));
    let times = (at(6300), at(6302));
    assert!(slot.settle(&policy, attempt, times, two_hours(token("b")), 0.5).is_some());
    slot.finish(attempt, at(6302));
    assert_eq!(serve(&mut slot, at(6302)).token().expose_secret(), "b");
}

#[test]
fn reports_of_an_old_renewal_do_nothing_once_another_runs() {
    let policy = Policy::default();
    let mut slot = Slot::new(false);
    let first = lead(&mut slot, at(0));
    slot.finish(first, at(1));
    let second = lead(&mut slot, at(1));
    slot.finish(first, at(2));
    slot.park(first);
    assert!(slot.settle(&policy, first, (at(0), at(2)), two_hours(token("a")), 0.5).is_none());
    assert!(slot.is_running(second) && !slot.is_parked() && slot.held().is_none());
}

#[test]
fn a_clock_that_jumped_during_a_request_gives_the_code_no_longer_life() {
    let policy = Policy::default();
    let mut slot = Slot::new(false);
    let attempt = lead(&mut slot, at(0));
    // Set back by a day while the request was under way.
    let after = Now::new(UnixSeconds::new(START + 2 - 86_400), at(2).monotonic);
    let stored = slot.settle(&policy, attempt, (at(0), after), two_hours(token("a")), 0.5);
    assert_eq!(stored.unwrap().expires_at, UnixSeconds::new(START + 7200 - 86_400));
    assert_eq!(events(&mut slot), ["clock-jumped", "issued"]);
}

#[test]
fn while_another_process_has_its_turn_nobody_waits_who_has_a_code() {
    let policy = Policy::default();
    let mut slot = Slot::new(true);
    renew(&mut slot, 0, two_hours(token("a")));
    let attempt = lead(&mut slot, at(6400));
    assert!(slot.postpone(&policy, at(6400)), "there is a code");
    slot.finish(attempt, at(6400));
    assert_eq!(serve(&mut slot, at(6400)).serial(), 1);
    assert_eq!(slot.next_deadline(at(6400)), Some(at(6401).monotonic));
    let attempt = lead(&mut slot, at(7188));
    assert!(!slot.postpone(&policy, at(7188)), "it is about to end");
    slot.finish(attempt, at(7188));
}

#[test]
fn a_stored_ticket_from_before_a_lost_request_is_over_ten_minutes_after_that() {
    let policy = Policy::default();
    let mut slot = Slot::<JsTicket>::new(true);
    let lost = LeaseErrorKind::Issue(IssueError::later("lost").perhaps_issued(true));
    renew(&mut slot, 100, Err(lost));
    let stored = |text, issued| {
        let expires_at = UnixSeconds::new(START + issued + 7200);
        Stored::new(Code::JsTicket(ticket(text)), expires_at)
    };
    let attempt = lead(&mut slot, at(200));
    assert!(matches!(
        slot.find(&policy, twice(at(200)), Some(stored("a", 90)), 0.5),
        Finding::Adopted
    ));
    assert_eq!(slot.held().unwrap().expires_at(), UnixSeconds::new(START + 700));
    assert!(slot.wants_issue(at(200)), "it is due at once");
    assert!(matches!(
        slot.find(&policy, twice(at(300)), Some(stored("b", 250)), 0.5),
        Finding::Adopted
    ));
    assert_eq!(slot.held().unwrap().expires_at(), UnixSeconds::new(START + 7450));
    slot.finish(attempt, at(300));
}

#[test]
fn a_ticket_is_not_trusted_for_longer_than_ten_minutes_while_its_renewal_has_no_answer() {
    let policy = Policy::default();
    let mut slot = Slot::new(false);
    renew(&mut slot, 0, two_hours(ticket("a")));
    let attempt = lead(&mut slot, at(6300));
    slot.sent(attempt, at(6300));
    let lease = slot.held().unwrap().clone();
    assert!(lease.is_live(at(6889)) && !lease.is_live(at(6890)));
    // A definite refusal replaced nothing.
    slot.settle(&policy, attempt, (at(6300), at(6301)), Err(away()), 0.5);
    slot.finish(attempt, at(6301));
    assert!(lease.is_live(at(7189)));
}
