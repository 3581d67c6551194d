//! Tables of what goes wrong, held against the tests they name. The tests of other crates use this too.

use std::fs;
use std::path::Path;

/// The names in the last cell of each row.
pub(crate) fn named(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// All of the code in a file, or below a folder.
pub(crate) fn code_in(path: &Path) -> String {
    if path.is_file() {
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        return if is_code { fs::read_to_string(path).unwrap() } else { String::new() };
    }
    let entries = fs::read_dir(path).into_iter().flatten();
    entries.map(|entry| code_in(&entry.unwrap().path())).collect()
}

/// The tests in some code: functions behind an attribute that says so.
pub(crate) fn tests(code: &str) -> Vec<&str> {
    let (mut names, mut is_marked) = (Vec::new(), false);
    for line in code.lines().map(str::trim_start) {
        is_marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some((name, _)) = function.filter(|_| is_marked).and_then(|it| it.split_once('(')) {
            names.push(name);
            is_marked = false;
        }
    }
    names
}

/// Holds the table of a crate against the tests below these folders. What is in the files of stories
/// must be in the table.
pub(crate) fn check(table: &str, folders: &[&str], stories: &[&str]) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(here.join(table)).unwrap();
    let code = |paths: &[&str]| paths.iter().map(|path| code_in(&here.join(path))).collect();
    let (existing, stories): (String, String) = (code(folders), code(stories));
    let (named, existing, stories) = (named(&table), tests(&existing), tests(&stories));
    assert!(named.len() > 20 && stories.len() > 20, "{} {}", named.len(), stories.len());
    for name in &named {
        assert!(existing.contains(name), "the table names `{name}`");
    }
    for story in stories {
        assert!(named.contains(&story), "the table leaves out `{story}`");
    }
}
