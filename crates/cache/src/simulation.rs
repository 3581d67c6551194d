//! Random histories of one cache in virtual time, against what must always hold.
//!
//! A history is a seed: callers come and go (dropped at any await), the issuer is slow, fails,
//! panics or does not answer, the wall clock jumps, the store fails, complaints come early and late.
//! After each step the invariants are looked at; at the end all faults stop, and the cache must heal.

mod fleet;
mod history;
mod invariants;
mod world;

use crate::broken::{Rule, while_broken};
use history::History;

/// Runs the history of this seed; what is wrong, if anything is.
fn run(seed: u64) -> Result<(), String> {
    History::new(seed).run().map_err(|wrong| format!("seed {seed}: {wrong}"))
}

/// The first of so many seeds that goes wrong.
fn first_failure(seeds: std::ops::Range<u64>) -> Option<String> {
    seeds.into_iter().find_map(|seed| run(seed).err())
}

#[test]
fn what_must_hold_holds_in_random_histories() {
    assert_eq!(first_failure(0..2000), None);
}

/// `cargo test --release -p yzb-cache -- --ignored a_million`; takes some minutes.
#[test]
#[ignore = "a million histories take minutes"]
fn what_must_hold_holds_in_a_million_histories() {
    assert_eq!(first_failure(0..1_000_000), None);
}

/// `YZB_SEED=7 cargo test -p yzb-cache --lib -- --ignored --nocapture replay`: one history, step by
/// step.
#[test]
#[ignore = "it wants a seed"]
#[expect(clippy::disallowed_methods, reason = "the seed comes from whoever looks for a fault")]
fn replay() {
    let seed = std::env::var("YZB_SEED").expect("YZB_SEED is set").parse().expect("a number");
    let mut history = History::new(seed);
    let outcome = history.run();
    for line in history.log() {
        println!("{line}");
    }
    assert_eq!(outcome, Ok(()));
}

#[test]
fn every_rule_that_is_broken_is_noticed() {
    for rule in [
        Rule::OneFlight,
        Rule::NobodyWaits,
        Rule::TakeOver,
        Rule::LateComplaint,
        Rule::Displace,
        Rule::Budget,
        Rule::Floor,
        Rule::NeverGiveUp,
        Rule::BothClocks,
    ] {
        let noticed = while_broken(rule, || first_failure(0..2000));
        let Some(noticed) = noticed else { panic!("{rule:?} was broken and nobody noticed") };
        println!("{rule:?}: {noticed}");
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    let log = |seed| {
        let mut history = History::new(seed);
        history.run().unwrap();
        history.log()
    };
    assert_eq!(log(7), log(7));
}
