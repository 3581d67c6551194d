//! What the program says of itself.

use crate::{run, yzb};

#[test]
fn without_arguments_it_explains_itself() {
    let (_, explained, success) = run(yzb(&[]));
    assert!(!success);
    for command in ["config", "demo", "emulate", "explain", "sign"] {
        assert!(explained.contains(command), "{explained}");
    }
}

#[test]
fn an_unknown_command_is_refused() {
    let (_, error, success) = run(yzb(&["sing"]));
    assert!(!success && error.contains("sign"), "{error}");
}

#[test]
fn it_knows_its_version() {
    let (version, _, success) = run(yzb(&["--version"]));
    assert!(success);
    assert_eq!(version.trim(), concat!("yzb ", env!("CARGO_PKG_VERSION")));
}
