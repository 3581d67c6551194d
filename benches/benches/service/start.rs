//! The program itself: its size, and how long it takes to do nothing.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::median::Spread;
use crate::program;

const RUNS: usize = 300;

pub(crate) fn measure() {
    println!("\n# Start ({RUNS} runs of each)");
    let yzb = program();
    let size = std::fs::metadata(&yzb).unwrap().len() as f64 / 1e6;
    println!("  size, MB                        {size:.1}   (aim 15)");
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(milliseconds(Command::new(&yzb).arg("--version")));
        floors.push(milliseconds(&mut Command::new("true")));
    }
    let beyond = ours.iter().zip(&floors).map(|(own, floor)| own - floor).collect();
    println!("  yzb --version, ms               {}", Spread::of(ours));
    println!("  floor: true, ms                 {}", Spread::of(floors));
    println!("  beyond the floor, ms            {}   (aim 5)", Spread::of(beyond));
}

fn milliseconds(command: &mut Command) -> f64 {
    let begun = Instant::now();
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    begun.elapsed().as_secs_f64() * 1e3
}
