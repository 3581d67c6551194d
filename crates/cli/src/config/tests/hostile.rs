//! Files that nobody would write.

use proptest::prelude::*;

use super::super::*;
use super::PUBLISHED;

/// Bytes, lines and pieces of our own files in any order, with a secret anywhere.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<String> = PUBLISHED
        .split_inclusive(['\n', ' '])
        .map(str::to_owned)
        .chain(
            [
                "planted",
                "planted: ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                "'",
                "\"",
                "&a ",
                "*a",
                "<<: ",
                "|\n",
                "? ",
                "!planted ",
                "\t",
                "\n",
                "  ",
                ": ",
                ",",
                "%planted\n",
                "---\n",
                "store: ",
                "redis: ",
                "url: ",
                "policy: ",
                "service: ",
                "listen: ",
                "{ env: ",
                "{ command: ",
                "redis://planted@",
            ]
            .map(str::to_owned),
        )
        .collect();
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(String::into_bytes),
        1 => any::<[u8; 2]>().prop_map(Vec::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A file that can be used, with some of its lines changed, dropped or doubled.
fn nearly_good() -> impl Strategy<Value = Vec<u8>> {
    let lines = PUBLISHED.lines().count();
    let change = (0..lines, 0..4_u8);
    prop::collection::vec(change, 0..4).prop_map(|changes| {
        let mut lines: Vec<String> = PUBLISHED.lines().map(str::to_owned).collect();
        for (at, change) in changes {
            let line = lines[at].clone();
            lines[at] = match change {
                0 => String::new(),
                1 => format!("{line}\n{line}"),
                2 => line.replacen(": ", ": planted", 1),
                _ => line.replacen('_', "planted", 1),
            };
        }
        lines.join("\n").into_bytes()
    })
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_or_say_a_word_of_it(
        bytes in prop_oneof![any_file(), nearly_good(), any::<Vec<u8>>()]
    ) {
        let reading = Config::read(&bytes);
        let shown: Vec<_> = reading.problems.iter().map(ToString::to_string).collect();
        prop_assert!(!shown.concat().contains("planted"), "{:#?}", shown);
        prop_assert!(reading.config.is_some() || !shown.is_empty());
        if let Some(config) = &reading.config {
            let shown = format!("{:?}", config.secrets());
            prop_assert!(!shown.contains("planted"));
        }
    }

    #[test]
    fn what_a_good_file_comes_to_has_no_secret_in_it(bytes in nearly_good()) {
        let Some(config) = Config::read(&bytes).config else { return Ok(()) };
        let shown = format!("{config:?}{}", report(&config, &report::Found::default()));
        for secret in ["planted-1", "planted-2", "planted-3"] {
            prop_assert!(!shown.contains(secret), "{}", shown);
        }
    }
}
