//! The issuer lives, and something goes wrong while it issues: the platform takes longer than a turn
//! lasts, or Redis fails at the wrong moment.

use super::counts::{APP, Counts, Kind, Tally};
use super::gate::Way;
use super::scene::{Fleet, LONG_TURNS, LOOKS_OFTEN, SHORT_TURNS, until};

#[test]
fn while_the_platform_is_slower_than_a_turn_lasts_nobody_else_asks_it() {
    Kind::each(|kind| {
        let story = format!("the platform is slower than a turn ({})", kind.name());
        let fleet = Fleet::new(&story, SHORT_TURNS);
        fleet.seed(kind.other());
        let (platform, road) = (&fleet.ground.platform, &fleet.ground.road);
        let tally = Tally::begin(&story, platform);
        road.hold(&format!("ask {}", kind.name()), Way::Answer);
        let issuer = fleet.member(|_| {});
        road.until_held();
        let other = fleet.member(|_| {});
        let take = format!("take {}", kind.name());
        // It keeps its turn every third of it: twice is not enough to last for longer than one.
        issuer.gate.until_answered(&take, 5);
        other.gate.until_asked(&take, 5);
        road.let_go();
        fleet.agree(&[&issuer, &other]);
        assert_eq!(platform.most_in_flight(kind.call(), APP), 1, "{story}");
        assert_eq!(tally.end(platform), Counts::only(kind, 1), "{story}");
    });
}

#[test]
fn a_record_that_redis_refuses_once_costs_no_other_issue() {
    Kind::each(|kind| {
        let story = format!("the first write is refused ({})", kind.name());
        let fleet = Fleet::new(&story, LONG_TURNS);
        fleet.seed(kind.other());
        let platform = &fleet.ground.platform;
        let tally = Tally::begin(&story, platform);
        let step = |step: &str| format!("{step} {}", kind.name());
        let issuer = fleet.member(|gate| {
            gate.hold(&step("save"), Way::Question);
            gate.refuse(&step("save"), "-LOADING Redis is loading the dataset in memory\r\n");
        });
        issuer.gate.until_held();
        let other = fleet.member(|_| {});
        other.gate.until_asked(&step("take"), 1);
        issuer.gate.let_go();
        issuer.gate.until_refused();
        fleet.agree(&[&issuer, &other]);
        assert_eq!(tally.end(platform), Counts::only(kind, 1), "{story}");
    });
}

#[test]
fn a_redis_that_refuses_writes_when_the_code_is_there_costs_no_other_issue() {
    Kind::each(|kind| {
        let story = format!("READONLY when the code is there ({})", kind.name());
        let fleet = Fleet::new(&story, LONG_TURNS);
        fleet.seed(kind.other());
        let platform = &fleet.ground.platform;
        let tally = Tally::begin(&story, platform);
        let step = |step: &str| format!("{step} {}", kind.name());
        let mut issuer = fleet.member(|gate| gate.hold(&step("save"), Way::Question));
        issuer.gate.until_held();
        let other = fleet.member(|_| {});
        other.gate.until_asked(&step("take"), 1);
        fleet.redis.command(&["REPLICAOF", "127.0.0.1", "1"]);
        issuer.gate.let_go();
        issuer.service.until_line("that it is not stored", |line| line["name"] == "store-failed");
        fleet.redis.command(&["REPLICAOF", "NO", "ONE"]);
        fleet.agree(&[&issuer, &other]);
        assert_eq!(tally.end(platform), Counts::only(kind, 1), "{story}");
    });
}

/// Redis dies while the platform answers, and is started again; how often the code was issued.
fn restarted_meanwhile(story: &str, lines: &str, kind: Kind, empty: bool) -> Counts {
    let mut fleet = Fleet::with(story, LONG_TURNS, lines);
    fleet.seed(kind.other());
    let tally = Tally::begin(story, &fleet.ground.platform);
    let step = |step: &str| format!("{step} {}", kind.name());
    fleet.ground.road.hold(&step("ask"), Way::Answer);
    let issuer = fleet.member(|_| {});
    fleet.ground.road.until_held();
    let other = fleet.member(|_| {});
    other.gate.until_asked(&step("take"), 1);
    let before = other.gate.asked(&step("take"));
    fleet.redis.restart();
    if empty {
        // Its turn is gone with the rest.
        until("another one has issued", || fleet.redis.get(&kind.key()).is_some());
    } else {
        other.gate.until_asked(&step("take"), before + 3);
    }
    fleet.ground.road.let_go();
    fleet.agree(&[&issuer, &other]);
    tally.end(&fleet.ground.platform)
}

#[test]
fn a_turn_outlives_a_restart_of_redis_that_keeps_its_data() {
    Kind::each(|kind| {
        let story = format!("Redis restarted while it is asked ({})", kind.name());
        let lines = "appendonly yes\nappendfsync always";
        let counts = restarted_meanwhile(&story, lines, kind, false);
        assert_eq!(counts, Counts::only(kind, 1), "{story}");
    });
}

#[test]
fn where_redis_lost_the_turn_two_issue_and_all_use_the_code_that_counts() {
    Kind::each(|kind| {
        let story = format!("Redis lost the turn ({})", kind.name());
        let counts = restarted_meanwhile(&story, "", kind, true);
        // The other kind's record was lost, too, and nobody had it.
        let other = Counts::only(kind.other(), 1);
        let wanted = Counts::only(kind, 2);
        assert!(counts == wanted || counts == wanted.and(other), "{story}: {counts}");
    });
}

#[test]
fn who_does_not_see_redis_issues_nothing_and_who_does_issues_for_both() {
    let story = "one of two sees no Redis at its start";
    let fleet = Fleet::new(story, LOOKS_OFTEN);
    let platform = &fleet.ground.platform;
    let tally = Tally::begin(story, platform);
    let mut blind = fleet.member(|gate| gate.reply(Some("-LOADING it reads its data\r\n")));
    blind.service.until_line("that it has none", |line| line["name"] == "failed");
    assert_eq!(Counts::of(platform), Counts::NONE);
    let mut other = fleet.member(|_| {});
    other.service.until_ready();
    assert_eq!(blind.service.get("/v1/ready").0, 503);
    blind.gate.reply(None);
    fleet.agree(&[&blind, &other]);
    assert_eq!(tally.end(platform), Counts { tokens: 1, tickets: 1 });
}

#[test]
fn two_that_start_on_a_way_that_is_slow_and_breaks_issue_each_code_once() {
    let story = "both start, delays and cuts";
    let fleet = Fleet::new(story, LONG_TURNS);
    let tally = Tally::begin(story, &fleet.ground.platform);
    let mut pair = [(); 2].map(|()| fleet.member(|gate| gate.be_rough(true)));
    pair.iter_mut().for_each(|member| member.service.until_ready());
    fleet.agree(&pair.each_ref());
    pair.iter().for_each(|member| member.gate.be_rough(false));
    fleet.agree(&pair.each_ref());
    assert_eq!(tally.end(&fleet.ground.platform), Counts { tokens: 1, tickets: 1 });
}
