//! What the tests say, line by line, and what it comes to. Nothing here runs anything.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;
use std::path::Path;

use serde_json::Value;

use crate::host::Outcome;
use crate::workspace::Workspace;

/// What the tests have said so far.
pub(crate) struct Report {
    packages: BTreeMap<String, Counts>,
    /// Packages by the name of a test program's file, or of a library.
    owners: HashMap<String, String>,
    /// Whose tests are running.
    current: String,
    /// Whether the running test program has told of a failure.
    told: bool,
    /// What went wrong without a test to blame; each counts as one failure.
    broken: Vec<String>,
}

/// How many, of one package or of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Report {
    pub(super) fn new(workspace: &Workspace) -> Self {
        let libraries = workspace.members.iter().filter_map(|package| {
            package.library.as_ref().map(|library| (library.clone(), package.name.clone()))
        });
        Self {
            packages: BTreeMap::new(),
            owners: libraries.collect(),
            current: String::new(),
            told: false,
            broken: Vec::new(),
        }
    }

    /// Takes in one line of cargo's JSON: whose a test program is.
    pub(super) fn learn(&mut self, message: &str, workspace: &Workspace) {
        self.owners.extend(test_program(message, workspace));
    }

    /// Counts as one failure something that no test has told of.
    pub(super) fn blame(&mut self, what: String) {
        self.broken.push(what);
    }

    pub(super) fn failed(&self) -> u64 {
        self.total().failed
    }

    /// Takes in one line of output.
    pub(super) fn hear(&mut self, line: &str) {
        let line = line.trim();
        let program = line.strip_prefix("Running ").and_then(program_of);
        if let Some(name) = program.or(line.strip_prefix("Doc-tests ")) {
            let owner = self.owners.get(name).map_or(name, String::as_str);
            owner.clone_into(&mut self.current);
            self.told = false;
        }
        if let Some(counts) = line.strip_prefix("test result: ").and_then(counts_of) {
            *self.packages.entry(self.current.clone()).or_default() += counts;
            self.told |= counts.failed > 0;
        }
        // Cargo's word after a program that failed. One that was killed had none of its own.
        if line.starts_with("error: test failed, to rerun") && !self.told {
            self.blame(format!("a test program of {} ended without its results", self.current));
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
        let mut workspace =
            Workspace { members: vec![Package::default()], target: "target".into() };
        workspace.members[0].name = "yzb-proto".to_owned();
        workspace.members[0].id = "path+file:///w#yzb-proto@0.1.0".to_owned();
        workspace.members[0].library = Some("yzb_proto".to_owned());
        let mut report = Report::new(&workspace);
        let message = r#"{"reason": "compiler-artifact", "executable": "/t/debug/deps/it-12",
            "package_id": "path+file:///w#yzb-proto@0.1.0"}"#;
        report.learn(message, &workspace);
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
        report.blame("a test program was killed".to_owned());
        assert_eq!(report.total(), Counts { passed: 1, failed: 1, skipped: 0 });
        assert!(!report.is_good());
    }

    #[test]
    fn a_program_that_was_killed_counts_beside_one_that_failed() {
        let mut report = report();
        let rerun = "error: test failed, to rerun pass `-p yzb-proto`";
        let failed = "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured";
        let running = "     Running tests/it/main.rs (target/debug/deps/it-12)";
        hear(&mut report, &[running, failed, rerun].join("\n"));
        assert_eq!(report.total().failed, 1);
        hear(&mut report, &[running, "running 1 test", rerun].join("\n"));
        assert_eq!(report.total().failed, 2);
        assert!(report.broken[0].contains("yzb-proto"), "{:?}", report.broken);
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
}
