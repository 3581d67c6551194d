//! An HTTP stack of your own becomes a transport by one `async fn`. Here the stack is a bare
//! `TcpStream`, to show that nothing else is needed.
//!
//! `cargo run -p own_http_stack` talks to the embedded emulator.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io;
use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode};
use yzb_transport::{Body, Client, Retry, Transport, TransportError, TransportErrorKind};

/// The platform's answers are under 1 KiB; whatever is larger than this is not one.
const LONGEST: u64 = 64 * 1024;

/// HTTP/1.1, one connection for each request, loopback only.
struct BareTcp;

impl Transport for BareTcp {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let host = request.uri().authority().ok_or(TransportErrorKind::InvalidRequest)?;
        // Whether a login may be repeated depends on this: here nothing has been sent yet.
        let stream = timeout(Duration::from_secs(3), TcpStream::connect(host.as_str()))
            .await
            .map_err(|_| TransportErrorKind::ConnectTimeout)?
            .map_err(|error| TransportError::new(TransportErrorKind::Connect).with_source(error))?;
        let answer = timeout(Duration::from_secs(10), exchange(stream, &request))
            .await
            .map_err(|_| TransportErrorKind::Timeout)?
            .map_err(|error| TransportError::new(TransportErrorKind::Closed).with_source(error))?;
        Ok(parse(&answer)?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start(World::demo())?;
    let client = Client::new(Retry::new(BareTcp), emulator.origin().parse()?);
    let (app_id, secret) = (AppId::new(demo::APP_ID)?, AppSecret::new(demo::APP_SECRET)?);
    let code = AuthCode::new(demo::AUTH_CODE)?;

    let login = LogInUser { app_id: &app_id, secret: &secret, code: &code };
    println!("logged in    {}", client.call(&login).await?.open_id);

    let token = client.call(&IssueServerToken { app_id: &app_id, secret: &secret }).await?;
    println!("server token {} for {}", token.access_token.fingerprint(), token.expires_in);

    // The same code again: the platform refuses, and the error says what to do.
    if let Err(error) = client.call(&login).await {
        println!("again        {error}");
    }
    Ok(())
}

/// Everything that came, and one byte more than may come at most.
async fn exchange(mut stream: TcpStream, request: &Request<Body>) -> io::Result<Vec<u8>> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
    head += &format!("host: {}\r\nconnection: close\r\n", request.uri().host().unwrap_or_default());
    head += &format!("content-length: {}\r\n", request.body().len());
    head += "content-type: application/x-www-form-urlencoded\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(request.body().as_ref()).await?;

    let mut answer = Vec::new();
    stream.take(LONGEST + 1).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The status and the body, all of it, are what `yzb-proto` needs.
fn parse(answer: &[u8]) -> Result<Response<Body>, TransportErrorKind> {
    use TransportErrorKind::{Closed, Malformed, TooLarge};
    if answer.len() as u64 > LONGEST {
        return Err(TooLarge);
    }
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or(Closed)?;
    let (head, body) = (std::str::from_utf8(&answer[..end]), &answer[end + 4..]);
    let mut lines = head.map_err(|_| Malformed)?.lines();
    let status = lines.next().and_then(|line| line.get(9..12)).ok_or(Malformed)?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    match length {
        Some(Ok(length)) if length == body.len() => {}
        Some(Ok(length)) if length > body.len() => return Err(Closed),
        // This stack knows no other way to tell a whole answer from a part.
        _ => return Err(Malformed),
    }
    Response::builder().status(status).body(body.to_vec().into()).map_err(|_| Malformed)
}
