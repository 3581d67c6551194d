//! The curl transcripts of the documentation, run as they stand there.

use std::process::Command;

use yzb_emulator::{Call, Emulator, Quirk, Quirks, World};

const DOCUMENT: &str = include_str!("../../TRANSCRIPTS.md");

/// One command and what it printed.
struct Step {
    command: String,
    printed: String,
}

/// The commands of the document's console blocks, in their order.
fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in DOCUMENT.lines() {
        match (line, steps.last_mut()) {
            ("```console", _) => inside = true,
            ("```", _) => inside = false,
            (line, _) if inside && line.starts_with("$ ") => {
                steps.push(Step { command: line[2..].to_owned(), printed: String::new() });
            }
            (line, Some(step)) if inside && step.command.ends_with('\\') => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (line, Some(step)) if inside => step.printed += &format!("{line}\n"),
            _ => {}
        }
    }
    steps
}

#[test]
fn every_transcript_is_what_curl_shows() {
    insist_on_curl();
    let emulator = Emulator::start(World::demo()).unwrap();
    let mut document = DOCUMENT.to_owned();
    let mut different = Vec::new();
    for Step { command, printed } in steps() {
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).env("ORIGIN", emulator.origin()).env("NO_PROXY", "*");
        let output = shell.output().unwrap();
        let mut got = String::from_utf8(output.stdout).unwrap();
        if !got.is_empty() && !got.ends_with('\n') {
            got.push('\n');
        }
        if got != printed {
            document = document.replacen(
                &format!("$ {command}\n{printed}```"),
                &format!("$ {command}\n{got}```"),
                1,
            );
            different.push(format!("$ {command}\nprinted:\n{got}the document says:\n{printed}"));
        }
    }
    // Beside the build, so that whoever changed an answer can look at it and copy it.
    let corrected = concat!(env!("CARGO_TARGET_TMPDIR"), "/TRANSCRIPTS.md");
    if !different.is_empty() {
        std::fs::write(corrected, document).unwrap();
    }
    assert!(different.is_empty(), "{}\ncorrected in {corrected}", different.join("\n"));
}

#[test]
fn curl_unpacks_what_is_compressed_and_chunked() {
    insist_on_curl();
    let emulator = Emulator::start(World::demo()).unwrap();
    let target = format!("{}{}", emulator.origin(), Call::UserCount.path());
    let ask = |quirks: Quirks| {
        emulator.set_quirks(quirks);
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--compressed", "-d", "app_id=1", &target]);
        curl.output().unwrap()
    };
    let plain = ask(Quirks::none());
    for quirks in
        [Quirk::Gzip.into(), Quirk::Chunked.into(), Quirks::from(Quirk::Gzip).with(Quirk::Chunked)]
    {
        assert_eq!(ask(quirks), plain, "{quirks:?}");
    }
    assert!(plain.stdout.starts_with(b"{\"status\":\"4000\""));
}

/// Fails with what to do.
fn insist_on_curl() {
    let there = Command::new("curl").arg("--version").output();
    assert!(
        there.is_ok_and(|output| output.status.success()),
        "curl is not on the PATH, and the transcripts in TRANSCRIPTS.md are run with it; install \
         it: `sudo apt-get install curl`, or what your system calls it"
    );
}

#[test]
fn every_call_has_a_transcript() {
    let steps = steps();
    for call in Call::ALL {
        let path = format!("$ORIGIN{}", call.path());
        let grant = match call {
            Call::ServerToken => "grant_type=client_credential",
            Call::UserLogin => "grant_type=authorization_code",
            _ => "",
        };
        let found = steps
            .iter()
            .any(|Step { command, .. }| command.contains(&path) && command.contains(grant));
        assert!(found, "{call} has no transcript");
    }
}
