//! Random histories of a fleet in virtual time: several processes, each with real caches of one app's
//! token and ticket, one platform, one store.
//!
//! A history is a seed. Processes crash, are started again and freeze, also between any two steps of a
//! renewal and for longer than a turn lasts; anybody is cut off from anybody; the platform is slow,
//! loses requests and answers; the store loses, evicts and garbles records; clocks differ; somebody
//! else issues codes. After each step the rules are looked at; at the end all faults stop, and within
//! five minutes all must be well.

mod faults;
mod history;
mod platform;
mod process;
mod rules;
mod shelf;
mod tasks;
mod timers;
mod world;

use crate::broken::{Rule, while_broken};
use history::History;

/// Runs the history of this seed; what is wrong, if anything is.
fn run(seed: u64) -> Result<(), String> {
    History::new(seed, false).run().map_err(|wrong| format!("seed {seed}: {wrong}"))
}

fn first_failure(seeds: std::ops::Range<u64>) -> Option<String> {
    seeds.into_iter().find_map(|seed| run(seed).err())
}

#[test]
fn what_must_hold_of_a_fleet_holds_in_random_histories() {
    assert_eq!(first_failure(0..1000), None);
}

/// `YZB_SEEDS=0..1000000 cargo test --release -p yzb-cache --lib -- --ignored --nocapture fleet::many`
#[test]
#[ignore = "a million histories take minutes"]
fn many_histories() {
    let seeds = variable("YZB_SEEDS").unwrap_or_else(|| "0..1000000".to_owned());
    let (from, to) = seeds.split_once("..").expect("YZB_SEEDS is from..to");
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    let mut failures = 0;
    for seed in from..to {
        if let Err(wrong) = run(seed) {
            println!("{wrong}");
            failures += 1;
            assert!(failures < 20, "too many failures");
        }
    }
    println!("{} histories, {failures} failures", to - from);
    assert_eq!(failures, 0);
}

/// `YZB_SEED=7 cargo test -p yzb-cache --lib -- --ignored --nocapture fleet::replay`: one history, step
/// by step.
#[test]
#[ignore = "it wants a seed"]
fn replay() {
    let seed = variable("YZB_SEED").expect("YZB_SEED is set").parse().expect("a number");
    let mut history = History::new(seed, true);
    let outcome = history.run();
    for line in history.log() {
        println!("{line}");
    }
    assert_eq!(outcome, Ok(()));
}

#[test]
fn every_rule_of_a_fleet_that_is_broken_is_noticed() {
    // Each with a seed from which on it is soon noticed.
    for (rule, from) in [
        (Rule::Fence, 1100),
        (Rule::HealFenced, 3900),
        (Rule::LookAgain, 0),
        (Rule::LateSend, 1000),
        (Rule::TicketTrust, 1400),
        (Rule::Skew, 2900),
    ] {
        let noticed = while_broken(rule, || first_failure(from..from + 50_000));
        let Some(noticed) = noticed else { panic!("{rule:?} was broken and nobody noticed") };
        println!("{rule:?}: {noticed}");
    }
}

#[test]
fn the_same_seed_is_the_same_history_of_a_fleet() {
    let log = |seed| {
        let mut history = History::new(seed, true);
        let _ = history.run();
        history.log()
    };
    assert_eq!(log(7), log(7));
}

#[expect(clippy::disallowed_methods, reason = "seeds come from whoever looks for a fault")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
