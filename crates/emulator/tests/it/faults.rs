//! Every fault, seen on the wire by a raw socket.

mod together;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use yzb_emulator::{Call, Emulator, Fault, FaultKind, FaultPlan, World, demo};

use crate::raw::{Seen, connect, post, read, read_head};
use crate::scene::{CHECK, Scene, TICKET, TOKEN, form};

fn with(plan: impl Into<FaultPlan>) -> Emulator {
    Emulator::builder(World::demo()).faults(plan).start().unwrap()
}

fn token_form() -> String {
    let grant = ("grant_type", "client_credential");
    form(&[("app_id", demo::APP_ID), ("secret", demo::APP_SECRET), grant])
}

fn ask_token(emulator: &Emulator) -> Seen {
    post(emulator, TOKEN, &token_form())
}

fn token(emulator: &Emulator) -> String {
    ask_token(emulator).json()["data"]["access_token"].as_str().unwrap().to_owned()
}

fn ask_ticket(emulator: &Emulator, token: &str) -> Seen {
    let token = ("access_token", token);
    post(emulator, TICKET, &form(&[("app_id", demo::APP_ID), token, ("type", "js_ticket")]))
}

fn check(emulator: &Emulator, kind: &str, code: &str) -> Seen {
    post(emulator, CHECK, &form(&[("app_id", demo::APP_ID), ("type", kind), ("code", code)]))
}

/// A connection over which a token was asked for, and nothing read.
fn asked(emulator: &Emulator) -> TcpStream {
    let mut stream = connect(emulator);
    let body = token_form();
    let length = body.len();
    let head = format!("POST {TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

/// All that comes, and how it ended.
fn rest(stream: &mut TcpStream) -> (Vec<u8>, Result<(), ErrorKind>) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (bytes, Ok(())),
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
            Err(error) => return (bytes, Err(error.kind())),
        }
    }
}

/// The head, the length it promises, and the body that came, then how it ended.
fn body_of(stream: &mut TcpStream) -> (usize, Vec<u8>, Result<(), ErrorKind>) {
    let seen = Seen { head: read_head(stream), body: Vec::new() };
    let length = seen.header("content-length").unwrap().parse().unwrap();
    let (body, end) = rest(stream);
    (length, body, end)
}

#[test]
fn every_fault_is_seen_on_the_wire() {
    for kind in FaultKind::ALL {
        demonstrate(*kind);
    }
}

fn demonstrate(kind: FaultKind) {
    let reset = Err(ErrorKind::ConnectionReset);
    let emulator = with(Fault::new(kind).on(Call::ServerToken).first(1));
    let mut stream = asked(&emulator);
    match kind {
        FaultKind::Delay => delay_comes_late(),
        FaultKind::Silence => {
            stream.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
            let (bytes, end) = rest(&mut stream);
            assert_eq!((bytes.len(), end), (0, Err(ErrorKind::WouldBlock)), "open, and silent");
        }
        FaultKind::ResetBefore => assert_eq!(rest(&mut stream), (Vec::new(), reset)),
        FaultKind::ResetDuring => {
            let (length, body, end) = body_of(&mut stream);
            assert_eq!((body.len(), end), (length / 2, reset));
        }
        FaultKind::ResetAfter => {
            let (length, body, end) = body_of(&mut stream);
            assert_eq!((body.len(), end), (length, reset));
        }
        FaultKind::Truncated => {
            let (length, body, end) = body_of(&mut stream);
            assert_eq!((body.len(), end), (length / 2, Ok(())));
        }
        FaultKind::LengthTooLong => {
            let (length, body, end) = body_of(&mut stream);
            assert_eq!((body.len() + 64, end), (length, Ok(())));
            assert!(body.ends_with(b"}}"));
        }
        FaultKind::LengthTooShort => {
            let (length, body, end) = body_of(&mut stream);
            assert_eq!((body.len() / 2, end), (length, Ok(())));
            assert!(body.ends_with(b"}}"));
        }
        FaultKind::Drip => drip_comes_byte_by_byte(),
        FaultKind::MalformedJson => {
            let seen = read(&mut stream);
            assert_eq!(seen.http(), 200);
            assert!(serde_json::from_slice::<serde_json::Value>(&seen.body).is_err());
        }
        FaultKind::EmptyBody => {
            let seen = read(&mut stream);
            assert_eq!((seen.http(), seen.header("content-length")), (200, Some("0")));
        }
        FaultKind::Oversized => {
            let seen = read(&mut stream);
            assert!(seen.body.len() > 1 << 20);
            assert_eq!(seen.status(), "2000");
        }
        FaultKind::ServerError => {
            let seen = read(&mut stream);
            assert_eq!(seen.http(), 502);
            assert_eq!(seen.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(seen.text().contains("<h1>502 Bad Gateway</h1>"));
        }
        FaultKind::TooManyRequests => {
            let seen = read(&mut stream);
            assert_eq!((seen.http(), seen.header("retry-after")), (429, Some("1")));
        }
        FaultKind::Redirect => {
            let seen = read(&mut stream);
            let elsewhere = Some("https://elsewhere.example.invalid/");
            assert_eq!((seen.http(), seen.header("location")), (302, elsewhere));
        }
        FaultKind::Outage => assert_eq!(rest(&mut stream), (Vec::new(), Ok(()))),
        FaultKind::IpRefused => {
            let seen = read(&mut stream);
            assert_eq!((seen.http(), seen.status().as_str()), (200, "4000"));
            assert_eq!(seen.json()["message"], "ip is not allowed");
        }
        FaultKind::TokenRevoked => {
            let emulator = with(Fault::new(kind).on(Call::JsTicket).first(1));
            let token = token(&emulator);
            assert_eq!(ask_ticket(&emulator, &token).status(), "4102");
            assert_eq!(check(&emulator, "access_token", &token).status(), "4102", "it is dead");
        }
        FaultKind::TicketRotated => ticket_is_replaced_by_somebody_else(),
        _ => panic!("{kind} has no demonstration"),
    }
    // What it struck was one request, and the next is answered.
    assert_eq!(ask_token(&emulator).status(), "2000", "{kind}");
}

fn delay_comes_late() {
    let emulator = with(Fault::new(FaultKind::Delay).milliseconds(200).first(1));
    let mut stream = asked(&emulator);
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let early = stream.read(&mut [0]).unwrap_err().kind();
    assert_eq!(early, ErrorKind::WouldBlock, "nothing has come yet");
    stream.set_read_timeout(None).unwrap();
    assert_eq!(read(&mut stream).status(), "2000");
}

/// Each byte is in a read of its own: whoever reads 4096 at a time still gets them one by one.
fn drip_comes_byte_by_byte() {
    let emulator = with(Fault::new(FaultKind::Drip).milliseconds(2).first(1));
    let mut stream = asked(&emulator);
    let (mut bytes, mut reads, mut buffer) = (Vec::new(), 0, [0; 4096]);
    loop {
        let n = stream.read(&mut buffer).unwrap();
        if n == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..n]);
        reads += 1;
    }
    assert!(reads > bytes.len() / 4, "{} bytes in {reads} reads", bytes.len());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("}}"), "{text}");
}

