//! The list of calls, kept the same in the code, the README, the fixtures and the changelog.
//!
//! One URL is one file whose place mirrors the path and whose first line is the path. Nobody
//! reads four places in a review, so this does.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use crate::host::{Host, Outcome};
use crate::source::{reads, tokens};

/// Folder of modules, and how the paths in it start.
const FOLDERS: &[(&str, &str)] = &[
    ("oauth2", "/OAuth2/"),
    ("common_resource", "/CommonResource/"),
    ("user_resource", "/UserResource/"),
];

pub(crate) fn check(host: &Host) -> Result<Outcome> {
    let fixtures = host.list("crates/proto/fixtures", "")?;
    let place = Place {
        calls: calls(host)?,
        readme: host.read("README.md")?,
        changelog: host.read("CHANGELOG.md")?,
        fixtures: fixtures.iter().filter_map(|file| file_name(file)).collect(),
    };
    let complaints = place.complaints();
    for complaint in &complaints {
        eprintln!("endpoints: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("the list of calls is not the same everywhere (complaints: {})", complaints.len());
    }
    println!("endpoints: {} calls, the same everywhere", place.calls.len());
    Ok(Outcome::Passed)
}

/// Everything that names calls.
#[derive(Default)]
struct Place {
    calls: Vec<Call>,
    readme: String,
    changelog: String,
    /// Names of the recorded answers.
    fixtures: Vec<String>,
}

/// One module with at least one `const PATH`.
struct Call {
    /// `oauth2`, for example.
    folder: String,
    /// The file's name without `.rs`.
    stem: String,
    /// The first line of the file.
    headline: String,
    paths: Vec<String>,
}

impl Place {
    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.calls.is_empty() {
            complaints.push("no `const PATH` was found in crates/proto/src".to_owned());
        }
        for call in &self.calls {
            complaints.extend(call.complaints());
            if !self.fixtures.iter().any(|name| name.starts_with(&call.stem)) {
                complaints.push(format!(
                    "{}: no answer on record; add crates/proto/fixtures/{}*.json",
                    call.file(),
                    call.stem
                ));
            }
            if !has_word(&self.changelog, &call.stem) {
                complaints.push(format!("{}: CHANGELOG.md lacks `{}`", call.file(), call.stem));
            }
        }
        complaints.extend(self.readme_complaints());
        complaints
    }

    /// The table of calls has a row for each call, and none for a call that is not there. Two
    /// calls may share a path, then it has two rows.
    fn readme_complaints(&self) -> Vec<String> {
        let rows = count(table_paths(&self.readme));
        let code = count(self.calls.iter().flat_map(|call| call.paths.iter().map(String::as_str)));
        let mut complaints = Vec::new();
        for (path, calls) in &code {
            let rows = rows.get(path).copied().unwrap_or(0);
            if rows < *calls {
                complaints.push(format!(
                    "README.md: the table of calls has {rows} of {calls} rows for `{path}`"
                ));
            }
        }
        for path in rows.keys().filter(|path| !code.contains_key(*path)) {
            complaints.push(format!("README.md: `{path}` is in a table, and no module has it"));
        }
        complaints
    }
}

impl Call {
    fn file(&self) -> String {
        format!("crates/proto/src/{}/{}.rs", self.folder, self.stem)
    }

    fn complaints(&self) -> Vec<String> {
        let file = self.file();
        let [path] = self.paths.as_slice() else {
            return vec![format!("{file}: one URL, one file, and here are {:?}", self.paths)];
        };
        let mut complaints = Vec::new();
        if !self.headline.starts_with("//! ") || !has_word(&self.headline, path) {
            complaints.push(format!("{file}: its first line must be a `//! ` line with `{path}`"));
        }
        let home = FOLDERS.iter().find(|(_, start)| path.starts_with(start));
        match home {
            Some((folder, _)) if *folder == self.folder => {}
            Some((folder, _)) => complaints.push(format!("{file}: `{path}` belongs in {folder}/")),
            None => complaints.push(format!("{file}: no folder is known for `{path}`")),
        }
        complaints
    }
}

fn calls(host: &Host) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for (folder, _) in FOLDERS {
        for file in host.list(Path::new("crates/proto/src").join(folder), ".rs")? {
            let source = host.read(&file)?;
            let paths = paths(&source);
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            // A module without a path is not a call: `mod.rs`, or something calls share.
            if let Some(stem) = stem.filter(|_| !paths.is_empty()) {
                let headline = source.lines().next().unwrap_or_default().to_owned();
                calls.push(Call { folder: (*folder).to_owned(), stem, headline, paths });
            }
        }
    }
    Ok(calls)
}

