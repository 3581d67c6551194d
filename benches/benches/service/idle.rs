//! A thousand fresh apps that nobody asks for.

use std::time::{Duration, Instant};

use crate::scene::Ground;

const APPS: usize = 1000;
/// From when everything is fresh until it is looked at: the start is over.
const SETTLE: Duration = Duration::from_secs(10);
/// Twice the time in which each code is compared with the store once.
const WATCHED: Duration = Duration::from_secs(120);

pub(crate) fn measure() {
    println!("\n# Idle: {APPS} fresh apps, for {} s of a default service", WATCHED.as_secs());
    let ground = Ground::new(APPS);
    let service = ground.serve();
    ground.until_fresh(&service);
    std::thread::sleep(SETTLE);
    let (asked, cpu, begun) = (ground.asked(), service.process.cpu(), Instant::now());
    std::thread::sleep(WATCHED);
    let spent = (service.process.cpu() - cpu).as_secs_f64();
    let hours = begun.elapsed().as_secs_f64() / 3600.0;
    println!("  requests to the platform   {}   (aim 0)", ground.asked() - asked);
    println!("  CPU s                      {spent:.3}");
    println!("  for an hour, extrapolated  {:.2}   (aim 0.5)", spent / hours);
}
