//! A store of your own: two methods, and a third where processes take turns. The conformance suite
//! says whether it keeps what it promises.
//!
//! `cargo run -p own_store` runs the suite, and then an app on it against the embedded emulator.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod table;

use std::error::Error;

use yzb::{App, conformance};
use yzb_emulator::{Call, Emulator, World, demo};

use table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // In a project of yours this is a test.
    let store = Table::default();
    conformance::check(&store, &store.clone()).await?;
    println!("the store keeps what it promises; it has {} rows now", store.len());

    // Two apps stand for two processes.
    let platform = Emulator::start(World::demo())?;
    let store = Table::default();
    let app = || {
        App::builder(demo::APP_ID, demo::APP_SECRET)
            .origin(platform.origin().parse()?)
            .store(store.clone())
            .build()
            .map_err(Box::<dyn Error>::from)
    };
    let (one, other) = (app()?, app()?);
    println!("one signs   {}", one.sign_page("https://example.com/").await?);
    println!("other signs {}", other.sign_page("https://example.com/").await?);
    println!("tickets asked for: {}", platform.calls(Call::JsTicket, Some(demo::APP_ID)));
    Ok(())
}
