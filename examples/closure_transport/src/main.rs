//! A closure is a transport. This one asks the emulator's pure core directly: the whole way from a
//! page's code to a signed page, without a socket, at a time of our choosing.
//!
//! `cargo run -p closure_transport`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use yzb_emulator::{Platform, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode, Body, Nonce, Origin, PageUrl, Signer, UnixSeconds};
use yzb_transport::{Client, transport_fn};

const NOW: UnixSeconds = UnixSeconds::new(1_654_569_706);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let platform = Mutex::new(Platform::new(World::demo()));
    let lock = || platform.lock().unwrap_or_else(PoisonError::into_inner);
    let transport = transport_fn(|request: http::Request<Body>| {
        let response = lock().answer(NOW.as_secs(), &request).map(Body::from);
        async move { Ok(response) }
    });
    let client = Client::new(transport, Origin::production());

    let (app_id, secret) = (AppId::new(demo::APP_ID)?, AppSecret::new(demo::APP_SECRET)?);
    let code = AuthCode::new(demo::AUTH_CODE)?;
    let login = LogInUser { app_id: &app_id, secret: &secret, code: &code };
    println!("open_id      {}", client.call(&login).await?.open_id);

    let server = client.call(&IssueServerToken { app_id: &app_id, secret: &secret }).await?;
    println!("server token {} for {}", server.access_token.fingerprint(), server.expires_in);

    let call = IssueTicket { app_id: &app_id, access_token: &server.access_token };
    let ticket = client.call(&call).await?.ticket;
    let page = PageUrl::scan("https://yuanzhibang.com/a/b/?x=1#12")?;
    let nonce = Nonce::new("any-nonce-will-do")?;
    let signature = Signer::new(&ticket).sign(&nonce, NOW, &page);
    let verdict = lock().verify_signature(
        NOW.as_secs(),
        app_id.as_str(),
        nonce.as_str(),
        NOW.as_secs(),
        page.as_str(),
        signature.as_str(),
    );
    println!("signature    {signature}: {verdict}");
    Ok(())
}
