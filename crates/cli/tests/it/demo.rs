//! `yzb demo`, read as a person reads it.

use yzb_emulator::demo;

use crate::{run, yzb};

#[test]
fn the_demo_goes_the_whole_way_and_every_step_is_as_documented() {
    let (story, errors, success) = run(yzb(&["demo"]));
    assert!(success, "{story}\n{errors}");
    assert_eq!(errors, "");
    assert!(!story.contains('✗'), "{story}");
    for path in [
        "/OAuth2/token",
        "/OAuth2/refreshtoken",
        "/OAuth2/ticket",
        "/OAuth2/checkCode",
        "/CommonResource/getUserCount",
        "/CommonResource/getUserList",
        "/UserResource/getAppAccess",
        "/UserResource/getAppIsAdded",
        "/UserResource/getUserBaseInfo",
    ] {
        assert!(story.contains(path), "{path} is missing:\n{story}");
    }
    let steps = story.lines().filter(|line| line.trim_start().starts_with('✓')).count();
    assert!(story.contains(&format!("✓ {} steps, each as documented", steps - 1)), "{story}");
}

#[test]
fn the_demo_shows_no_secret() {
    let (story, _, _) = run(yzb(&["demo"]));
    assert!(!story.contains(demo::APP_SECRET), "{story}");
    let could_be_token =
        |word: &str| word.len() >= 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let leaked = story.split(|character: char| !character.is_ascii_alphanumeric());
    assert_eq!(leaked.filter(|word| could_be_token(word)).count(), 0, "{story}");
}

#[test]
fn piped_output_has_no_colours() {
    let (story, _, _) = run(yzb(&["demo"]));
    assert!(!story.contains('\u{1b}'));
}

#[test]
fn pages_of_users_say_how_many_rows_they_have() {
    let (story, _, _) = run(yzb(&["demo"]));
    assert!(story.contains("100 rows, ids 1 … 101 (ids have gaps)"), "{story}");
    assert!(
        story.contains("clock begins at 16") || story.contains("clock begins at 17"),
        "{story}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut demo = std::process::Command::new(assert_cmd::cargo::cargo_bin!("yzb"));
    let output = demo.arg("demo").stdout(full).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("yzb: cannot write to standard output: "), "{errors}");
}
