//! The common case in five lines: who the user is, what they show of themselves, and a signed page.
//!
//! `cargo run -p login_and_sign` talks to the embedded emulator.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use yzb::App;
use yzb_emulator::{Emulator, World, demo};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Without `origin` it is the real platform.
    let platform = Emulator::start(World::demo())?;
    let origin = platform.origin().parse()?;

    let app = App::builder(demo::APP_ID, demo::APP_SECRET).origin(origin).build()?;
    let user = app.login(demo::AUTH_CODE).await?;
    println!("logged in   {}", user.open_id);
    println!("base info   {:?}", app.base_info(&user.open_id).await?);
    let page = app.sign_page("https://example.com/shop/?from=home").await?;
    println!("core.config {}", page.to_json());

    // What goes wrong says what to do about it. A code is good for one login:
    if let Err(error) = app.login(demo::AUTH_CODE).await {
        println!("again       {error} ({:?})", error.retry());
    }
    Ok(())
}
