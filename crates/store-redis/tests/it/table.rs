//! `FAILURES.md` is the table of what goes wrong; here it is held against the tests.

use std::fs;
use std::path::{Path, PathBuf};

/// The names in the last cell of each row.
fn named(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// All of the code below a folder.
fn code_in(folder: &Path) -> String {
    let mut code = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            code += &code_in(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code += &fs::read_to_string(&path).unwrap();
        }
    }
    code
}

/// The tests in some code: functions that take nothing, behind an attribute that says so.
fn tests(code: &str) -> Vec<&str> {
    let lines: Vec<_> = code.lines().map(str::trim_start).collect();
    let after = lines.windows(2).filter(|pair| pair[0] == "#[test]" || pair[0] == "#[tokio::test]");
    let functions = after.filter_map(|pair| {
        pair[1].strip_prefix("async ").unwrap_or(pair[1]).strip_prefix("fn ")?.split_once('(')
    });
    functions.map(|(name, _)| name).collect()
}

#[test]
fn the_table_of_failures_names_tests_that_exist_and_leaves_no_story_out() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(here.join("FAILURES.md")).unwrap();
    let named = named(&table);
    assert!(named.len() > 90, "{}", named.len());
    let folders = ["src", "tests", "../cache/src", "../cache/tests"];
    let code: String = folders.iter().map(|folder| code_in(&here.join(folder))).collect();
    // Those of the cache run with time that stands still.
    let code = code.replace("#[tokio::test(start_paused = true)]", "#[tokio::test]");
    let existing = tests(&code);
    for name in &named {
        assert!(existing.contains(name), "FAILURES.md names `{name}`");
    }
    for file in [
        "away",
        "clocks",
        "connecting",
        "failovers",
        "failures",
        "fences",
        "fleets",
        "logins",
        "odd",
        "records",
        "sharing",
        "turns",
    ] {
        let stories = fs::read_to_string(here.join(format!("tests/it/{file}.rs"))).unwrap();
        for story in tests(&stories) {
            assert!(named.contains(&story), "FAILURES.md leaves out `{story}`");
        }
    }
}
