//! What every change must pass, in the order in which a failure is cheapest to learn of.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::host::{Host, Outcome, timed};
use crate::{checks, deny, endpoints, features, layers, test};

/// Each step is a task of its own by the same name. The tests follow, so that the output closes
/// with their summary.
const STEPS: &[(&str, Step)] = &[
    ("fmt", checks::fmt),
    ("clippy", checks::clippy),
    ("docs", checks::docs),
    ("layers", layers::check),
    ("endpoints", endpoints::check),
    ("features", features::check),
    ("deny", deny::check),
    ("demo", checks::demo),
    ("examples", checks::examples),
];

type Step = fn(&Host) -> Result<Outcome>;

pub(crate) fn task(host: &Host, args: &[String]) -> Result<Outcome> {
    if let Some(first) = args.first() {
        bail!("`ci` takes no arguments, and was given `{first}`");
    }
    let mut table = Vec::new();
    let result = steps(host, STEPS, &mut table);
    if let Err(error) = result {
        print!("{}", show(&table));
        return Err(error);
    }
    heading("test");
    let (report, took) = timed(|| test::run(host, &[]));
    let report = report.inspect_err(|_| print!("{}", show(&table)))?;
    let verdict = if report.is_good() { "passed" } else { "failed: cargo xtask test" };
    table.push(Row { name: "test", took, verdict: verdict.to_owned() });
    report.print_packages();
    print!("{}", show(&table));
    Ok(report.close())
}

/// One line of the final table.
struct Row {
    name: &'static str,
    took: Duration,
    verdict: String,
}

/// Runs the steps up to the first failure, and notes each in the table.
fn steps(host: &Host, steps: &[(&'static str, Step)], table: &mut Vec<Row>) -> Result<()> {
    for (name, step) in steps {
        heading(name);
        let (outcome, took) = timed(|| step(host));
        let (verdict, end) = judge(name, outcome);
        println!("{name}: {verdict} ({})", seconds(took));
        table.push(Row { name, took, verdict });
        end?;
    }
    Ok(())
}

/// The word for the table, and whether to go on.
fn judge(name: &str, outcome: Result<Outcome>) -> (String, Result<()>) {
    let again = format!("to run this step alone: cargo xtask {name}");
    match outcome {
        Ok(Outcome::Passed) => ("passed".to_owned(), Ok(())),
        Ok(Outcome::Skipped(why)) => (format!("skipped, {why}"), Ok(())),
        Ok(Outcome::Failed) => {
            ("failed".to_owned(), Err(anyhow::anyhow!("{name} failed; {again}")))
        }
        Err(error) => {
            let error = anyhow::anyhow!("{name} failed: {error:#}\n{again}");
            ("failed".to_owned(), Err(error))
        }
    }
}

fn heading(name: &str) {
    println!("\n=== {name}");
}

fn show(table: &[Row]) -> String {
    let mut text = format!("\n{:<10} {:>9}\n", "step", "took");
    for Row { name, took, verdict } in table {
        text += &format!("{name:<10} {:>9}  {verdict}\n", seconds(*took));
    }
    text += "\n";
    text
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    fn run(list: &[(&'static str, Step)]) -> (Vec<Row>, Result<()>) {
        let mut table = Vec::new();
        let result = steps(&Host::from_env().unwrap(), list, &mut table);
        (table, result)
    }

    #[test]
    fn the_first_failure_stops_the_run_and_says_how_to_run_that_step() {
        let list: &[(&'static str, Step)] = &[
            ("fmt", |_| Ok(Outcome::Passed)),
            ("clippy", |_| bail!("a warning")),
            ("docs", |_| panic!("must not run")),
        ];
        let (table, result) = run(list);
        let error = result.unwrap_err().to_string();
        assert!(error.contains("clippy failed: a warning"), "{error}");
        assert!(error.contains("cargo xtask clippy"), "{error}");
        assert_eq!(table.iter().map(|row| row.name).collect::<Vec<_>>(), ["fmt", "clippy"]);
    }

    #[test]
    fn a_skipped_step_goes_on_and_stays_in_the_table_with_its_reason() {
        let list: &[(&'static str, Step)] = &[
            ("deny", |_| Ok(Outcome::Skipped("no cargo-deny".to_owned()))),
            ("demo", |_| Ok(Outcome::Passed)),
        ];
        let (table, result) = run(list);
        result.unwrap();
        let text = show(&table);
        assert!(text.contains("skipped, no cargo-deny"), "{text}");
        assert!(text.contains("demo"), "{text}");
    }

    #[test]
    fn every_step_is_a_task_of_its_own() {
        for (name, _) in STEPS {
            assert!(crate::TASKS.iter().any(|task| task.name == *name), "{name}");
        }
    }
}
