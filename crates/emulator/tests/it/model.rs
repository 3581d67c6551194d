//! Random operations against a small model of lifetimes, which is written from the rules and
//! shares nothing with the platform.

mod rules;

use std::thread;

use http::Request;
use yzb_emulator::{AuthCode, Platform, User, World};

use crate::scene::{CHECK, COUNT, REFRESH, TICKET, TOKEN};

use rules::{Given, answer, give, pick, refusal, success, text, until};

/// How many sequences, each from a seed of its own: 0, 1, 2, …
const SEQUENCES: u64 = 100_000;

const APPS: [&str; 2] = ["1", "2"];
const SECRETS: [&str; 2] = ["secret-of-1", "secret-of-2"];
const USER: &str = "u";
const MONTH: i64 = 30 * 24 * 3600;

/// What was given out, oldest first.
#[derive(Default)]
struct App {
    tokens: Vec<Given>,
    tickets: Vec<Given>,
    /// Of each login or refresh.
    accesses: Vec<Given>,
    refreshes: Vec<Given>,
}

struct Code {
    value: String,
    app: usize,
    until: i64,
    spent: bool,
}

/// The platform and the model of it, moving together.
struct Play {
    platform: Platform,
    apps: [App; 2],
    codes: Vec<Code>,
    now: i64,
    dice: u64,
    /// What was done and when, for whoever has to find out.
    story: Vec<(i64, &'static str, String)>,
}

#[test]
fn a_hundred_thousand_random_sequences_agree_with_the_model() {
    let workers = thread::available_parallelism().map_or(2, |n| n.get() as u64).min(SEQUENCES);
    thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || {
                (worker..SEQUENCES).step_by(workers as usize).for_each(play);
            });
        }
    });
}

/// A seed of which a run complained is played alone here.
#[test]
fn one_sequence_is_played_by_its_seed() {
    play(0);
}

fn play(seed: u64) {
    let world = World::new()
        .app(APPS[0], SECRETS[0])
        .app(APPS[1], SECRETS[1])
        .user(User::new(USER).adds(APPS[0], [] as [&str; 0]))
        .code(AuthCode::new("planted", APPS[0], USER))
        .seed(seed);
    let planted = Code { value: "planted".to_owned(), app: 0, until: i64::MAX, spent: false };
    let mut play = Play {
        platform: Platform::new(world),
        apps: Default::default(),
        codes: vec![planted],
        now: 1_654_569_706,
        dice: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635,
        story: Vec::new(),
    };
    for _ in 0..6 + play.roll(10) {
        play.step(seed);
    }
}

