//! Sets up what the tests need, runs all of them, and counts.
//!
//! The closing line is `N passed, N failed, N skipped`, so that a person and a script can read it.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::AddAssign;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::host::{Host, Outcome, show};
use crate::tools;
use crate::workspace::Workspace;

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
        report.follow(host, TARGETS, args)?;
        report.follow(host, DOCS, args)?;
    }
    Ok(report)
}

/// How many, of one package or of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// What the tests have said so far.
pub(crate) struct Report {
    packages: BTreeMap<String, Counts>,
    /// Packages by the name of a test program's file, or of a library.
    owners: HashMap<String, String>,
    /// Whose tests are running.
    current: String,
    /// What went wrong without a test to blame; each counts as one failure.
    broken: Vec<String>,
}

impl Report {
    fn new(workspace: &Workspace) -> Self {
        let libraries = workspace.members.iter().filter_map(|package| {
            package.library.as_ref().map(|library| (library.clone(), package.name.clone()))
        });
        Self {
            packages: BTreeMap::new(),
            owners: libraries.collect(),
            current: String::new(),
            broken: Vec::new(),
        }
    }

    /// Runs one `cargo test` and passes its output through while reading it. Both streams go
    /// through one pipe: cargo says on the one whose tests run, they say on the other how they went.
    fn follow(&mut self, host: &Host, cargo_args: &[&str], test_args: &[String]) -> Result<()> {
        let before = self.total().failed;
        let (reader, writer) = std::io::pipe().context("no pipe")?;
        let mut command = host.cargo(cargo_args);
        command.args(["--no-fail-fast", "--color", "never", "--"]).args(test_args);
        command.stdout(writer.try_clone()?).stderr(writer);
        let shown = show(&command);
        println!("$ {shown}");
        let mut child = command.spawn().with_context(|| format!("`{shown}` did not start"))?;
        // It holds the writing ends, and the pipe does not end before they are all closed.
        drop(command);
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            std::io::stdout().write_all(&line)?;
            self.hear(&String::from_utf8_lossy(&line));
            line.clear();
        }
        let status = child.wait()?;
        if !status.success() && self.total().failed == before {
            self.broken.push(format!("`{shown}` ended with {status}, and no test says why"));
        }
        Ok(())
    }

    /// Takes in one line of output.
    fn hear(&mut self, line: &str) {
        let line = line.trim();
        let program = line.strip_prefix("Running ").and_then(program_of);
        if let Some(name) = program.or(line.strip_prefix("Doc-tests ")) {
            let owner = self.owners.get(name).map_or(name, String::as_str);
            owner.clone_into(&mut self.current);
        }
        if let Some(counts) = line.strip_prefix("test result: ").and_then(counts_of) {
            *self.packages.entry(self.current.clone()).or_default() += counts;
        }
    }

    /// A table of packages, and what else went wrong.
    pub(crate) fn print_packages(&self) {
        println!("\n{:<24} {:>8} {:>8} {:>8}", "tests of", "passed", "failed", "skipped");
        for (package, Counts { passed, failed, skipped }) in &self.packages {
            println!("{package:<24} {passed:>8} {failed:>8} {skipped:>8}");
        }
        for broken in &self.broken {
            println!("failed: {broken}");
        }
    }

    /// Prints the last line, and says whether that is good enough: a run without tests is not.
    pub(crate) fn close(&self) -> Outcome {
        let total = self.total();
        if total.passed + total.failed == 0 {
            println!("failed: no test ran");
        }
        println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        if self.is_good() { Outcome::Passed } else { Outcome::Failed }
    }

    pub(crate) fn is_good(&self) -> bool {
        let total = self.total();
        total.failed == 0 && total.passed > 0
    }

    fn total(&self) -> Counts {
        let mut total = Counts { failed: self.broken.len() as u64, ..Counts::default() };
        for counts in self.packages.values() {
            total += *counts;
        }
        total
    }
}

