//! Random histories of one cache in virtual time, against what must always hold.
//!
//! A history is a seed: callers come and go (dropped at any await), the issuer is slow, fails,
//! panics or does not answer, the wall clock jumps, the store fails, complaints come early and late.
//! After each step the invariants are looked at; at the end all faults stop, and the cache must heal.

mod fleet;
mod history;
mod invariants;
mod many;
mod world;

use yzb_proto::{JsTicket, ServerAccessToken};

use crate::broken::{Rule, while_broken};
use history::History;
use many::Registry;

/// Runs the history of this seed, of a ticket or of a token; what is wrong, if anything is, and what
/// happened.
fn history(seed: u64) -> (Result<(), String>, Vec<String>) {
    if seed % 3 == 0 {
        let mut history = History::<JsTicket>::new(seed);
        (history.run(), history.log())
    } else {
        let mut history = History::<ServerAccessToken>::new(seed);
        (history.run(), history.log())
    }
}

fn run(seed: u64) -> Result<(), String> {
    history(seed).0.map_err(|wrong| format!("seed {seed}: {wrong}"))
}

/// The first of so many seeds that goes wrong.
fn first_failure(seeds: std::ops::Range<u64>) -> Option<String> {
    seeds.into_iter().find_map(|seed| run(seed).err())
}

#[test]
fn what_must_hold_holds_in_random_histories() {
    assert_eq!(first_failure(0..2000), None);
}

/// `cargo test --release -p yzb-cache --lib -- --ignored a_million`; takes some minutes. Fewer with
/// `YZB_SEEDS=1000`.
#[test]
#[ignore = "a million histories take minutes"]
fn what_must_hold_holds_in_a_million_histories() {
    assert_eq!(first_failure(0..said("YZB_SEEDS").unwrap_or(1_000_000)), None);
}

fn first_failure_of_many(seeds: std::ops::Range<u64>) -> Option<String> {
    let run = |seed| Registry::new(seed).run().map_err(|wrong| format!("seed {seed}: {wrong}"));
    seeds.into_iter().find_map(|seed| run(seed).err())
}

#[test]
fn what_must_hold_of_many_apps_holds_in_random_histories() {
    assert_eq!(first_failure_of_many(0..2000), None);
}

/// Likewise: `-- --ignored of_many_apps`.
#[test]
#[ignore = "a hundred thousand histories take minutes"]
fn what_must_hold_of_many_apps_holds_in_a_hundred_thousand_histories() {
    assert_eq!(first_failure_of_many(0..said("YZB_SEEDS").unwrap_or(100_000)), None);
}

/// `YZB_SEED=7 cargo test -p yzb-cache --lib -- --ignored --nocapture replay`: one history, step by
/// step.
#[test]
#[ignore = "it wants a seed"]
fn replay() {
    let (outcome, log) = history(said("YZB_SEED").expect("YZB_SEED is a number"));
    for line in log {
        println!("{line}");
    }
    assert_eq!(outcome, Ok(()));
}

#[expect(clippy::disallowed_methods, reason = "seeds come from whoever looks for a fault")]
fn said(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
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
        Rule::Refused,
        Rule::PassOn,
    ] {
        let noticed = while_broken(rule, || first_failure(0..20_000));
        let Some(noticed) = noticed else { panic!("{rule:?} was broken and nobody noticed") };
        println!("{rule:?}: {noticed}");
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in [6, 7] {
        assert_eq!(history(seed), history(seed));
    }
}
