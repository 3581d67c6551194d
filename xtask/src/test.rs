//! Sets up what the tests need, runs all of them, and counts.
//!
//! The closing line is `N passed, N failed, N skipped`, so that a person and a script can read it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::host::{Host, Outcome, show};
use crate::tools;
use crate::workspace::Workspace;

use self::report::Report;

mod report;

/// Everything but the benches, which are long when they are run at all.
const TARGETS: &[&str] = &[
    "test",
    "--locked",
    "--workspace",
    "--all-features",
    "--lib",
    "--bins",
    "--tests",
    "--examples",
];

/// The code in the documentation, the README's too.
const DOCS: &[&str] = &["test", "--locked", "--workspace", "--all-features", "--doc"];

pub(crate) fn task(host: &Host, args: &[String]) -> Result<Outcome> {
    let report = run(host, args)?;
    report.print_packages();
    Ok(report.close())
}

/// Runs everything and counts. An error means that no test could be started.
pub(crate) fn run(host: &Host, args: &[String]) -> Result<Report> {
    let args = for_the_tests(args)?;
    let workspace = Workspace::read(host)?;
    tools::set_up(host, &workspace)?;
    let mut report = Report::new(&workspace);
    if build(host, &workspace, &mut report)? {
        follow(host, TARGETS, args, &mut report)?;
        follow(host, DOCS, args, &mut report)?;
    }
    Ok(report)
}

/// Runs one `cargo test` and passes its output through while reading it.
fn follow(
    host: &Host,
    cargo_args: &[&str],
    test_args: &[String],
    report: &mut Report,
) -> Result<()> {
    let before = report.failed();
    let mut command = host.cargo(cargo_args);
    command.args(["--no-fail-fast", "--color", "never", "--"]).args(test_args);
    println!("$ {}", show(&command));
    let status = listen(&mut command, |line| report.hear(line))?;
    if !status.success() && report.failed() == before {
        report.blame(format!("`{}` ended with {status}, and no test says why", show(&command)));
    }
    Ok(())
}

/// What we write behind the last line of a command.
const END: &[u8] = b"\0\n";

/// Runs the command and hands over each line while passing it through. Both streams go through
/// one pipe: cargo says on the one whose tests run, they say on the other how they went.
fn listen(command: &mut Command, mut hear: impl FnMut(&str)) -> Result<ExitStatus> {
    let (reader, mut writer) = std::io::pipe().context("no pipe")?;
    command.stdout(writer.try_clone()?).stderr(writer.try_clone()?);
    let mut child = command.spawn().with_context(|| format!("`{}`", show(command)))?;
    // The pipe's own end is not waited for: a server that a failed test left behind keeps it open.
    let waiter = std::thread::spawn(move || {
        let status = child.wait();
        writer.write_all(END).and(status)
    });
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let is_last = line.ends_with(END);
        line.truncate(line.len() - if is_last { END.len() } else { 0 });
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        hear(&text);
        if is_last {
            break;
        }
        line.clear();
    }
    let status = waiter.join().map_err(|_| anyhow!("the thread that waits for cargo panicked"))?;
    Ok(status?)
}

/// Compiles the test programs and notes whose they are: several packages call theirs `it`.
/// Says whether they all compiled.
fn build(host: &Host, workspace: &Workspace, report: &mut Report) -> Result<bool> {
    let mut command = host.cargo(TARGETS);
    command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    println!("$ {}", show(&command));
    let output = command.stderr(Stdio::inherit()).output().context("cargo did not start")?;
    for message in String::from_utf8_lossy(&output.stdout).lines() {
        report.learn(message, workspace);
    }
    if !output.status.success() {
        report.blame("the tests do not compile".to_owned());
    }
    Ok(output.status.success())
}

/// What stands after `--` goes to the test programs; nothing else is taken.
fn for_the_tests(args: &[String]) -> Result<&[String]> {
    match args.split_first() {
        None => Ok(&[]),
        Some((first, rest)) if first == "--" => Ok(rest),
        Some((first, _)) => bail!(
            "`{first}` is not understood; arguments for the tests come after `--`, \
             and a part of the tests is run by `cargo test` itself"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(script: &str) -> (Vec<String>, ExitStatus) {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        let status = listen(&mut command, |line| lines.push(line.trim_end().to_owned())).unwrap();
        (lines, status)
    }

    #[test]
    fn both_streams_are_heard_in_the_order_in_which_they_were_written() {
        let (lines, status) = heard("echo a; echo b >&2; echo c; printf d; exit 3");
        assert_eq!(lines, ["a", "b", "c", "d"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_process_left_behind_is_not_waited_for() {
        let (lines, status) = heard("sleep 60 & echo $!");
        assert!(status.success());
        // That it is still there to be ended shows that nobody waited.
        assert!(heard(&format!("kill {}", lines[0])).1.success());
    }

    #[test]
    fn arguments_for_the_tests_come_after_two_dashes() {
        let args = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(for_the_tests(&args(&["--", "login"])).unwrap(), ["login"]);
        assert_eq!(for_the_tests(&[]).unwrap(), [""; 0]);
        assert!(for_the_tests(&args(&["login"])).unwrap_err().to_string().contains("`login`"));
    }
}
