//! The loopback server, spoken to over raw sockets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use yzb_emulator::{DEFAULT_NOW, Emulator, Entry, Fault, FaultKind, Rule, World, demo};

const ASK_TOKEN: &str = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";

fn emulator() -> Emulator {
    Emulator::start(World::demo()).unwrap()
}

fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.origin().strip_prefix("http://").unwrap()).unwrap()
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Reads one response by its content-length: the head and the body.
fn read(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn ask(stream: &mut TcpStream, path: &str, body: &str) -> (String, String) {
    stream.write_all(post(path, body).as_bytes()).unwrap();
    read(stream)
}

fn field(body: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json["data"][name].as_str().unwrap().to_owned()
}

#[test]
fn a_whole_day_over_one_connection() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    let (head, body) = ask(&mut stream, "/OAuth2/token", ASK_TOKEN);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: application/json; charset=utf-8\r\n"), "{head}");
    assert!(head.contains("date: Tue, 07 Jun 2022 02:41:46 GMT\r\n"), "{head}");
    let token = field(&body, "access_token");

    let ticket = format!("app_id=990001&access_token={token}&type=js_ticket");
    assert!(ask(&mut stream, "/OAuth2/ticket", &ticket).1.contains(r#""status":"2000""#));
    emulator.advance(7200);
    assert_eq!(emulator.now(), DEFAULT_NOW + 7200);
    assert!(ask(&mut stream, "/OAuth2/ticket", &ticket).1.contains(r#""status":"4102""#));

    let code = emulator.issue_code(demo::APP_ID, demo::ANGEL);
    let login =
        format!("app_id=990001&secret=peer-secret-0001&grant_type=authorization_code&code={code}");
    let (_, body) = ask(&mut stream, "/OAuth2/token", &login);
    assert_eq!(field(&body, "open_id"), demo::ANGEL);
    assert_eq!(emulator.requests("/OAuth2/ticket"), 2);
    assert_eq!(emulator.requests("/OAuth2/token"), 2);
    assert_eq!(emulator.requests("/OAuth2/checkCode"), 0);
}

#[test]
fn many_connections_at_once_are_all_answered() {
    let emulator = emulator();
    let mut idle: Vec<_> = (0..50).map(|_| connect(&emulator)).collect();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut stream = connect(&emulator);
                for _ in 0..25 {
                    let (_, body) = ask(&mut stream, "/OAuth2/token", ASK_TOKEN);
                    assert!(body.contains(r#""status":"2000""#), "{body}");
                }
            });
        }
    });
    for stream in &mut idle {
        ask(stream, "/OAuth2/token", ASK_TOKEN);
    }
    assert_eq!(emulator.requests("/OAuth2/token"), 250);
}

#[test]
fn a_pipelined_pair_and_a_chunked_body_are_understood() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    let pair = post("/OAuth2/token", ASK_TOKEN) + &post("/nowhere", "");
    stream.write_all(pair.as_bytes()).unwrap();
    assert!(read(&mut stream).0.starts_with("HTTP/1.1 200"));
    assert!(read(&mut stream).0.starts_with("HTTP/1.1 404"));

    let (one, two) = ASK_TOKEN.split_at(20);
    let chunked = format!(
        "POST /OAuth2/token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    );
    stream.write_all(chunked.as_bytes()).unwrap();
    assert!(read(&mut stream).1.contains(r#""status":"2000""#));
}

#[test]
fn a_client_that_asks_before_it_sends_is_told_to_continue() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    let head = format!(
        "POST /OAuth2/token HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        ASK_TOKEN.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(ASK_TOKEN.as_bytes()).unwrap();
    assert!(read(&mut stream).1.contains(r#""status":"2000""#));
}

#[test]
fn a_body_over_the_limit_is_413_and_does_not_reach_the_platform() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    let body = "a".repeat(64 * 1024 + 1);
    let (head, _) = ask(&mut stream, "/OAuth2/token", &body);
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(emulator.requests("/OAuth2/token"), 0);
    let told = emulator.journal(0).pop().unwrap().to_string();
    let expected = "#1 02:41:46 POST /OAuth2/token  -> 413 too large: the body is longer than";
    assert!(told.starts_with(expected), "{told}");
    let full = "a".repeat(64 * 1024);
    let (head, _) = ask(&mut connect(&emulator), "/OAuth2/token", &full);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[test]
fn a_body_that_does_not_come_is_waited_for_so_long_and_no_longer() {
    let patience = Duration::from_millis(50);
    let emulator = Emulator::builder(World::demo()).body_deadline(patience).start().unwrap();
    let mut stream = connect(&emulator);
    let half = "POST /OAuth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\na";
    stream.write_all(half.as_bytes()).unwrap();
    let (head, _) = read(&mut stream);
    assert!(head.starts_with("HTTP/1.1 408") && head.contains("connection: close"), "{head}");
    assert_eq!(emulator.journal(0).pop().unwrap().rule, Rule::TooSlow);
    assert_eq!(emulator.requests("/OAuth2/token"), 0);
}

#[test]
fn who_has_said_all_is_still_answered_late() {
    let delay = Fault::new(FaultKind::Delay).milliseconds(100);
    let emulator = Emulator::builder(World::demo()).faults(delay).start().unwrap();
    let mut stream = connect(&emulator);
    stream.write_all(post("/OAuth2/token", ASK_TOKEN).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(read(&mut stream).0.starts_with("HTTP/1.1 200"));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

/// The line about what was no HTTP. It is written after the client was told.
fn noise(emulator: &Emulator) -> Entry {
    loop {
        match emulator.journal(0).pop() {
            Some(entry) if entry.rule == Rule::NotHttp => return entry,
            _ => thread::yield_now(),
        }
    }
}

#[test]
fn a_head_that_is_too_long_is_431_and_told() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(1 << 20));
    let _ = stream.write_all(long.as_bytes());
    let _ = stream.read_to_end(&mut Vec::new());
    let told = noise(&emulator);
    assert!(told.http_status == 431 || told.http_status == 400, "{told}");
}

#[test]
fn clients_that_break_off_or_talk_nonsense_do_not_disturb_the_next() {
    let emulator = emulator();
    let mut broken = connect(&emulator);
    broken
        .write_all(b"POST /OAuth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\na")
        .unwrap();
    broken.shutdown(Shutdown::Both).unwrap();
    let mut nonsense = connect(&emulator);
    nonsense.write_all(b"\x16\x03\x01 this is not http\r\n\r\n").unwrap();
    let mut left = Vec::new();
    let _ = nonsense.read_to_end(&mut left); // the server hangs up
    let told = noise(&emulator);
    assert_eq!(told.http_status, 400);
    assert!(
        told.to_string().starts_with("#1 02:41:46 -> 400 not HTTP: no request line, as of TLS")
    );
    let (head, _) = ask(&mut connect(&emulator), "/OAuth2/token", ASK_TOKEN);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(emulator.requests("/OAuth2/token"), 1);
}

#[test]
fn dropping_it_cuts_the_connections() {
    let emulator = emulator();
    let mut idle = connect(&emulator);
    ask(&mut idle, "/OAuth2/token", ASK_TOKEN);
    drop(emulator);
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn it_listens_where_and_when_it_is_told_and_says_if_it_cannot() {
    let listen = |address: &str| Emulator::builder(World::demo()).listen(address.parse().unwrap());
    let first = listen("127.0.0.1:0").now(1_000_000_000).start().unwrap();
    assert_eq!(first.now(), 1_000_000_000);
    let taken = first.origin().strip_prefix("http://").unwrap();
    let error = listen(taken).start().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);

    let real = Emulator::builder(World::demo()).real_clock().start().unwrap();
    assert!(real.now() > 1_700_000_000);
    real.advance(1_000_000_000_000);
    assert!(real.now() > 1_000_000_000_000);
}

#[tokio::test]
async fn it_can_be_started_and_dropped_inside_a_runtime() {
    let emulator = emulator();
    assert!(emulator.origin().starts_with("http://127.0.0.1:"));
    drop(emulator);
}

#[test]
fn the_handle_can_be_shared_between_threads() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Emulator>();
}

#[test]
fn early_revocation_and_signatures_are_judged_at_the_dials_moment() {
    let emulator = emulator();
    let mut stream = connect(&emulator);
    assert!(!emulator.revoke_server_token(demo::APP_ID));
    ask(&mut stream, "/OAuth2/token", ASK_TOKEN);
    let verdict = emulator.verify_signature(demo::APP_ID, "nonce", 1, "https://a.example", "x");
    assert_eq!(verdict, yzb_emulator::Verdict::NoLiveTicket);
    emulator.advance(7199);
    assert!(emulator.revoke_server_token(demo::APP_ID));
}
