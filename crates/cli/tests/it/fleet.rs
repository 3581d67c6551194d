//! The fleet for real: services that are processes, a `redis-server`, a platform, and between them
//! something that holds a message, loses it or brings it late. Nothing in the program knows of it.
//!
//! With `--nocapture` each story prints what the platform had issued before and after.

mod counts;
mod gate;
mod issued;
mod killed;
mod moved;
mod outages;
mod scene;
mod soak;
mod stopped;
mod wire;
mod written;

/// What stands between `fn` and the arguments behind each mark of a test.
fn tests(code: &str) -> impl Iterator<Item = &str> {
    let marked = code.split("#[test]").skip(1);
    marked.filter_map(|rest| rest.split_once("fn ")?.1.split_once('(')).map(|(name, _)| name)
}

#[test]
fn the_table_of_failures_names_each_story_and_no_other() {
    let table = include_str!("../../FAILURES.md");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    let mut named: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let stories = [
        include_str!("fleet/killed.rs"),
        include_str!("fleet/moved.rs"),
        include_str!("fleet/outages.rs"),
        include_str!("fleet/stopped.rs"),
        include_str!("fleet/written.rs"),
    ];
    let mut existing: Vec<_> = stories.into_iter().flat_map(tests).collect();
    named.sort_unstable();
    existing.sort_unstable();
    assert_eq!(named, existing);
}
