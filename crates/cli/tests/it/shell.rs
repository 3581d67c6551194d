//! `yzb completions` and `yzb man`.

use crate::scratch::Folder;
use crate::{run, yzb};

const COMMANDS: [&str; 7] = ["completions", "config", "demo", "emulate", "explain", "man", "sign"];

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (script, errors, success) = run(yzb(&["completions", shell]));
        assert!(success, "{errors}");
        for word in COMMANDS.iter().chain(&["check", "example", "ticket-file"]) {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
}

/// What bash itself offers behind a few words, by our script.
#[cfg(target_os = "linux")]
#[test]
fn bash_offers_what_there_is() {
    let offers = |words: &str| {
        let program = env!("CARGO_BIN_EXE_yzb");
        let script = format!(
            "source <({program} completions bash); COMP_WORDS=({words} ''); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _yzb yzb '' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let mut bash = std::process::Command::new("bash");
        let output = bash.args(["--norc", "-c", &script]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let top = offers("yzb");
    assert!(COMMANDS.iter().all(|command| top.contains(command)), "{top}");
    assert!(offers("yzb config").contains("check example"));
    assert!(offers("yzb config example --lang").contains("en zh"));
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = Folder::new("man");
    let (_, errors, success) = run(yzb(&["man", "--dir", folder.path().to_str().unwrap()]));
    assert!(success, "{errors}");
    let below = ["config-check", "config-example"];
    for name in COMMANDS.iter().chain(&below) {
        let page = std::fs::read_to_string(folder.path().join(format!("yzb-{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH yzb-{name} 1")), "{page}");
        let words: Vec<_> = ["man"].into_iter().chain(name.split('-')).collect();
        assert_eq!(run(yzb(&words)).0, page, "{name}");
    }
    let first = std::fs::read_to_string(folder.path().join("yzb.1")).unwrap();
    assert_eq!(run(yzb(&["man"])).0, first);
}
