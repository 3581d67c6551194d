//! Which commands Redis gets: while codes are issued, and while they are only looked after.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use crate::child::Child;
use crate::redis_server::RedisServer;

type Counts = BTreeMap<String, u64>;

/// Of one process with so many apps, with the default policy: until each has both codes, and in so many
/// seconds of a minute later.
pub(crate) fn count(apps: usize, seconds: u64) -> Result<()> {
    let count = apps.to_string();
    let redis = RedisServer::start()?;
    let mut platform = Child::start(&["platform", &count])?;
    let origin = platform.hear()?;
    let mut process = Child::start(&["process", &origin, &redis.url, &count])?;
    process.hear()?;
    let mut before = redis.commands()?;
    process.say("go")?;
    process.hear_numbers()?;
    // The last turn may be on its way back.
    wait(Duration::from_secs(1));
    print(&format!("{apps} app(s), to issue both codes"), apps, &mut before, &redis)?;
    // Then all of them have looked again by themselves.
    wait(Duration::from_secs(120));
    before = redis.commands()?;
    wait(Duration::from_secs(seconds));
    print(&format!("{apps} app(s), in {seconds} s"), apps, &mut before, &redis)
}

fn print(what: &str, apps: usize, before: &mut Counts, redis: &RedisServer) -> Result<()> {
    let after = redis.commands()?;
    println!("{what}:");
    for (name, count) in &after {
        let count = count - before.get(name).copied().unwrap_or_default();
        if count > 0 && name != "info" {
            println!("  {name:10} {count:>8}, for each app {:.3}", ratio(count, apps));
        }
    }
    *before = after;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "they are small")]
fn ratio(count: u64, apps: usize) -> f64 {
    count as f64 / apps as f64
}

#[expect(clippy::disallowed_methods, reason = "time passing is what is measured")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}