/// The values of all `const PATH: &'static str` (or `&str`) outside tests.
fn paths(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut paths = Vec::new();
    for at in 0..tokens.len() {
        if !reads(&tokens, at, &["const", "PATH", ":"]) {
            continue;
        }
        let mut after = tokens[at..].iter().skip_while(|token| token.text != "=").skip(1);
        if let Some(value) = after.next().filter(|value| value.text.starts_with('"')) {
            paths.push(value.text.trim_matches('"').to_owned());
        }
    }
    paths
}

/// Everything in backticks in a table that looks like a path of the platform: `/Upper…`.
fn table_paths(markdown: &str) -> impl Iterator<Item = &str> {
    let rows = markdown.lines().filter(|line| line.trim_start().starts_with('|'));
    let spans = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    spans.filter(|span| {
        let mut chars = span.chars();
        chars.next() == Some('/') && chars.next().is_some_and(|c| c.is_ascii_uppercase())
    })
}

fn count<'a>(items: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// Whether `word` stands in `text` and not only as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn file_name(file: &Path) -> Option<String> {
    Some(file.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# yzb\n\n| call | path |\n|---|---|\n| ticket | `/OAuth2/ticket` |\n";

    fn ticket() -> Call {
        Call {
            folder: "oauth2".to_owned(),
            stem: "ticket".to_owned(),
            headline: "//! `POST /OAuth2/ticket`: a ticket.".to_owned(),
            paths: vec!["/OAuth2/ticket".to_owned()],
        }
    }

    fn place() -> Place {
        Place {
            calls: vec![ticket()],
            readme: README.to_owned(),
            changelog: "- `oauth2::ticket`".to_owned(),
            fixtures: vec!["ticket.json".to_owned()],
        }
    }

    /// The one complaint about `place` after `change`.
    fn complaint(change: impl FnOnce(&mut Place)) -> String {
        let mut place = place();
        change(&mut place);
        let complaints = place.complaints();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        complaints.concat()
    }

    #[test]
    fn a_call_that_is_everywhere_passes() {
        assert_eq!(place().complaints(), [""; 0]);
    }

    #[test]
    fn a_call_missing_somewhere_is_named_with_the_place() {
        assert!(complaint(|place| place.readme.clear()).contains("has 0 of 1 rows"));
        assert!(complaint(|place| place.fixtures.clear()).contains("fixtures/ticket"));
        let other = "- `js_ticket`, tickets".to_owned();
        assert!(complaint(|place| place.changelog = other).contains("CHANGELOG.md lacks `ticket`"));
    }

    #[test]
    fn a_row_without_a_call_is_named() {
        let complaint = complaint(|place| place.readme += "| x | `/Payment/pay` |\n");
        assert!(complaint.contains("`/Payment/pay`"), "{complaint}");
    }

    #[test]
    fn two_calls_on_one_path_need_two_rows() {
        let complaint = complaint(|place| place.calls.push(ticket()));
        assert!(complaint.contains("1 of 2 rows for `/OAuth2/ticket`"), "{complaint}");
    }

    #[test]
    fn the_file_says_its_path_first_and_lies_where_the_path_says() {
        let headline = |line: &str| line.to_owned();
        let first = complaint(|place| place.calls[0].headline = headline("use std::fmt;"));
        assert!(first.contains("first line"), "{first}");
        let longer = complaint(|place| place.calls[0].headline = headline("//! /OAuth2/ticketX"));
        assert!(longer.contains("first line"), "{longer}");
        let moved = complaint(|place| place.calls[0].folder = "user_resource".to_owned());
        assert!(moved.contains("belongs in oauth2/"), "{moved}");
    }

    #[test]
    fn two_paths_in_one_file_are_refused_and_so_is_finding_none_at_all() {
        let mut two = ticket();
        two.paths.push("/OAuth2/x".to_owned());
        assert!(two.complaints().concat().contains("one URL, one file"));
        assert!(Place::default().complaints().concat().contains("no `const PATH`"));
    }

    #[test]
    fn paths_are_read_from_code_and_tables_only() {
        let source = "// const PATH: &'static str = \"/No/no\";\nimpl Endpoint for X {\n    \
            const PATH: &'static str = \"/OAuth2/x\";\n}\n\
            #[cfg(test)]\nmod tests { const PATH: &'static str = \"/No/no\"; }";
        assert_eq!(paths(source), ["/OAuth2/x"]);
        let markdown = "`/OAuth2/no`\n| a | `/OAuth2/yes` and `/tmp` |\n| `b` | /OAuth2/no |";
        assert_eq!(table_paths(markdown).collect::<Vec<_>>(), ["/OAuth2/yes"]);
    }
}
