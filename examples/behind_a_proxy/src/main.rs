//! The platform lets in listed addresses only, so that most deployments reach it through a proxy
//! whose address is on the list. This shows one with the right password, and with a wrong one.
//!
//! `cargo run -p behind_a_proxy` brings its own proxy and talks to the embedded emulator.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod proxy;

use std::error::Error;

use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::{AppId, AppSecret, Origin};
use yzb_transport::{Client, HyperTransport, Proxy};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start(World::demo())?;
    let origin: Origin = emulator.origin().parse()?;
    let address = proxy::start().await?;

    ask(&origin, &format!("http://user:pass%40word@{address}")).await?;
    ask(&origin, &format!("http://user:guess@{address}")).await?;

    // In a program, the address usually comes from its surroundings, and only if it asks for it:
    let _ = HyperTransport::builder().proxy_from_env(variable).build()?;
    Ok(())
}

/// Asks for a server token through this proxy. The platform speaks `https`, of which a proxy sees
/// the host's name. The emulator speaks plain `http`, and the tunnel does not encrypt it: that is
/// refused, unless the proxy is on this machine too, as here, or plaintext is allowed.
async fn ask(origin: &Origin, proxy: &str) -> Result<(), Box<dyn Error>> {
    let proxy = Proxy::parse(proxy)?;
    println!("through      {proxy:?}");
    let transport = HyperTransport::builder().proxy(proxy).build()?;
    let client = Client::new(transport, origin.clone());

    let (app_id, secret) = (AppId::new(demo::APP_ID)?, AppSecret::new(demo::APP_SECRET)?);
    match client.call(&IssueServerToken { app_id: &app_id, secret: &secret }).await {
        Ok(token) => println!("server token {}", token.access_token.fingerprint()),
        Err(error) => println!("refused      {error}"),
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is main: here the environment comes in")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
