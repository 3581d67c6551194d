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
use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode};
use yzb_transport::{Body, Client, Retry, Transport, TransportError, TransportErrorKind};

/// HTTP/1.1, one connection for each request, loopback only.
struct BareTcp;

impl Transport for BareTcp {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let host = request.uri().authority().ok_or(TransportErrorKind::InvalidRequest)?;
        // Whether a login may be repeated depends on this: here nothing has been sent yet.
        let stream = TcpStream::connect(host.as_str())
            .await
            .map_err(|error| TransportError::new(TransportErrorKind::Connect).with_source(error))?;
        let exchange = tokio::time::timeout(Duration::from_secs(10), exchange(stream, &request));
        let answer = exchange.await.map_err(|_| TransportErrorKind::Timeout)?;
        answer.map_err(|error| TransportError::new(TransportErrorKind::Closed).with_source(error))
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

async fn exchange(mut stream: TcpStream, request: &Request<Body>) -> io::Result<Response<Body>> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
    head += &format!("host: {}\r\nconnection: close\r\n", request.uri().host().unwrap_or_default());
    head += &format!("content-length: {}\r\n", request.body().len());
    head += "content-type: application/x-www-form-urlencoded\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(request.body().as_ref()).await?;

    // The platform's answers are under 1 KiB; whatever is larger is not one.
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The status and the body are all that `yzb-proto` needs.
fn parse(answer: &[u8]) -> Option<Response<Body>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse::<u16>().ok()?;
    Response::builder().status(status).body(answer.get(end + 4..)?.to_vec().into()).ok()
}
