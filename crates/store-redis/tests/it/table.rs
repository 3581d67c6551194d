//! `FAILURES.md` is the table of what goes wrong; here it is held against the tests.

#[path = "../../../cache/tests/it/table.rs"]
mod tables;

#[test]
fn the_table_of_failures_names_tests_that_exist_and_leaves_no_story_out() {
    let folders = ["src", "tests", "../cache/src", "../cache/tests"];
    let stories = [
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
    ];
    let stories = stories.map(|story| format!("tests/it/{story}.rs"));
    tables::check("FAILURES.md", &folders, &stories.each_ref().map(String::as_str));
}
