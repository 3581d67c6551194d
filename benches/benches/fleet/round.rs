//! One round: everything anew, begun at once, until every process has every code.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::child::Child;
use crate::redis_server::RedisServer;

/// What runs.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Floor,
    /// So many processes of ours.
    Fleet(usize),
}

/// What came of it. Times are in milliseconds.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) wall: f64,
    /// Of all processes of the fleet.
    pub(crate) cpu: f64,
    pub(crate) platform_cpu: f64,
    pub(crate) redis_cpu: f64,
    pub(crate) commands: f64,
    /// How often a process failed to get something in time.
    pub(crate) failures: f64,
    /// Tokens and tickets.
    pub(crate) issues: [usize; 2],
    pub(crate) apps_with_one_each: usize,
}

pub(crate) fn run(kind: Kind, apps: usize) -> Result<Round> {
    let count = apps.to_string();
    let redis = RedisServer::start()?;
    let mut platform = Child::start(&["platform", &count])?;
    let origin = platform.hear()?;
    let (role, processes) = match kind {
        Kind::Floor => ("floor", 1),
        Kind::Fleet(processes) => ("process", processes),
    };
    let mut fleet = (0..processes)
        .map(|_| Child::start(&[role, &origin, &redis.url, &count]))
        .collect::<Result<Vec<_>>>()?;
    for process in &mut fleet {
        process.hear()?;
    }
    let before = redis.usage()?;
    let start = now();
    for process in &mut fleet {
        process.say("go")?;
    }
    let (mut cpu, mut failures) = (0.0, 0.0);
    for process in &mut fleet {
        let said = process.hear_numbers()?;
        let [took, failed] = said[..] else { bail!("a process says something else") };
        cpu += took;
        failures += failed;
    }
    let wall = start.elapsed().as_secs_f64() * 1000.0;
    let after = redis.usage()?;
    platform.say("count")?;
    let said = platform.hear_numbers()?;
    let [tokens, tickets, ones, platform_cpu] = said[..] else {
        bail!("the platform says something else")
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are counts")]
    let whole = |number: f64| number as usize;
    Ok(Round {
        wall,
        cpu,
        platform_cpu,
        redis_cpu: after.0 - before.0,
        failures,
        commands: after.1 - before.1,
        issues: [whole(tokens), whole(tickets)],
        apps_with_one_each: whole(ones),
    })
}

#[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
fn now() -> Instant {
    Instant::now()
}
