//! The project's own tasks: what CI runs, one subcommand each.
//!
//! `cargo xtask` without arguments lists them. Each task is one file; [`TASKS`] is the only
//! place where they are named.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose job is to print")]

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::host::{Host, Outcome};

mod api;
mod checks;
mod ci;
mod deny;
mod endpoints;
mod features;
mod host;
mod layers;
mod msrv;
mod schedules;
mod source;
mod test;
mod tools;
mod workspace;

/// One subcommand.
struct Task {
    name: &'static str,
    /// What it does, in one line.
    about: &'static str,
    /// What it wants on the machine beyond cargo and rustc.
    needs: &'static str,
    run: fn(&Host, &[String]) -> Result<Outcome>,
}

const TASKS: &[Task] = &[
    Task {
        name: "ci",
        about: "what every change must pass: all of the below but the last three, the tests last",
        needs: "what its steps need",
        run: ci::task,
    },
    Task {
        name: "test",
        about: "sets up what the tests need, then runs all of them; `-- ARGS` go to the tests",
        needs: "redis-server; installs it if it can",
        run: test::task,
    },
    Task {
        name: "fmt",
        about: "the code is formatted (`cargo fmt --all` mends it)",
        needs: "rustfmt",
        run: |host, args| alone(host, args, checks::fmt),
    },
    Task {
        name: "clippy",
        about: "no warning in any target with all features",
        needs: "clippy",
        run: |host, args| alone(host, args, checks::clippy),
    },
    Task {
        name: "docs",
        about: "the documentation builds without a warning",
        needs: "nothing more",
        run: |host, args| alone(host, args, checks::docs),
    },
    Task {
        name: "layers",
        about: "who may import whom, and what the types-only crate stays free of",
        needs: "nothing more",
        run: |host, args| alone(host, args, layers::check),
    },
    Task {
        name: "endpoints",
        about: "the calls in the code, the README, the fixtures and the changelog agree",
        needs: "nothing more",
        run: |host, args| alone(host, args, endpoints::check),
    },
    Task {
        name: "features",
        about: "every feature combination that matters passes clippy",
        needs: "clippy",
        run: |host, args| alone(host, args, features::check),
    },
    Task {
        name: "deny",
        about: "licences, bans and sources of all dependencies",
        needs: "cargo-deny; says so and skips without",
        run: |host, args| alone(host, args, deny::check),
    },
    Task {
        name: "demo",
        about: "the README's first command runs and ends well",
        needs: "nothing more",
        run: |host, args| alone(host, args, checks::demo),
    },
    Task {
        name: "examples",
        about: "each example runs to its end without arguments",
        needs: "nothing more",
        run: |host, args| alone(host, args, checks::examples),
    },
    Task {
        name: "msrv",
        about: "no dependency wants a newer Rust than we declare, and that Rust compiles us",
        needs: "those toolchains; `--install` gets them; compares declarations without",
        run: msrv::task,
    },
    Task {
        name: "schedules",
        about: "the cache under a scheduler that chooses who runs next; `--many`; `--replay`",
        needs: "nothing more; builds for some minutes",
        run: schedules::task,
    },
    Task {
        name: "api",
        about: "the running service answers as its document says, asked by schemathesis; `--seed N`",
        needs: "python3 and PyPI; says so and skips without",
        run: api::task,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(Outcome::Passed | Outcome::Skipped(_)) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<Outcome> {
    let Some((name, rest)) = args.split_first() else {
        print!("{}", usage());
        return Ok(Outcome::Passed);
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        print!("{}", usage());
        return Ok(Outcome::Passed);
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        bail!("there is no task `{name}`; `cargo xtask` lists them");
    };
    let outcome = (task.run)(&Host::from_env()?, rest)?;
    if let Outcome::Skipped(why) = &outcome {
        println!("{name}: skipped, {why}");
    }
    Ok(outcome)
}

/// Runs a task that takes no arguments.
fn alone(host: &Host, args: &[String], run: fn(&Host) -> Result<Outcome>) -> Result<Outcome> {
    if let Some(first) = args.first() {
        bail!("this task takes no arguments, and was given `{first}`");
    }
    run(host)
}

fn usage() -> String {
    let mut text = String::from("The project's own tasks.\n\nUsage: cargo xtask <task>\n\n");
    for Task { name, about, needs, .. } in TASKS {
        text += &format!("  {name:<10} {about}\n  {:<10}   needs: {needs}\n", "");
    }
    text += "\nCARGO_TARGET_DIR is honoured. A task that fails says how to run it alone.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_names_every_task_once() {
        let text = usage();
        for task in TASKS {
            let lines = text.lines().filter(|line| line.starts_with(&format!("  {} ", task.name)));
            assert_eq!(lines.count(), 1, "{}", task.name);
        }
    }

    #[test]
    fn usage_fits_a_terminal() {
        for line in usage().lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }

    #[test]
    fn an_unknown_task_is_refused_by_name() {
        let error = dispatch(&["tset".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("`tset`"));
    }
}
