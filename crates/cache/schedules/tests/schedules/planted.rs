//! Bugs planted on purpose, each of which a scenario must notice.

use yzb_cache::{Rule, while_broken};

use crate::runner::noticed;
use crate::scenarios::{cancelled, complaints, shared};

fn must_be_noticed(rule: Rule, scenario: fn()) {
    let by = while_broken(rule, || noticed(scenario));
    println!("{rule:?}: noticed under {by:?} schedules");
    assert!(by.is_some(), "{rule:?} was broken and nobody noticed");
}

macro_rules! planted {
    ($($name:ident: $Rule:ident by $scenario:path;)+) => {$(
        #[test]
        fn $name() {
            must_be_noticed(Rule::$Rule, $scenario);
        }
    )+};
}

planted! {
    two_renewals_at_once: OneFlight by shared::callers_share_one_issue;
    everybody_waits: NobodyWaits by shared::nobody_waits_while_a_code_lives;
    work_that_leaks_when_it_is_left: TakeOver by cancelled::the_impatient_leave_their_work_to_others;
    a_wake_up_that_is_lost: PassOn by cancelled::the_impatient_leave_their_work_to_others;
    a_late_complaint_that_hits: LateComplaint by complaints::a_complaint_never_drops_a_newer_code;
    a_lock_across_an_await: LockAcrossAwait by cancelled::a_late_comer_goes_on_with_what_was_left;
    a_failure_that_displaces: Displace by shared::a_failure_displaces_nothing;
}