fn ticket_is_replaced_by_somebody_else() {
    let emulator = with(Fault::new(FaultKind::TicketRotated).on(Call::CheckCode).first(1));
    let token = token(&emulator);
    let ticket = ask_ticket(&emulator, &token).json()["data"]["ticket"].clone();
    let ticket = ticket.as_str().unwrap();
    let moment = |seen: Seen| seen.json()["data"]["expires_in"].as_u64().unwrap();
    let left = moment(check(&emulator, "js_ticket", ticket)) - emulator.now();
    assert_eq!(left, 600, "the moment is nearer than that of a current ticket");
    emulator.advance(600);
    assert_eq!(check(&emulator, "js_ticket", ticket).status(), "4102");
}

#[test]
fn the_third_ticket_request_is_lost_and_yet_rotates_the_ticket() {
    let emulator = with(Fault::new(FaultKind::ResetBefore).on(Call::JsTicket).nth(3));
    let token = token(&emulator);
    let ticket = |seen: Seen| seen.json()["data"]["ticket"].as_str().unwrap().to_owned();
    ticket(ask_ticket(&emulator, &token));
    let second = ticket(ask_ticket(&emulator, &token));
    let mut stream = connect(&emulator);
    let body = form(&[("app_id", demo::APP_ID), ("access_token", &token), ("type", "js_ticket")]);
    let head =
        format!("POST {TICKET} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).unwrap();
    assert_eq!(rest(&mut stream), (Vec::new(), Err(ErrorKind::ConnectionReset)));

    let moment = check(&emulator, "js_ticket", &second).json()["data"]["expires_in"].as_u64();
    assert_eq!(moment, Some(emulator.now() + 600), "somebody has a newer one: nobody");
    assert_eq!(ask_ticket(&emulator, &token).status(), "2000", "the fourth is as ever");
}

#[test]
fn a_lost_answer_may_also_be_one_that_was_never_made() {
    let emulator = with(Fault::new(FaultKind::ResetBefore).on(Call::JsTicket).nth(2).acts(false));
    let token = token(&emulator);
    let first = ask_ticket(&emulator, &token).json()["data"]["ticket"].clone();
    let body = form(&[("app_id", demo::APP_ID), ("access_token", &token), ("type", "js_ticket")]);
    let mut stream = connect(&emulator);
    let head =
        format!("POST {TICKET} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).unwrap();
    assert_eq!(rest(&mut stream).1, Err(ErrorKind::ConnectionReset));
    let moment = check(&emulator, "js_ticket", first.as_str().unwrap());
    assert_eq!(moment.json()["data"]["expires_in"].as_u64(), Some(emulator.now() + 7200));
}

#[test]
fn what_a_gateway_or_an_outage_answers_the_platform_never_saw() {
    for kind in FaultKind::ALL {
        let mut scene = Scene::new();
        scene.platform.set_faults(0, Fault::new(*kind).first(1));
        scene.login(demo::AUTH_CODE);
        let unseen = [
            FaultKind::ServerError,
            FaultKind::TooManyRequests,
            FaultKind::Redirect,
            FaultKind::Outage,
            FaultKind::IpRefused,
        ];
        let again = if unseen.contains(kind) { "2000" } else { "4102" };
        assert_eq!(scene.login(demo::AUTH_CODE).status(), again, "{kind}: the code");
    }
}

#[test]
fn an_outage_ends_when_its_time_is_over() {
    let emulator = with(Fault::new(FaultKind::Outage).from(60).until(120));
    assert_eq!(ask_token(&emulator).status(), "2000");
    emulator.advance(60);
    assert_eq!(rest(&mut asked(&emulator)), (Vec::new(), Ok(())));
    emulator.advance(59);
    assert_eq!(rest(&mut asked(&emulator)), (Vec::new(), Ok(())));
    emulator.advance(1);
    assert_eq!(ask_token(&emulator).status(), "2000");
}
