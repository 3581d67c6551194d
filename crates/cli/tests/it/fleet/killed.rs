//! The issuer is killed at each of its steps, for each kind of code, and another process goes on. There
//! are never two requests for one code under way, and none more than must be.

use yzb_emulator::{Fault, FaultKind};

use super::counts::{APP, Counts, Kind, Tally};
use super::gate::Way;
use super::scene::{Fleet, Member, SHORT_TURNS, until};

/// Where the issuer is killed.
enum At {
    /// While a message between it and Redis is under way; the others have come as far as this.
    Redis(&'static str, Way, &'static str),
    /// While its request to the platform has not arrived.
    Asking,
    /// While the platform does not answer.
    Asked,
}

/// What there is when it begins.
#[derive(Clone, Copy, Debug)]
enum Code {
    None,
    Old,
}

/// Plays it for each kind of code, for the first one and for a renewal. Each time it is issued so often,
/// and the other kind never.
fn killed(story: &str, at: &At, issues: usize) {
    std::thread::scope(|scope| {
        for begin in [Code::None, Code::Old] {
            scope.spawn(move || {
                Kind::each(|kind| {
                    let what = if matches!(begin, Code::Old) { "renewed " } else { "" };
                    let story = format!("{story} ({what}{})", kind.name());
                    let issued = play(&story, at, kind, begin);
                    assert_eq!(issued, Counts::only(kind, issues), "{story}");
                });
            });
        }
    });
}

fn play(story: &str, at: &At, kind: Kind, begin: Code) -> Counts {
    let fleet = Fleet::new(story, SHORT_TURNS);
    let platform = &fleet.ground.platform;
    // Getting a ticket takes a token, so the token comes last.
    for seeded in [Kind::Ticket, Kind::Token] {
        match begin {
            _ if seeded != kind => fleet.seed(seeded),
            Code::Old => fleet.seed_old(seeded),
            Code::None => {}
        }
    }
    let before = fleet.redis.get(&kind.key());
    let tally = Tally::begin(story, platform);
    let (mut issuer, others_do) = until_there(&fleet, at, kind);
    let others = [fleet.member(|_| {}), fleet.member(|_| {})];
    let step = |step: &str| format!("{step} {}", kind.name());
    until("the others are there", || {
        // On a machine that has too much to do, the turn may be over before all have asked.
        others.iter().all(|other| other.gate.asked(&step(others_do)) > 0)
            || fleet.redis.get(&kind.key()) != before
    });
    issuer.service.kill();
    until("there is another code", || fleet.redis.get(&kind.key()) != before);
    fleet.agree(&others.each_ref());
    if let At::Redis(what, way, _) = at {
        // What the dead one sent may still arrive, when others have issued long since.
        issuer.gate.let_go();
        if *way == Way::Question {
            issuer.gate.until_answered(&step(what), 1);
        }
    }
    let heir = fleet.member(|_| {});
    let [one, other] = &others;
    fleet.agree(&[one, other, &heir]);
    assert_eq!(platform.most_in_flight(kind.call(), APP), 1, "{story}");
    tally.end(platform)
}

/// An issuer that has come as far as it is to come, and what the others do then.
fn until_there(fleet: &Fleet, at: &At, kind: Kind) -> (Member, &'static str) {
    let step = |step: &str| format!("{step} {}", kind.name());
    let (platform, road) = (&fleet.ground.platform, &fleet.ground.road);
    match at {
        At::Redis(what, way, others) => {
            let issuer = fleet.member(|gate| gate.hold(&step(what), *way));
            issuer.gate.until_held();
            (issuer, others)
        }
        At::Asking => {
            road.hold(&step("ask"), Way::Question);
            let issuer = fleet.member(|_| {});
            road.until_held();
            (issuer, "take")
        }
        At::Asked => {
            platform.set_faults(Fault::new(FaultKind::Silence).on(kind.call()).nth(1));
            let before = platform.calls(kind.call(), None);
            let issuer = fleet.member(|_| {});
            until("it is asked", || platform.calls(kind.call(), None) > before);
            (issuer, "take")
        }
    }
}

#[test]
fn killed_while_it_asks_for_the_turn() {
    killed("asks for the turn", &At::Redis("take", Way::Question, "look"), 1);
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
