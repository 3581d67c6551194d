//! For programs without a runtime: the blocking client, over ureq.
//!
//! `cargo run -p blocking`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::user_resource::base_info::ReadBaseInfo;
use yzb_proto::{AppId, AppSecret, AuthCode};
use yzb_transport::{BlockingClient, UreqTransport};

fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start(World::demo())?;
    let client = BlockingClient::new(UreqTransport::new()?, emulator.origin().parse()?);

    let (app_id, secret) = (AppId::new(demo::APP_ID)?, AppSecret::new(demo::APP_SECRET)?);
    let code = AuthCode::new(&emulator.issue_code(demo::APP_ID, demo::ANGEL))?;
    let user = client.call(&LogInUser { app_id: &app_id, secret: &secret, code: &code })?;
    println!("open_id   {}", user.open_id);

    let server = client.call(&IssueServerToken { app_id: &app_id, secret: &secret })?;
    let (open_id, access_token) = (&user.open_id, &server.access_token);
    let info = client.call(&ReadBaseInfo { app_id: &app_id, open_id, access_token })?;
    println!("base info {info:?}");
    Ok(())
}
