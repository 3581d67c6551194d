//! The issuer is killed at each of its steps, for each kind of code, and another process goes on. There
//! are never two requests for one code under way, and none more than must be.

use yzb_emulator::{Fault, FaultKind};

use super::counts::{APP, Counts, Kind, Tally};
use super::gate::Way;
use super::scene::{Fleet, SHORT_TURNS, until};

/// Where the issuer is killed.
enum At {
    /// While a message between it and Redis is under way; others are doing this meanwhile.
    Redis(&'static str, Way, &'static str),
    /// While its request to the platform has not arrived.
    Asking,
    /// While the platform does not answer.
    Asked,
}

/// Plays it for each kind of code, which is then issued so often, and the other kind never.
fn killed(story: &str, at: &At, issues: usize) {
    Kind::each(|kind| {
        let issued = play(&format!("{story} ({})", kind.name()), at, kind);
        assert_eq!(issued, Counts::only(kind, issues), "{story} {kind:?}");
    });
}

fn play(story: &str, at: &At, kind: Kind) -> Counts {
    let fleet = Fleet::new(story, SHORT_TURNS);
    let (platform, road) = (&fleet.ground.platform, &fleet.ground.road);
    fleet.seed(kind.other());
    let asked = platform.calls(kind.call(), None);
    let tally = Tally::begin(story, platform);
    let step = |step: &str| format!("{step} {}", kind.name());
    match at {
        At::Asking => road.hold(&step("ask"), Way::Question),
        At::Asked => platform.set_faults(Fault::new(FaultKind::Silence).on(kind.call()).nth(1)),
        At::Redis(..) => {}
    }
    let mut issuer = fleet.member(|gate| {
        if let At::Redis(what, way, _) = at {
            gate.hold(&step(what), *way);
        }
    });
    let others_do = match at {
        At::Redis(_, _, others) => {
            issuer.gate.until_held();
            others
        }
        At::Asking => {
            road.until_held();
            "take"
        }
        At::Asked => {
            until("it is asked", || platform.calls(kind.call(), None) > asked);
            "take"
        }
    };
    let mut other = fleet.member(|_| {});
    other.gate.until_asked(&step(others_do), 1);
    issuer.service.kill();
    other.service.until_ready();
    fleet.agree(&[&other]);
    if let At::Redis(what, way, _) = at {
        // What the dead one sent may still arrive, when others have issued long since.
        issuer.gate.let_go();
        if *way == Way::Question {
            issuer.gate.until_answered(&step(what), 1);
        }
    }
    let mut heir = fleet.member(|_| {});
    heir.service.until_ready();
    fleet.agree(&[&other, &heir]);
    assert_eq!(platform.most_in_flight(kind.call(), APP), 1, "{story}");
    tally.end(platform)
}

#[test]
fn killed_while_it_asks_for_the_turn() {
    killed("asks for the turn", &At::Redis("take", Way::Question, "take"), 1);
}

#[test]
fn killed_when_it_has_the_turn_and_does_not_know_yet() {
    killed("has the turn, does not know", &At::Redis("take", Way::Answer, "take"), 1);
}

#[test]
fn killed_when_it_has_the_turn_and_its_request_has_not_arrived() {
    killed("has the turn, has not asked", &At::Asking, 1);
}

#[test]
fn killed_while_the_platform_answers() {
    // What the platform issued got lost with its reader.
    killed("has asked", &At::Asked, 2);
}

#[test]
fn killed_when_it_has_the_code_and_its_record_has_not_arrived() {
    // The code was known to nobody else.
    killed("has the code, not written", &At::Redis("save", Way::Question, "take"), 2);
}

#[test]
fn killed_when_its_record_is_written_and_it_does_not_know_yet() {
    killed("written, does not know", &At::Redis("save", Way::Answer, "look"), 1);
}

#[test]
fn killed_while_it_hands_the_turn_back() {
    killed("hands the turn back", &At::Redis("release", Way::Question, "look"), 1);
}
