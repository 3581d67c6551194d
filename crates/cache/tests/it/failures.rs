//! What goes wrong around one process; `FAILURES.md` is the table of it.

mod platform;
mod process;
mod store;
mod time;
mod world;

use std::fs;
use std::path::{Path, PathBuf};

/// The names in the last cell of each row.
fn named(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.collect()
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

/// The tests in some code.
fn tests(code: &str) -> Vec<&str> {
    let functions = code.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")
    });
    functions.filter_map(|rest| rest.split_once("() {")).map(|(name, _)| name).collect()
}

#[test]
fn the_table_of_failures_names_tests_that_exist_and_leaves_no_story_out() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(here.join("FAILURES.md")).unwrap();
    let named = named(&table);
    assert!(named.len() > 60, "{}", named.len());
    let others = ["../transport/src", "../transport/tests", "../proto/src", "../proto/tests"];
    let folders = ["src", "tests"].into_iter().chain(others);
    let code: String = folders.map(|folder| code_in(&here.join(folder))).collect();
    let existing = tests(&code);
    for name in &named {
        assert!(existing.contains(name), "FAILURES.md names `{name}`");
    }
    let mut stories: String = code_in(&here.join("tests/it/failures"));
    for file in ["processes.rs", "files.rs", "fence.rs", "hostile.rs"] {
        stories += &fs::read_to_string(here.join("tests/it").join(file)).unwrap();
    }
    for story in tests(&stories).into_iter().filter(|name| name.contains('_')) {
        assert!(named.contains(&story), "FAILURES.md leaves out `{story}`");
    }
}
