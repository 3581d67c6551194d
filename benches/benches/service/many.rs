//! Ten thousand apps: memory, and how long it is until all are fresh.

use std::time::Instant;

use crate::scene::Ground;

const APPS: usize = 10_000;

pub(crate) fn measure() {
    println!("\n# Many: {APPS} apps, from nothing");
    let ground = Ground::new(APPS);
    let begun = Instant::now();
    let service = ground.serve();
    ground.until_fresh(&service);
    println!("  start to all fresh, s   {:.1}", begun.elapsed().as_secs_f64());
    println!("  CPU s                   {:.1}", service.process.cpu().as_secs_f64());
    println!("  resident, MiB           {:.1}   (aim 100)", service.process.resident());
}
