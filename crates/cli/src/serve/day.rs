//! A day of the service in pretended time, with a platform that misbehaves on a script.
//!
//! What runs is what `yzb serve` is made of: configuration, keeper, routes, recorder and metrics. Only
//! the time, the chance, the way to the platform and the store are handed in. `--nocapture` prints the
//! day and the metrics at its end.

mod scene;

use scene::{Minute, Scene};
use yzb_emulator::{Call, Quirk};

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// What goes wrong at the platform: a plan as `yzb emulate --faults` reads it, in seconds since
/// midnight. A code is renewed when it has a quarter of an hour left, so twelve minutes are shorter
/// than anything that is held, and three hours are longer than a code lives.
const SCRIPT: &str = "
seed: 6
faults:
  - { fault: outage, from: 3600, until: 4320 }                            # 01:00 to 01:12
  - { fault: server-error, http_status: 503, from: 5400, until: 6120 }    # 01:30 to 01:42
  - { fault: token-revoked, call: js-ticket, from: 18000, first: 1 }      # from 05:00, once
  - { fault: ip-refused, from: 28800, until: 29520 }                      # 08:00 to 08:12
  - { fault: outage, from: 36000, until: 46800 }                          # 10:00 to 13:00
  - { fault: ip-refused, from: 54000, until: 64800 }                      # 15:00 to 18:00
  - { fault: reset-during, from: 72000, until: 79200, chance: 0.3 }       # 20:00 to 22:00
  - { fault: malformed-json, from: 72000, until: 79200, chance: 0.3 }
  - { fault: silence, from: 72000, until: 79200, chance: 0.3 }
";

/// When statuses are spelled otherwise, in minutes since midnight.
const SPELLINGS: &[(u64, u64, Quirk)] = &[
    (2 * HOUR, 5 * HOUR, Quirk::StatusNumber),
    (6 * HOUR, 7 * HOUR, Quirk::StatusFloat),
    (13 * HOUR, 15 * HOUR, Quirk::StatusNumber),
];

/// When somebody else gets codes for our app, in minutes since midnight.
const FOREIGNERS: &[(u64, Foreigner)] = &[
    (7 * HOUR, Foreigner::OnOurStore),
    (9 * HOUR, Foreigner::AtAConsole),
    (19 * HOUR, Foreigner::OnOurStore),
    (23 * HOUR, Foreigner::AtAConsole),
];

/// In which minutes a page may go unsigned: from when nothing that was held when a long outage began is
/// sure to live, until it is over and the next attempt was due.
const LONG_OUTAGES: &[(u64, u64)] =
    &[(10 * HOUR + 13, 13 * HOUR + 1), (15 * HOUR + 13, 18 * HOUR + 1)];

/// Who else gets codes.
#[derive(Clone, Copy, Debug)]
enum Foreigner {
    /// A renewer of another kind, which writes them where we read.
    OnOurStore,
    /// A person, of whom nobody hears but the platform.
    AtAConsole,
}

#[tokio::test(start_paused = true)]
async fn a_day_of_misbehaviour_costs_no_signature_but_in_outages_longer_than_a_code_lives() {
    let mut scene = Scene::at_midnight(SCRIPT).await;
    let mut minutes = Vec::new();
    for minute in 0..DAY {
        scene.until(minute).await;
        scene.spell(SPELLINGS.iter().find(|(from, until, _)| (*from..*until).contains(&minute)));
        for (_, who) in FOREIGNERS.iter().filter(|(when, _)| *when == minute) {
            scene.foreigner(*who).await;
        }
        minutes.push(scene.sign_a_page().await);
    }
    scene.until(DAY).await;
    tell(&minutes);

    for (minute, outcome) in (0..).zip(&minutes) {
        let may_be_unsigned =
            LONG_OUTAGES.iter().any(|(from, until)| (*from..=*until).contains(&minute));
        match outcome {
            Minute::Signed => {}
            Minute::Unsigned(kind) => {
                assert!(may_be_unsigned, "{}: {kind}", clock(minute));
                assert_eq!(kind, "no-ticket", "{}", clock(minute));
            }
            Minute::Refused(verdict) => panic!("{}: {verdict}", clock(minute)),
        }
    }
    // In each long outage the codes did run out, or the script would show nothing.
    for (from, until) in LONG_OUTAGES {
        let unsigned = (*from..*until).filter(|minute| minutes[*minute as usize] != Minute::Signed);
        assert!(unsigned.count() > 30, "{}", clock(*from));
    }
    the_metrics_tell_the_same(&scene.metrics().await, &scene);
}

/// What the metrics say is what the platform saw and the script did.
fn the_metrics_tell_the_same(text: &str, scene: &Scene) {
    for line in text.lines().filter(|line| !line.contains("_bucket")) {
        println!("{line}");
    }
    let count = |name: &str, labels: &[&str]| sum(text, name, labels);
    // Whatever we sent arrived, and was counted.
    for (path, call) in [("/OAuth2/token", Call::ServerToken), ("/OAuth2/ticket", Call::JsTicket)] {
        let path = format!("path=\"{path}\"");
        assert_eq!(count("yzb_requests_total", &[&path]), scene.asked(call), "{call:?}");
    }
    // Each kind of trouble is there under its own name, as often as it struck.
    let strikes = scene.strikes();
    let [outage, gateway, revoked, refused, long_outage, long_refusal, chance @ ..] = &*strikes
    else {
        panic!("the script has other faults: {strikes:?}");
    };
    assert_eq!(count("yzb_requests_total", &["outcome=\"503\""]), *gateway);
    let broken = count("yzb_requests_total", &["outcome=\"closed\""]);
    assert_eq!(broken, outage + long_outage + chance[0]);
    assert!(*outage > 0 && *gateway > 0 && *refused > 0 && *long_refusal > 0, "{strikes:?}");
    assert_eq!(*revoked, 1);
    let event = |name: &str| count("yzb_code_events_total", &[&format!("event=\"{name}\"")]);
    // Both codes, by each of the two who write where we read.
    assert_eq!(event("foreign-writer"), 4);
    // Of those at a console only the platform knows: their token ends ours, and so did the script once;
    // their ticket leaves ours ten minutes, as does one of our own whose answer was lost.
    assert!(event("invalidated") >= 3);
    assert!(event("replaced-elsewhere") >= 2);
    assert!(event("perhaps-replaced") > 0, "answers were lost");
    assert!(event("failed") > 0);
    assert_eq!(count("yzb_renewal_failures_total", &[]), event("failed"));
    assert_eq!(count("yzb_apps", &[]), 1);
}

/// The sum of a counter over all its labels that have these among them.
fn sum(text: &str, name: &str, labels: &[&str]) -> u64 {
    let mut all = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (what, number) = line.rsplit_once(' ').unwrap();
        let (of, with) = what.split_once('{').unwrap_or((what, ""));
        if of == name && labels.iter().all(|label| with.contains(label)) {
            all += number.parse::<u64>().unwrap();
        }
    }
    all
}

/// The day in a few lines: what came of the page in which minutes.
fn tell(minutes: &[Minute]) {
    let mut from = 0;
    for same in minutes.chunk_by(|one, other| one == other) {
        let until = from + same.len() as u64;
        println!("{} to {}: {:?}", clock(from), clock(until), same[0]);
        from = until;
    }
}

fn clock(minute: u64) -> String {
    format!("{:02}:{:02}", minute / HOUR, minute % HOUR)
}
