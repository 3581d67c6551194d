//! Every quirk, seen on the wire by a raw socket.

use std::net::TcpStream;

use yzb_emulator::{DEFAULT_NOW, Emulator, Quirk, Quirks, SCOPE_BASE_INFO, World, demo};

use crate::raw::{Seen, connect, exchange};
use crate::scene::{ACCESS, ADDED, CHECK, COUNT, INFO, LIST, TOKEN, form};

/// A session whose first request was spelled plainly.
struct Session {
    emulator: Emulator,
    stream: TcpStream,
    token: String,
}

impl Session {
    fn with(quirks: impl Into<Quirks>) -> Self {
        let emulator = Emulator::start(World::demo()).unwrap();
        let mut stream = connect(&emulator);
        let token = token(&mut stream).json()["data"]["access_token"].as_str().unwrap().to_owned();
        emulator.set_quirks(quirks);
        Self { emulator, stream, token }
    }

    fn ask(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = ("access_token", &*self.token);
        let fields = [&[("app_id", demo::APP_ID), token], fields].concat();
        send(&mut self.stream, path, &form(&fields))
    }

    fn token(&mut self) -> Seen {
        token(&mut self.stream)
    }

    fn check(&mut self) -> Seen {
        let code = self.token.clone();
        self.ask(CHECK, &[("type", "access_token"), ("code", &code)])
    }

    fn info(&mut self) -> Seen {
        self.ask(INFO, &[("open_id", demo::ANGEL)])
    }

    fn added(&mut self) -> Seen {
        self.ask(ADDED, &[("open_id", demo::ANGEL)])
    }

    fn scopes(&mut self) -> Seen {
        self.ask(ACCESS, &[("open_id", demo::ANGEL)])
    }

    /// The last user of the list, and then nobody.
    fn users(&mut self, after: &str) -> Seen {
        self.ask(LIST, &[("load_more_id", after), ("load_more_count", "100")])
    }

    fn refused(&mut self) -> Seen {
        self.ask(INFO, &[("open_id", demo::STRANGER)])
    }
}

fn token(stream: &mut TcpStream) -> Seen {
    let grant = ("grant_type", "client_credential");
    let fields = [("app_id", demo::APP_ID), ("secret", demo::APP_SECRET), grant];
    send(stream, TOKEN, &form(&fields))
}

fn send(stream: &mut TcpStream, path: &str, body: &str) -> Seen {
    exchange(stream, &format!("POST {path} HTTP/1.1\nHost: x"), body.as_bytes())
}

#[test]
fn every_quirk_is_seen_on_the_wire() {
    for quirk in Quirk::ALL {
        demonstrate(*quirk);
    }
}

