//! A thousand apps without any code, and four processes of a fleet that start at once: each app's two
//! codes must be issued once, and in what time? The floor is one process that does nothing but issue and
//! write, as quickly as the emulator answers.
//!
//! Everything is real and by itself: a `redis-server`, the emulator, and each process of the fleet (this
//! program, started again). Rounds of both kinds take turns. Without `--bench` it is one round with few
//! apps, to see that it works. With `steady APPS SECONDS` it counts instead which commands Redis gets of one
//! process for so many apps, at first and later.
#![expect(clippy::print_stdout, reason = "a benchmark is there to print its table")]
#![expect(clippy::print_stderr, reason = "and to say what is missing")]

mod child;
mod floor;
mod platform;
mod process;
mod redis_server;
mod round;
mod steady;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use round::{Kind, Round, run};

/// How many requests each process has under way of each kind of code.
const AT_ONCE: usize = 64;
const SECRET: &str = "4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["platform", apps] => number(apps).and_then(platform::serve),
        ["floor", origin, redis, apps] => {
            number(apps).and_then(|apps| floor::serve(origin, redis, apps))
        }
        ["process", origin, redis, apps] => {
            number(apps).and_then(|apps| process::serve(origin, redis, apps))
        }
        ["steady", apps, seconds] => number(apps)
            .and_then(|apps| Ok((apps, seconds.parse()?)))
            .and_then(|(apps, seconds)| steady::count(apps, seconds)),
        words => compare(words.contains(&"--bench")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn number(word: &str) -> Result<usize> {
    word.parse().context("not a number of apps")
}

/// The id of the app of this number.
fn app_id(number: usize) -> String {
    (100_000 + number).to_string()
}

fn compare(is_bench: bool) -> Result<()> {
    let (apps, rounds) = if is_bench { (1000, 7) } else { (40, 1) };
    let kinds = [
        (Kind::Floor, "floor: one process, issue and write by hand"),
        (Kind::Fleet(1), "the facade, one process"),
        (Kind::Fleet(4), "the facade, four processes at once"),
    ];
    let mut all: Vec<Vec<Round>> = kinds.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for ((kind, _), done) in kinds.iter().zip(&mut all) {
            done.push(run(*kind, apps)?);
        }
    }
    println!("# {apps} apps without any code, real Redis and emulator, {rounds} round(s)\n");
    println!(
        "{:44} {:>7} {:>18} {:>9} {:>9} {:>9} {:>9}",
        "", "ms", "to the floor", "CPU ms:", "emulator", "Redis", "commands"
    );
    let floors: Vec<f64> = all[0].iter().map(|round| round.wall).collect();
    for ((_, name), rounds) in kinds.iter().zip(&all) {
        let ratios = rounds.iter().zip(&floors).map(|(round, floor)| round.wall / floor);
        let [low, middle, high] = spread(ratios);
        let median = |of: fn(&Round) -> f64| spread(rounds.iter().map(of))[1];
        println!(
            "{name:44} {:>7.0} {middle:>6.2} ({low:.2}-{high:.2}) {:>9.0} {:>9.0} {:>9.0} {:>9.0}",
            median(|round| round.wall),
            median(|round| round.cpu),
            median(|round| round.platform_cpu),
            median(|round| round.redis_cpu),
            median(|round| round.commands),
        );
    }
    let failures: f64 = all.iter().flatten().map(|round| round.failures).sum();
    println!("\nwhat did not come in time: {failures}");
    for (rounds, (_, name)) in all.iter().zip(&kinds) {
        let walls: Vec<_> = rounds.iter().map(|round| format!("{:.0}", round.wall)).collect();
        println!("{name}: {} ms", walls.join(", "));
    }
    println!("cores: {}; commands are those that Redis counts, also within scripts", cores());
    for round in all.iter().flatten() {
        if round.issues != [apps, apps] || round.apps_with_one_each != apps {
            bail!("each app's codes must be issued once: {round:?}");
        }
    }
    println!(
        "in every round {apps} tokens and {apps} tickets were issued, one of each for each app"
    );
    Ok(())
}

/// The smallest, the middle one and the largest.
fn spread(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let at = |index: usize| numbers.get(index).copied().unwrap_or(f64::NAN);
    [at(0), at(numbers.len() / 2), at(numbers.len().saturating_sub(1))]
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
