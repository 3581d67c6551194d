//! What goes wrong around one process; `FAILURES.md` is the table of it.

mod platform;
mod process;
mod store;
mod time;
mod world;

#[test]
fn the_table_of_failures_names_tests_that_exist_and_leaves_no_story_out() {
    let folders = [
        "src",
        "tests",
        "../transport/src",
        "../transport/tests",
        "../proto/src",
        "../proto/tests",
    ];
    let stories = ["failures", "processes.rs", "files.rs", "fence.rs", "hostile.rs"];
    let stories = stories.map(|story| format!("tests/it/{story}"));
    crate::table::check("FAILURES.md", &folders, &stories.each_ref().map(String::as_str));
}