/// Insists on what the quirk's documentation says, spelled out in bytes.
fn demonstrate(quirk: Quirk) {
    let mut session = Session::with(quirk);
    let starts = |seen: &Seen, text: &str| {
        assert!(seen.body.starts_with(text.as_bytes()), "{quirk}: {seen:?}");
    };
    let holds = |seen: &Seen, text: &str| assert!(seen.text().contains(text), "{quirk}: {seen:?}");
    let lacks = |seen: &Seen, text: &str| assert!(!seen.text().contains(text), "{quirk}: {seen:?}");
    let ends = |seen: &Seen, text: &str| assert!(seen.text().ends_with(text), "{quirk}: {seen:?}");
    match quirk {
        Quirk::StatusNumber => starts(&session.refused(), r#"{"status":4104,"#),
        Quirk::StatusFloat => starts(&session.token(), r#"{"status":2000.0,"#),
        Quirk::StatusPadded => starts(&session.token(), r#"{"status":" 2000 ","#),
        Quirk::StatusZeroLed => starts(&session.token(), r#"{"status":"02000","#),
        Quirk::StatusExponent => starts(&session.refused(), r#"{"status":"4.104e3","#),
        Quirk::StatusBoolean => {
            starts(&session.token(), r#"{"status":true,"#);
            starts(&session.refused(), r#"{"status":false,"#);
        }
        Quirk::StatusNull => starts(&session.token(), r#"{"status":null,"#),
        Quirk::StatusMissing => starts(&session.token(), r#"{"message":"ok","data""#),
        Quirk::StatusTwice => starts(&session.token(), r#"{"status":"4000","status":"2000","#),
        Quirk::NumbersString => {
            ends(&session.ask(COUNT, &[]), r#""data":{"user_count":"252"}}"#);
            ends(&session.check(), r#""data":{"expires_in":"1654576906"}}"#);
            ends(&session.token(), r#","expires_in":"7200"}}"#);
        }
        Quirk::NumbersFloat => {
            ends(&session.ask(COUNT, &[]), r#""data":{"user_count":252.0}}"#);
            ends(&session.check(), r#""data":{"expires_in":1654576906.0}}"#);
        }
        Quirk::NumbersNegative => ends(&session.token(), r#","expires_in":-7200}}"#),
        Quirk::SpanZero => {
            ends(&session.token(), r#","expires_in":0}}"#);
        }
        Quirk::SpanMissing => lacks(&session.token(), "expires_in"),
        Quirk::SpanIsMoment => {
            ends(&session.token(), &format!(r#","expires_in":{}}}}}"#, DEFAULT_NOW + 7200));
        }
        Quirk::MomentIsSpan => ends(&session.check(), r#""data":{"expires_in":7200}}"#),
        Quirk::FlagsNumber => ends(&session.added(), r#""data":{"is_added":1}}"#),
        Quirk::FlagsDigit => ends(&session.added(), r#""data":{"is_added":"1"}}"#),
        Quirk::FlagsWord => ends(&session.added(), r#""data":{"is_added":"true"}}"#),
        Quirk::IdsNumber => holds(&session.users("252"), r#""data":[{"id":253,"open_id":""#),
        Quirk::SexNumber => ends(&session.info(), r#","sex":1}}"#),
        Quirk::SexUnknown => ends(&session.info(), r#","sex":"9"}}"#),
        Quirk::EmptyAs2000 => {
            let seen = session.users("253");
            assert_eq!(seen.text(), r#"{"status":"2000","message":"ok","data":[]}"#);
        }
        Quirk::FullAs2011 => {
            let seen = session.scopes();
            let data =
                format!(r#"{{"status":"2011","message":"ok","data":["{SCOPE_BASE_INFO}"]}}"#);
            assert_eq!(seen.text(), data);
            starts(&session.refused(), r#"{"status":"4104""#);
        }
        Quirk::SuccessUnknown => starts(&session.users("253"), r#"{"status":"2099""#),
        Quirk::DataMissing => {
            let seen = session.users("253");
            assert_eq!(seen.text(), r#"{"status":"2011","message":"ok"}"#);
            lacks(&session.refused(), "data");
            holds(&session.scopes(), "data");
        }
        Quirk::DataNull => ends(&session.refused(), r#","data":null}"#),
        Quirk::DataObject => ends(&session.users("253"), r#","data":{}}"#),
        Quirk::DataOfError => {
            holds(&session.refused(), r#","data":{"access_token":"0000"#);
            ends(&session.users("253"), r#","data":[]}"#);
        }
        Quirk::MessageMissing => starts(&session.token(), r#"{"status":"2000","data":{"#),
        Quirk::MessageNull => starts(&session.token(), r#"{"status":"2000","message":null,"#),
        Quirk::MessageHostile => {
            let seen = session.refused();
            holds(&seen, r"app\u000d\u000aINFO all is well\u001b[2J\u0007\u0000");
            assert_eq!(seen.json()["message"].as_str().unwrap().chars().count(), 2000);
        }
        Quirk::Bom => starts(&session.token(), "\u{feff}{\"status\""),
        Quirk::Padded => {
            let seen = session.users("253");
            let padded = " \r\n\t{\n\t \"status\" : \"2011\",\n\t \"message\" : \"ok\",\n\t \"data\" : []}\r\n \n";
            assert_eq!(seen.text(), padded);
        }
        Quirk::KeysShuffled => {
            starts(&session.info(), r#"{"data":{"sex":"1","avatar":"#);
            ends(&session.info(), r#"},"message":"ok","status":"2000"}"#);
        }
        Quirk::KeysUnknown => {
            let seen = session.info();
            starts(&seen, r#"{"request_id":{"#);
            holds(&seen, r#""data":{"internal_id":[["\"}",false],{}],"nick""#);
        }
        Quirk::UnicodeEscaped => {
            let seen = session.info();
            holds(&seen, r#""nick":"\u5929\u4f7f\ud83d\ude00""#);
            assert!(seen.body.is_ascii());
        }
        Quirk::SlashesEscaped => holds(&session.info(), r#""avatar":"https:\/\/upload."#),
        Quirk::Http400OfError | Quirk::Http403OfError => {
            let http = if quirk == Quirk::Http400OfError { 400 } else { 403 };
            let seen = session.refused();
            assert_eq!((seen.http(), seen.status().as_str()), (http, "4104"));
            assert_eq!(session.token().http(), 200);
        }
        Quirk::Http500OfSuccess => {
            let seen = session.token();
            assert_eq!((seen.http(), seen.status().as_str()), (500, "2000"));
            assert_eq!(session.refused().http(), 200);
        }
        Quirk::LabelHtml => {
            assert_eq!(session.token().header("content-type"), Some("text/html; charset=utf-8"));
        }
        Quirk::LabelMissing => assert_eq!(session.token().header("content-type"), None),
        Quirk::Chunked => {
            let seen = session.token();
            assert_eq!(seen.header("transfer-encoding"), Some("chunked"));
            assert_eq!((seen.header("content-length"), seen.status().as_str()), (None, "2000"));
        }
        Quirk::Gzip => {
            let seen = session.token();
            assert_eq!(seen.header("content-encoding"), Some("gzip"));
            assert_eq!(seen.body[..3], [0x1f, 0x8b, 8]);
            let length = seen.body.len() - 18 - 5;
            let stored = &seen.body[15..15 + length];
            assert!(stored.starts_with(br#"{"status":"2000""#) && stored.ends_with(b"}}"));
        }
        _ => panic!("{quirk} has no demonstration"),
    }
}

#[test]
fn quirks_go_together() {
    let quirks = [Quirk::StatusNumber, Quirk::Bom, Quirk::Padded, Quirk::DataNull, Quirk::Chunked];
    let mut session = Session::with(Quirks::from_iter(quirks));
    let seen = session.users("253");
    assert_eq!(seen.header("transfer-encoding"), Some("chunked"));
    let body = "\u{feff} \r\n\t{\n\t \"status\" : 2011,\n\t \"message\" : \"ok\",\n\t \"data\" : null}\r\n \n";
    assert_eq!(seen.text(), body);
}

#[test]
fn without_quirks_nothing_of_them_is_there() {
    let mut session = Session::with(Quirks::none());
    let seen = session.users("253");
    assert_eq!(seen.text(), r#"{"status":"2011","message":"ok","data":[]}"#);
    assert_eq!(seen.header("content-length"), Some("42"));
}

#[test]
fn drawn_by_a_seed_the_same_session_looks_the_same_again() {
    let spoken = |seed| {
        let emulator =
            Emulator::builder(World::demo()).quirks(Quirks::all().seeded(seed)).start().unwrap();
        let mut stream = connect(&emulator);
        (0..30).map(|_| token(&mut stream)).map(|seen| (seen.head, seen.body)).collect::<Vec<_>>()
    };
    let first = spoken(7);
    assert_eq!(first, spoken(7));
    assert_ne!(first, spoken(8));
    let different = |n: usize| first[n].1.len() != first[0].1.len();
    assert!((1..30).any(different), "the answers of one session differ");
}

#[test]
fn a_quirk_changes_the_spelling_and_not_what_happens() {
    let mut session = Session::with(Quirks::all().seeded(3));
    for _ in 0..20 {
        session.ask(CHECK, &[("type", "access_token"), ("code", "x")]);
        session.emulator.set_quirks(Quirks::none());
        assert_eq!(session.scopes().status(), "2000", "the token still works");
        session.emulator.set_quirks(Quirks::all());
    }
}