impl Play {
    /// xorshift64: another generator than the platform's.
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice |= 1;
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % sides
    }

    fn step(&mut self, seed: u64) {
        let app = usize::from(self.roll(4) == 0);
        let (expected, got) = match self.roll(14) {
            0..=2 => self.issue_token(app),
            3..=4 => self.issue_ticket(app),
            5..=6 => self.check_ticket(app),
            7 => self.check_token(app),
            8 => self.count(app),
            9 => self.login(app),
            10 => self.refresh(app),
            11 => self.check_login(app),
            12 => self.meddle(app),
            _ => self.wait(),
        };
        assert_eq!(got, expected, "sequence of seed {seed}, last step of:\n{:#?}", self.story);
    }

    fn ask(&mut self, path: &'static str, form: String) -> String {
        let request = Request::post(path).body(form).unwrap();
        let response = self.platform.answer(self.now as u64, &request);
        self.story.push((self.now, path, request.into_body()));
        String::from_utf8(response.into_body()).unwrap()
    }

    fn issue_token(&mut self, app: usize) -> (String, String) {
        let wrong = self.roll(8) == 0;
        let secret = if wrong { SECRETS[1 - app] } else { SECRETS[app] };
        let form = format!("app_id={}&secret={secret}&grant_type=client_credential", APPS[app]);
        let got = self.ask(TOKEN, form);
        if wrong {
            return (refusal("4000", "secret is invalid"), got);
        }
        let value = text(&got, "access_token");
        let data = format!(r#"{{"access_token":"{value}","expires_in":7200}}"#);
        give(&mut self.apps[app].tokens, value, self.now, (7200, 0), true);
        (success(&data), got)
    }

    fn issue_ticket(&mut self, app: usize) -> (String, String) {
        let (token, works) = self.some_token(app);
        let form = format!("app_id={}&access_token={token}&type=js_ticket", APPS[app]);
        let got = self.ask(TICKET, form);
        if !works {
            return (refusal("4102", "server_access_token is invalid"), got);
        }
        let value = text(&got, "ticket");
        let data = format!(r#"{{"ticket":"{value}","expires_in":7200}}"#);
        give(&mut self.apps[app].tickets, value, self.now, (7200, 600), true);
        (success(&data), got)
    }

    fn check_ticket(&mut self, app: usize) -> (String, String) {
        let (tickets, now) = (&self.apps[app].tickets, self.now);
        let picked = pick(tickets.len(), self.dice);
        let until = picked.and_then(|n| until(tickets, n, 7200, 600));
        let value = picked.map_or("x".to_owned(), |n| tickets[n].value.clone());
        let got = self.ask(CHECK, format!("app_id={}&type=js_ticket&code={value}", APPS[app]));
        (answer(until.filter(|until| now < *until), "js_ticket is invalid"), got)
    }

    fn check_token(&mut self, app: usize) -> (String, String) {
        let (token, _) = self.some_token(app);
        let tokens = &self.apps[app].tokens;
        let issued = tokens.iter().position(|given| given.value == token);
        let (until, now) = (issued.and_then(|n| until(tokens, n, 7200, 0)), self.now);
        let got = self.ask(CHECK, format!("app_id={}&type=access_token&code={token}", APPS[app]));
        (answer(until.filter(|until| now < *until), "server_access_token is invalid"), got)
    }

    fn count(&mut self, app: usize) -> (String, String) {
        let (token, works) = self.some_token(app);
        let got = self.ask(COUNT, format!("app_id={}&access_token={token}", APPS[app]));
        match works {
            true => (success(&format!(r#"{{"user_count":{}}}"#, 1 - app)), got),
            false => (refusal("4102", "server_access_token is invalid"), got),
        }
    }

    fn login(&mut self, app: usize) -> (String, String) {
        if self.roll(2) == 0 {
            let value = self.platform.issue_code(self.now as u64, APPS[app], USER);
            self.codes.push(Code { value, app, until: self.now + 300, spent: false });
        }
        let picked = pick(self.codes.len(), self.dice).unwrap();
        let now = self.now;
        let code = &mut self.codes[picked];
        let works = code.app == app && !code.spent && now < code.until;
        code.spent |= works;
        let code = code.value.clone();
        let form = format!(
            "app_id={}&secret={}&grant_type=authorization_code&code={code}",
            APPS[app], SECRETS[app]
        );
        let got = self.ask(TOKEN, form);
        match works {
            true => self.logged_in(app, got),
            false => (refusal("4102", "authorization_code is invalid"), got),
        }
    }

    fn refresh(&mut self, app: usize) -> (String, String) {
        let refreshes = &self.apps[app].refreshes;
        let picked = pick(refreshes.len(), self.dice);
        let token = picked.map_or("x".to_owned(), |n| refreshes[n].value.clone());
        let end = picked.and_then(|n| until(refreshes, n, MONTH, 0));
        let works = end.is_some_and(|end| self.now < end);
        let form = format!(
            "app_id={}&grant_type=refresh_token&open_id={USER}&refresh_token={token}",
            APPS[app]
        );
        let got = self.ask(REFRESH, form);
        match works {
            true => self.logged_in(app, got),
            false => (refusal("4102", "refresh_token is invalid"), got),
        }
    }

    fn logged_in(&mut self, app: usize, got: String) -> (String, String) {
        let (access, refresh) = (text(&got, "access_token"), text(&got, "refresh_token"));
        let data = format!(
            r#"{{"open_id":"{USER}","access_token":"{access}","expires_in":7200,"refresh_token":"{refresh}","scope":"sns_base"}}"#
        );
        let app = &mut self.apps[app];
        give(&mut app.accesses, access, self.now, (7200, 0), false);
        give(&mut app.refreshes, refresh, self.now, (MONTH, 0), false);
        (success(&data), got)
    }

    fn check_login(&mut self, app: usize) -> (String, String) {
        let accesses = &self.apps[app].accesses;
        let picked = pick(accesses.len(), self.dice);
        let until = picked.and_then(|n| until(accesses, n, 7200, 0));
        let value = picked.map_or("x".to_owned(), |n| accesses[n].value.clone());
        let form = format!("app_id={}&type=access_token&code={value}&open_id={USER}", APPS[app]);
        let now = self.now;
        let got = self.ask(CHECK, form);
        (answer(until.filter(|until| now < *until), "user_access_token is invalid"), got)
    }

    /// The platform takes the current token back; there may be none.
    fn meddle(&mut self, app: usize) -> (String, String) {
        self.story.push((self.now, "revoke the token of", APPS[app].to_owned()));
        let now = self.now;
        let last = self.apps[app].tokens.last_mut();
        let expected = last.is_some_and(|token| {
            let works = !token.revoked && now < token.at + 7200;
            token.revoked |= works;
            works
        });
        let got = self.platform.revoke_server_token(now as u64, APPS[app]);
        (expected.to_string(), got.to_string())
    }

    fn wait(&mut self) -> (String, String) {
        let seconds = [1, 299, 300, 599, 600, 3000, 7199, 7200, 2_592_000, -1, -600, -7200];
        self.now += seconds[self.roll(12) as usize];
        (String::new(), String::new())
    }

    /// A token that was given to this app, most often the last; and whether it works now.
    fn some_token(&mut self, app: usize) -> (String, bool) {
        let recent = self.roll(4) > 0;
        let (tokens, now) = (&self.apps[app].tokens, self.now);
        let picked =
            if recent { tokens.len().checked_sub(1) } else { pick(tokens.len(), self.dice) };
        picked.map_or(("x".to_owned(), false), |n| {
            let end = until(tokens, n, 7200, 0);
            (tokens[n].value.clone(), end.is_some_and(|end| now < end))
        })
    }
}
