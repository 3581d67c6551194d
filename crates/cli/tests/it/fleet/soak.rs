//! Three services, one of which is killed again and again wherever it happens to be, while the platform takes
//! the token away again and again.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use yzb_emulator::{Call, Fault, FaultKind};

use super::counts::{APP, Kind};
use super::gate::Way;
use super::scene::{Fleet, SHORT_TURNS};

const STEPS: [&str; 5] = ["take", "look", "save", "release", "time"];

/// `YZB_ROUNDS=200 YZB_SEED=7 cargo test -p yzb-cli --test it -- --ignored --nocapture fleet::soak`
#[test]
#[ignore = "it takes minutes"]
fn whoever_is_killed_wherever_it_is_no_two_requests_are_under_way_and_all_agree_again() {
    let mut random = Random(variable("YZB_SEED").unwrap_or(1).wrapping_mul(2).wrapping_add(1));
    let story = "killed again and again";
    let fleet = Fleet::new(story, SHORT_TURNS);
    let platform = &fleet.ground.platform;
    platform.set_faults(Fault::new(FaultKind::Delay).milliseconds(200));
    let mut members = [(); 3].map(|()| fleet.member(|_| {}));
    fleet.agree(&members.each_ref());
    let (mut twice, mut held) = (0, 0);
    let rounds = variable("YZB_ROUNDS").unwrap_or(20);
    for round in 0..rounds {
        let before = platform.calls(Call::ServerToken, None);
        let token = Kind::Token.of_record(&fleet.redis.get(&Kind::Token.key()).unwrap());
        let who = random.below(3);
        let step = STEPS[random.below(STEPS.len())];
        let name = if step == "time" { "time".into() } else { format!("{step} server-token") };
        let way = if random.below(2) == 0 { Way::Question } else { Way::Answer };
        members[who].gate.hold_after(&name, way, random.below(3));
        assert!(platform.revoke_server_token(APP));
        members.iter().for_each(|member| complain(member.service.address.clone(), &token));
        let patience = Duration::from_millis(random.below(800) as u64);
        let is_held = members[who].gate.is_held_within(patience);
        members[who].service.kill();
        if random.below(2) == 0 {
            members[who].gate.let_go();
        }
        let mut heir = fleet.member(|_| {});
        std::mem::swap(&mut members[who], &mut heir);
        fleet.agree(&members.each_ref());
        heir.gate.let_go();
        fleet.agree(&members.each_ref());
        let issued = platform.calls(Call::ServerToken, None) - before;
        assert!(
            (1..=2).contains(&issued),
            "round {round}: {issued} for one, {name} {way:?} {is_held}"
        );
        twice += issued - 1;
        held += usize::from(is_held);
        assert_eq!(platform.most_in_flight(Kind::Token.call(), APP), 1, "round {round}");
        assert_eq!(platform.calls(Call::JsTicket, None), 1, "round {round}");
    }
    println!("{rounds} rounds: {held} times killed at a message, {twice} codes lost");
}

/// Tells a service that the platform refused this token. Nobody waits for what it says.
fn complain(address: String, token: &str) {
    let body = format!("{{\"kind\":\"server-token\",\"code\":\"{token}\"}}");
    let request = format!(
        "POST /v1/apps/{APP}/invalidate HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        stream.read_to_end(&mut Vec::new())
    });
}

/// Numbers that a seed decides (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

#[expect(clippy::disallowed_methods, reason = "how long is said by whoever looks for a fault")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
