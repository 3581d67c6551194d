//! A thousand apps, both codes each, from nothing: the service beside the floor.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::floor;
use crate::median::Spread;
use crate::scene::Ground;

const APPS: usize = 1000;
const ROUNDS: usize = 7;

/// What a run took.
struct Took {
    wall: Duration,
    cpu: Duration,
}

impl Took {
    fn wall(&self) -> Duration {
        self.wall
    }

    fn cpu(&self) -> Duration {
        self.cpu
    }
}

pub(crate) fn measure() {
    println!("\n# Cold: {APPS} apps, both codes each, into Redis ({ROUNDS} rounds)");
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(by_hand());
        ours.push(served());
    }
    let seconds = |all: &[Took], of: fn(&Took) -> Duration| {
        Spread::of(all.iter().map(|took| of(took).as_secs_f64()).collect())
    };
    let ratio = |of: fn(&Took) -> Duration| {
        let pairs = ours.iter().zip(&floors);
        Spread::of(pairs.map(|(own, floor)| of(own).div_duration_f64(of(floor))).collect())
    };
    println!("  {:<44} {:<24} CPU s", "", "wall s");
    for (name, all) in [("floor: a plain loop, 64 apps under way", &floors), ("yzb serve", &ours)] {
        let (wall, cpu) = (seconds(all, Took::wall).to_string(), seconds(all, Took::cpu));
        println!("  {name:<44} {wall:<24} {cpu}");
    }
    println!(
        "  {:<44} {:<24} {}",
        "to the floor (aim 2.0)",
        ratio(Took::wall).to_string(),
        ratio(Took::cpu)
    );
}

/// The floor, from its start to its end.
fn by_hand() -> Took {
    let ground = Ground::new(APPS);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([floor::NAME, ground.platform.origin(), &ground.port.to_string()]);
    let begun = Instant::now();
    let output = command.arg(APPS.to_string()).stderr(Stdio::inherit()).output().unwrap();
    let wall = begun.elapsed();
    assert!(output.status.success());
    assert_eq!(ground.asked(), 2 * APPS);
    let nanos = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    Took { wall, cpu: Duration::from_nanos(nanos) }
}

/// The service, from its start until it says that it is ready.
fn served() -> Took {
    let ground = Ground::new(APPS);
    let begun = Instant::now();
    let service = ground.serve();
    ground.until_fresh(&service);
    let (wall, cpu) = (begun.elapsed(), service.process.cpu());
    assert_eq!(ground.asked(), 2 * APPS);
    Took { wall, cpu }
}
