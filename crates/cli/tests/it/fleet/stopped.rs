//! The issuer stands still for longer than its turn lasts, wakes up, and goes on as if nothing had been.

use super::counts::{Counts, Kind, Tally};
use super::gate::Way;
use super::scene::{Fleet, Member, SHORT_TURNS, until};

/// Stops a service whose message is held, and has another one issue in its place.
fn sleep_through(fleet: &Fleet, issuer: &Member) -> Member {
    issuer.service.signal("STOP");
    let mut successor = fleet.member(|_| {});
    successor.service.until_ready();
    fleet.agree(&[&successor]);
    successor
}

/// How often an event of this name happened to a code.
fn events(member: &Member, kind: Kind, event: &str) -> usize {
    let (_, metrics) = member.service.get("/metrics");
    let named = |line: &&str| {
        line.starts_with("yzb_code_events_total")
            && line.contains(&format!("\"{}\"", kind.name()))
            && line.contains(&format!("event=\"{event}\""))
    };
    let line = metrics.lines().find(named);
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn what_learns_of_its_turn_when_the_turn_is_over_asks_nobody() {
    Kind::each(|kind| {
        let story = format!("slept before it knew of its turn ({})", kind.name());
        let fleet = Fleet::new(&story, SHORT_TURNS);
        fleet.seed(kind.other());
        let tally = Tally::begin(&story, &fleet.ground.platform);
        let take = format!("take {}", kind.name());
        let issuer = fleet.member(|gate| gate.hold(&take, Way::Answer));
        issuer.gate.until_held();
        let successor = sleep_through(&fleet, &issuer);
        issuer.gate.let_go();
        issuer.service.signal("CONT");
        fleet.agree(&[&issuer, &successor]);
        assert_eq!(tally.end(&fleet.ground.platform), Counts::only(kind, 1), "{story}");
    });
}

#[test]
fn what_wakes_up_between_its_turn_and_its_request_does_not_send_it() {
    Kind::each(|kind| {
        let story = format!("slept before it asked ({})", kind.name());
        let fleet = Fleet::new(&story, SHORT_TURNS);
        fleet.seed(kind.other());
        let tally = Tally::begin(&story, &fleet.ground.platform);
        // With the turn, it looks once more; the last it heard is that there is nothing.
        let look = format!("look {}", kind.name());
        let mut issuer = fleet.member(|gate| gate.hold_after(&look, Way::Answer, 1));
        issuer.gate.until_held();
        let successor = sleep_through(&fleet, &issuer);
        issuer.gate.let_go();
        issuer.service.signal("CONT");
        issuer.service.until_line("that it is too late", |line| {
            line["name"] == "failed" && line["kind"] == kind.name()
        });
        fleet.agree(&[&issuer, &successor]);
        assert!(issuer.service.log.contains("TooLateToSend"), "{}", issuer.service.log);
        assert_eq!(tally.end(&fleet.ground.platform), Counts::only(kind, 1), "{story}");
    });
}

#[test]
fn what_wakes_up_with_an_answer_gives_way_to_its_successor() {
    Kind::each(|kind| {
        let story = format!("slept with its request under way ({})", kind.name());
        let fleet = Fleet::new(&story, SHORT_TURNS);
        fleet.seed(kind.other());
        let (platform, road) = (&fleet.ground.platform, &fleet.ground.road);
        let tally = Tally::begin(&story, platform);
        road.hold(&format!("ask {}", kind.name()), Way::Answer);
        let issuer = fleet.member(|_| {});
        road.until_held();
        let successor = sleep_through(&fleet, &issuer);
        let record = fleet.redis.get(&kind.key());
        road.let_go();
        issuer.service.signal("CONT");
        until("it finds that there is a newer one", || events(&issuer, kind, "refused") == 1);
        fleet.agree(&[&issuer, &successor]);
        assert_eq!(fleet.redis.get(&kind.key()), record, "{story}");
        assert_eq!(tally.end(platform), Counts::only(kind, 2), "{story}");
    });
}

#[test]
fn what_was_written_while_its_writer_slept_is_refused() {
    Kind::each(|kind| {
        let story = format!("slept while it wrote ({})", kind.name());
        let fleet = Fleet::new(&story, SHORT_TURNS);
        fleet.seed(kind.other());
        let platform = &fleet.ground.platform;
        let tally = Tally::begin(&story, platform);
        let save = format!("save {}", kind.name());
        let issuer = fleet.member(|gate| gate.hold(&save, Way::Question));
        issuer.gate.until_held();
        let successor = sleep_through(&fleet, &issuer);
        let record = fleet.redis.get(&kind.key());
        issuer.gate.let_go();
        issuer.gate.until_answered(&save, 1);
        assert_eq!(fleet.redis.get(&kind.key()), record, "the late write was refused: {story}");
        issuer.service.signal("CONT");
        until("it finds that there is a newer one", || events(&issuer, kind, "refused") == 1);
        fleet.agree(&[&issuer, &successor]);
        assert_eq!(fleet.redis.get(&kind.key()), record, "{story}");
        assert_eq!(tally.end(platform), Counts::only(kind, 2), "{story}");
    });
}