/// Compiles the test programs and notes whose they are: several packages call theirs `it`.
/// Says whether they all compiled.
fn build(host: &Host, workspace: &Workspace, report: &mut Report) -> Result<bool> {
    let mut command = host.cargo(TARGETS);
    command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    println!("$ {}", show(&command));
    let output = command.stderr(Stdio::inherit()).output().context("cargo did not start")?;
    for message in String::from_utf8_lossy(&output.stdout).lines() {
        report.owners.extend(test_program(message, workspace));
    }
    if !output.status.success() {
        report.broken.push("the tests do not compile".to_owned());
    }
    Ok(output.status.success())
}

/// The file name of a compiled test program, and its package.
fn test_program(message: &str, workspace: &Workspace) -> Option<(String, String)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let program = Path::new(message["executable"].as_str()?).file_name()?;
    let id = message["package_id"].as_str()?;
    let package = workspace.members.iter().find(|package| package.id == id)?;
    Some((program.to_string_lossy().into_owned(), package.name.clone()))
}

/// `unittests src/lib.rs (target/debug/deps/yzb_proto-0123)` → `yzb_proto-0123`.
fn program_of(running: &str) -> Option<&str> {
    let (_, program) = running.strip_suffix(')')?.rsplit_once('(')?;
    program.rsplit(['/', '\\']).next()
}

/// `ok. 3 passed; 0 failed; 1 ignored; …`
fn counts_of(result: &str) -> Option<Counts> {
    let (_, list) = result.split_once(". ")?;
    let count = |what: &str| {
        let number = list.split(';').find_map(|part| part.trim().strip_suffix(what))?;
        number.trim().parse().ok()
    };
    Some(Counts { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
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

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn report() -> Report {
        let mut workspace = Workspace { members: vec![Package::default()] };
        workspace.members[0].name = "yzb-proto".to_owned();
        workspace.members[0].id = "path+file:///w#yzb-proto@0.1.0".to_owned();
        workspace.members[0].library = Some("yzb_proto".to_owned());
        let mut report = Report::new(&workspace);
        let message = r#"{"reason": "compiler-artifact", "executable": "/t/debug/deps/it-12",
            "package_id": "path+file:///w#yzb-proto@0.1.0"}"#;
        report.owners.extend(test_program(message, &workspace));
        report
    }

    fn hear(report: &mut Report, text: &str) {
        for line in text.lines() {
            report.hear(line);
        }
    }

    #[test]
    fn results_are_summed_under_the_package_that_owns_the_program() {
        let mut report = report();
        hear(
            &mut report,
            "     Running tests/it/main.rs (target/debug/deps/it-12)\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished\n\
             \u{20}  Doc-tests yzb_proto\n\
             test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        let counts = Counts { passed: 4, failed: 2, skipped: 1 };
        assert_eq!(report.packages, BTreeMap::from([("yzb-proto".to_owned(), counts)]));
        assert!(!report.is_good());
    }

    #[test]
    fn all_passed_is_good_and_nothing_ran_is_not() {
        let mut report = report();
        hear(&mut report, "test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured");
        assert!(!report.is_good());
        hear(&mut report, "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured");
        assert!(report.is_good());
    }

    #[test]
    fn a_failure_without_a_test_to_blame_counts_as_one() {
        let mut report = report();
        hear(&mut report, "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured");
        report.broken.push("a test program was killed".to_owned());
        assert_eq!(report.total(), Counts { passed: 1, failed: 1, skipped: 0 });
        assert!(!report.is_good());
    }

    #[test]
    fn what_only_looks_like_a_result_is_not_counted() {
        let mut report = report();
        hear(
            &mut report,
            "test test_result_is_ok ... ok\ntest result: soon\nnote: test result: ok.",
        );
        assert_eq!(report.total(), Counts::default());
    }

    #[test]
    fn arguments_for_the_tests_come_after_two_dashes() {
        let args = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(for_the_tests(&args(&["--", "login"])).unwrap(), ["login"]);
        assert_eq!(for_the_tests(&[]).unwrap(), [""; 0]);
        assert!(for_the_tests(&args(&["login"])).unwrap_err().to_string().contains("`login`"));
    }
}
