//! This client against every quirk that the emulator knows: each is accepted or refused as the
//! rules of the protocol crate say, and `QUIRKS.md` is what was seen.

mod calls;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use yzb_emulator::{Emulator, Quirk, Quirks, World};
use yzb_transport::{Client, HyperTransport};

use calls::{Came, Cast};

/// What the rules say must become of the answers that a quirk touches.
enum Rule {
    /// They are read, and mean what they mean without the quirk.
    Same,
    /// They are read and mean something else, as told here.
    Other(&'static str),
    /// They are refused with this.
    Refused(&'static str),
}

/// The rules, from the protocol's list of what must be accepted. A new quirk without one fails the
/// tests.
fn rule(quirk: Quirk) -> Rule {
    match quirk.name() {
        "status-number" | "status-float" | "status-padded" => Rule::Same,
        "status-zero-led" | "status-exponent" | "status-boolean" | "status-null"
        | "status-missing" | "status-twice" => Rule::Refused("field status"),
        "numbers-string" | "numbers-float" => Rule::Same,
        "numbers-negative" => Rule::Refused("field expires_in, field user_count"),
        "span-zero" | "span-missing" => Rule::Other("due at once"),
        "span-is-moment" | "moment-is-span" => Rule::Refused("field expires_in"),
        "flags-number" | "flags-digit" | "flags-word" | "ids-number" | "sex-number" => Rule::Same,
        "sex-unknown" => Rule::Other("the value is kept"),
        "empty-as-2000" | "full-as-2011" => Rule::Same,
        "success-unknown" => Rule::Same,
        "data-missing" | "data-null" | "data-object" | "data-of-error" => Rule::Same,
        "message-missing" | "message-null" | "message-hostile" => Rule::Same,
        "bom" | "padded" | "keys-shuffled" | "keys-unknown" => Rule::Same,
        "unicode-escaped" | "slashes-escaped" => Rule::Same,
        "http-400-of-error" | "http-403-of-error" => Rule::Same,
        "http-500-of-success" => Rule::Refused("http-status"),
        "label-html" | "label-missing" | "chunked" => Rule::Same,
        "gzip" => Rule::Refused("unexpected-encoding"),
        unknown => panic!("no rule for the quirk {unknown}: write one"),
    }
}

/// Every call under some quirks, beside the same calls without them.
async fn compare(quirks: impl Into<Quirks>) -> BTreeMap<&'static str, (Came, Came)> {
    let plain = all_calls(Quirks::none()).await;
    let odd = all_calls(quirks.into()).await;
    plain.into_iter().zip(odd).map(|((call, plain), (_, odd))| (call, (plain, odd))).collect()
}

/// The tokens are drawn from the world's seed, so two runs differ by the quirks alone.
async fn all_calls(quirks: Quirks) -> Vec<(&'static str, Came)> {
    let emulator = Emulator::start(World::demo()).unwrap();
    let client = Client::new(HyperTransport::new(), emulator.origin().parse().unwrap());
    let cast = Cast::prepare(&client).await;
    emulator.set_quirks(quirks);
    calls::each(&client, &cast).await
}

/// What the quirk did to the calls that it touched.
fn judge(quirk: Quirk, calls: &BTreeMap<&'static str, (Came, Came)>) -> Row {
    let mut row = Row { quirk, drift: Vec::new(), refused: Vec::new(), changed: Vec::new() };
    for (call, (plain, odd)) in calls {
        match &odd.outcome {
            Ok(meaning) if Ok(meaning) == plain.outcome.as_ref() => {}
            Ok(_) => row.changed.push(call),
            Err(kind) => row.refused.push((call, kind.clone())),
        }
        row.drift.extend(odd.drift.iter().copied());
    }
    row.drift.sort_unstable();
    row.drift.dedup();
    row
}

struct Row {
    quirk: Quirk,
    drift: Vec<&'static str>,
    refused: Vec<(&'static str, String)>,
    changed: Vec<&'static str>,
}

impl Row {
    fn verdict(&self) -> String {
        match rule(self.quirk) {
            Rule::Same => "accepted".to_owned(),
            Rule::Other(meaning) => format!("accepted: {meaning}"),
            Rule::Refused(kind) => format!("refused: {kind}"),
        }
    }

    fn touched(&self) -> String {
        let refused = self.refused.iter().map(|(call, _)| *call);
        let calls: Vec<&str> = refused.chain(self.changed.iter().copied()).collect();
        match calls.len() {
            0 => "-".to_owned(),
            many if many > 8 => format!("{many} of {} calls", calls::NUMBER),
            _ => calls.join(", "),
        }
    }

    fn assert_as_ruled(&self) {
        let (name, refused) = (self.quirk.name(), &self.refused);
        match rule(self.quirk) {
            Rule::Same => {
                assert!(refused.is_empty(), "{name} must be accepted: {refused:?}");
                assert!(self.changed.is_empty(), "{name} must not matter: {:?}", self.changed);
            }
            Rule::Other(_) => {
                assert!(refused.is_empty(), "{name} must be accepted: {refused:?}");
                assert!(!self.changed.is_empty(), "{name} must show");
            }
            Rule::Refused(kinds) => {
                // A login or refresh does without the span of a token that nobody needs.
                let misread = self.changed.iter().any(|call| *call != "refresh");
                assert!(!misread, "{name} must not be misread: {:?}", self.changed);
                assert!(!refused.is_empty(), "{name} must be refused");
                for (call, kind) in refused {
                    assert!(
                        kinds.split(", ").any(|wanted| wanted == kind),
                        "{name}, {call}: {kind}"
                    );
                }
            }
        }
    }

    fn line(&self) -> String {
        let drift = if self.drift.is_empty() { "-".to_owned() } else { self.drift.join(", ") };
        let about = self.quirk.about().replace('|', "\\|");
        format!(
            "| `{}` | {about} | {} | {} | {drift} |",
            self.quirk.name(),
            self.verdict(),
            self.touched()
        )
    }
}

const HEAD: &str = "\
# This client against every quirk

What `yzb-proto` and `yzb-transport` make of each way in which the emulator can spell its answers.
Written by a test (`tests/it/quirks.rs`) from what it saw over a socket; the test also holds each
row to the rules and fails when this page is not what it would write.

*Accepted* means: every call has the outcome that it has without the quirk, and what had to be
forgiven is reported as drift. A refresh stands for a login, too: of a user's token, which is
\"temporarily useless\", what cannot be read is left out, and the `open_id` is kept.

| quirk | what it does | outcome | calls refused or changed | drift reported |
|---|---|---|---|---|
";

#[tokio::test]
async fn each_quirk_is_accepted_or_refused_as_the_rules_say() {
    let mut page = HEAD.to_owned();
    for &quirk in Quirk::ALL {
        let row = judge(quirk, &compare(quirk).await);
        row.assert_as_ruled();
        writeln!(page, "{}", row.line()).unwrap();
    }
    let written = include_str!("../../QUIRKS.md");
    assert!(page == written, "QUIRKS.md should be:\n{page}");
}

#[tokio::test]
async fn all_that_is_accepted_is_accepted_together() {
    let accepted = |quirk: &&Quirk| matches!(rule(**quirk), Rule::Same);
    // Quirks about one thing take turns with it, by the seed.
    for seed in 0..40 {
        let quirks: Quirks = Quirk::ALL.iter().filter(accepted).copied().collect();
        for (call, (plain, odd)) in compare(quirks.seeded(seed)).await {
            assert_eq!(odd.outcome, plain.outcome, "{call} with seed {seed}");
        }
    }
}
