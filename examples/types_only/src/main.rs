//! The types alone: `yzb-proto` writes the request and reads the answer, and a `TcpStream` of the
//! standard library carries them. No async, no TLS, no HTTP client.
//!
//! `cargo run -p types_only` talks to the embedded emulator. Without it, name a plain origin:
//! `cargo run -p types_only --no-default-features -- http://127.0.0.1:8080 APP_ID SECRET`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::{AppId, AppSecret, Body, EndpointExt, Nonce, Origin, PageUrl, Signer, UnixSeconds};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [origin, app_id, secret] => sign_a_page(&origin.parse()?, app_id, secret),
        #[cfg(feature = "emulator")]
        [] => {
            let emulator = yzb_emulator::Emulator::start(yzb_emulator::World::demo())?;
            let (app_id, secret) = (yzb_emulator::demo::APP_ID, yzb_emulator::demo::APP_SECRET);
            sign_a_page(&emulator.origin().parse()?, app_id, secret)
        }
        _ => Err("name an origin, an app id and its secret".into()),
    }
}

fn sign_a_page(origin: &Origin, app_id: &str, secret: &str) -> Result<(), Box<dyn Error>> {
    let (app_id, secret) = (AppId::new(app_id)?, AppSecret::new(secret)?);

    let call = IssueServerToken { app_id: &app_id, secret: &secret };
    let server = call.read_output(&exchange(&call.to_request(origin))?)?;
    println!("server token {} for {}", server.access_token.fingerprint(), server.expires_in);

    let call = IssueTicket { app_id: &app_id, access_token: &server.access_token };
    let answer = call.read_answer(&exchange(&call.to_request(origin))?)?;
    let ticket = answer.output.ticket;
    println!("ticket       {} (forgiven: {:?})", ticket.fingerprint(), answer.drift);

    let page = PageUrl::scan("https://yuanzhibang.com/a/b/?x=1#12")?;
    let nonce = Nonce::new("any-nonce-will-do")?;
    let config =
        Signer::new(&ticket).core_config(&app_id, nonce, UnixSeconds::new(1_654_850_924), page)?;
    println!("core.config  {}", config.to_json());
    Ok(())
}

/// All the HTTP that is needed: one request, one answer, one connection.
fn exchange(request: &http::Request<Body>) -> Result<http::Response<Vec<u8>>, Box<dyn Error>> {
    let host = request.uri().authority().ok_or("the URL has no host")?;
    let mut stream = TcpStream::connect(host.as_str())?;
    let path = request.uri().path();
    write!(stream, "{} {path} HTTP/1.1\r\nhost: {host}\r\n", request.method())?;
    for (name, value) in request.headers() {
        write!(stream, "{name}: {}\r\n", value.to_str()?)?;
    }
    write!(stream, "content-length: {}\r\nconnection: close\r\n\r\n", request.body().len())?;
    stream.write_all(request.body().as_ref())?;

    let mut answer = Vec::new();
    stream.take(65_536).read_to_end(&mut answer)?;
    let head_end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no answer")?;
    let body = answer.split_off(head_end + 4);
    let head = String::from_utf8(answer)?;
    let status = head.get(9..12).ok_or("no status")?;
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let response = headers.fold(http::Response::builder().status(status), |response, header| {
        response.header(header.0, header.1)
    });
    Ok(response.body(body)?)
}
