//! Redis is away, slow, full, strict or confused while two services hold good codes: what they hold is
//! served, nothing is issued, and what Redis lost is written again.

use redis::ConnectionLike as _;

use super::counts::{Counts, Kind, Tally};
use super::scene::{Fleet, LOOKS_OFTEN, Member, until};
use crate::redis::server::PASSWORD;

/// Two services, what they serve, and their Redis.
struct Outage {
    fleet: Fleet,
    pair: [Member; 2],
    codes: [String; 2],
    tally: Tally,
}

impl Outage {
    /// Begins where all is well, with these lines in the configuration of the server.
    fn begin(story: &str, lines: &str) -> Self {
        let fleet = Fleet::with(story, LOOKS_OFTEN, lines);
        let pair = fleet.pair();
        let codes = Kind::BOTH.map(|kind| kind.of_record(&fleet.redis.get(&kind.key()).unwrap()));
        let tally = Tally::begin(story, &fleet.ground.platform);
        Self { fleet, pair, codes, tally }
    }

    /// Waits until both have met this, by a word of what the caches or the store log of it; and serve
    /// what they have all the same.
    fn until_met(&mut self, problem: &str) {
        for member in &mut self.pair {
            member.service.until_line(problem, |line| {
                let told =
                    |field: &str| line[field].as_str().is_some_and(|it| it.contains(problem));
                told("failure") || line["name"] == "store-failed" && told("event")
            });
        }
        self.serve();
    }

    /// Both are ready, and serve what they always did.
    fn serve(&self) {
        for member in &self.pair {
            assert_eq!(member.service.get("/v1/ready").0, 200);
            for (kind, code) in Kind::BOTH.iter().zip(&self.codes) {
                let (path, field) = kind.served();
                assert_eq!(member.service.field(&path, field), *code);
            }
        }
    }

    /// All is well again: the same codes as before are in Redis, and none was issued.
    fn end(self) {
        for (kind, code) in Kind::BOTH.iter().zip(&self.codes) {
            until("it is in Redis again", || {
                self.fleet.redis.get(&kind.key()).is_some_and(|text| kind.of_record(&text) == *code)
            });
        }
        self.fleet.agree(&self.pair.each_ref());
        self.serve();
        assert_eq!(self.tally.end(&self.fleet.ground.platform), Counts::NONE);
    }

    /// Deletes both records, and makes the server a replica of nobody who answers, at once.
    fn lose_records_and_become_a_replica(&self) {
        let url = format!("redis://127.0.0.1:{}", self.fleet.redis.port);
        let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
        let [token, ticket] = Kind::BOTH.map(Kind::key);
        for words in
            [&["MULTI"][..], &["DEL", &token, &ticket], &["REPLICAOF", "127.0.0.1", "1"], &["EXEC"]]
        {
            let answer = connection.req_command(redis::cmd(words[0]).arg(&words[1..]));
            answer.unwrap().extract_error().unwrap();
        }
    }
}

#[test]
fn redis_dies_and_comes_back_with_its_data() {
    let mut outage =
        Outage::begin("Redis restarted with its data", "appendonly yes\nappendfsync always");
    outage.fleet.redis.kill();
    outage.until_met("Redis");
    outage.fleet.redis.restart();
    outage.end();
}

#[test]
fn redis_dies_and_comes_back_empty() {
    let mut outage = Outage::begin("Redis restarted empty", "");
    outage.fleet.redis.kill();
    outage.until_met("Redis");
    outage.fleet.redis.restart();
    outage.end();
}

#[test]
fn redis_pauses_its_clients() {
    let mut outage = Outage::begin("CLIENT PAUSE", "");
    outage.fleet.redis.command(&["CLIENT", "PAUSE", "2500", "ALL"]);
    outage.until_met("did not answer in time");
    outage.end();
}

#[test]
fn redis_stands_still() {
    let mut outage = Outage::begin("Redis stopped and continued", "");
    outage.fleet.redis.signal("STOP");
    outage.until_met("did not answer in time");
    outage.fleet.redis.signal("CONT");
    outage.end();
}

#[test]
fn redis_evicts_everything_and_has_no_room() {
    let mut outage = Outage::begin("evicted, out of memory", "maxmemory-policy allkeys-random");
    outage.fleet.redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    outage.until_met("no memory left");
    assert_eq!(outage.fleet.redis.get(&Kind::Ticket.key()), None);
    outage.fleet.redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    outage.end();
}

#[test]
fn somebody_deletes_the_records() {
    let outage = Outage::begin("records deleted", "");
    for _ in 0..3 {
        let [token, ticket] = Kind::BOTH.map(Kind::key);
        outage.fleet.redis.command(&["DEL", &token, &ticket]);
        outage.fleet.agree(&outage.pair.each_ref());
    }
    outage.end();
}

#[test]
fn redis_becomes_a_replica_and_a_master_again() {
    let mut outage = Outage::begin("records lost, READONLY", "");
    outage.lose_records_and_become_a_replica();
    outage.until_met("replica");
    outage.fleet.redis.command(&["REPLICAOF", "NO", "ONE"]);
    outage.end();
}

#[test]
fn redis_reads_its_data() {
    let mut outage = Outage::begin("LOADING", "");
    for member in &outage.pair {
        member.gate.reply(Some("-LOADING Redis is loading the dataset in memory\r\n"));
    }
    outage.until_met("reading its data");
    for member in &outage.pair {
        member.gate.reply(None);
    }
    outage.end();
}

#[test]
fn the_password_is_another_for_a_while() {
    let mut outage = Outage::begin("wrong password", "");
    let redis = &outage.fleet.redis;
    redis.command(&["ACL", "SETUSER", "yzb", "resetpass", ">planted-other"]);
    redis.kill_clients();
    outage.until_met("password");
    let password = format!(">{PASSWORD}");
    outage.fleet.redis.command(&["ACL", "SETUSER", "yzb", &password]);
    outage.end();
}

#[test]
fn the_way_to_redis_is_slow_and_breaks() {
    let outage = Outage::begin("delays and cuts", "");
    let asked = |member: &Member| member.gate.asked("look server-token");
    let before = outage.pair.each_ref().map(asked);
    outage.pair.iter().for_each(|member| member.gate.be_rough(true));
    until("both have looked often", || {
        outage.serve();
        outage.pair.iter().zip(before).all(|(member, before)| asked(member) >= before + 6)
    });
    outage.pair.iter().for_each(|member| member.gate.be_rough(false));
    outage.end();
}
