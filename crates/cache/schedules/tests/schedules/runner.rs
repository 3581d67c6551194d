//! How many schedules of which kind, and how one is run again.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

/// Few enough for every day; the variable `SCHEDULES` says another number.
const FEW: usize = 1_000;

/// For how many changes of priority PCT reckons.
const DEPTH: usize = 3;

/// Runs the scenario under schedules of both kinds, or once under the schedule in `REPLAY`.
pub(crate) fn explore(name: &str, scenario: fn()) {
    if let Some(file) = variable("REPLAY") {
        return shuttle::replay_from_file(scenario, file);
    }
    let many = variable("SCHEDULES").map_or(FEW, |number| number.parse().unwrap());
    run(RandomScheduler::new(many), scenario);
    run(PctScheduler::new(DEPTH, many), scenario);
    println!("{name}: {many} random schedules and {many} by priority");
}

/// Which kind of schedule noticed that something was planted, if any did.
pub(crate) fn noticed(scenario: fn()) -> Option<&'static str> {
    let caught = |work: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(work)).is_err();
    if caught(&mut || run(RandomScheduler::new(20 * FEW), scenario)) {
        return Some("random");
    }
    caught(&mut || run(PctScheduler::new(DEPTH, 20 * FEW), scenario)).then_some("priority")
}

fn run(scheduler: impl Scheduler + 'static, scenario: fn()) {
    let mut config = Config::new();
    // Some schedules let one task spin while the others starve: that is not a hang.
    config.max_steps = shuttle::MaxSteps::FailAfter(200_000);
    Runner::new(scheduler, config).run(scenario);
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
