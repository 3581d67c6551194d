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

#[path = "../../../cache/tests/it/table.rs"]
mod tables;

#[test]
fn the_table_of_failures_names_each_story_and_no_other() {
    let stories = ["killed", "moved", "outages", "stopped", "written"];
    let stories = stories.map(|story| format!("tests/it/fleet/{story}.rs"));
    let stories = stories.each_ref().map(String::as_str);
    tables::check("FAILURES.md", &stories, &stories);
}
