//! Many apps in one process: a service that signs pages for its customers' apps. Apps are made when
//! they are first asked for, and one future keeps all of them fresh.
//!
//! `cargo run -p many_apps` talks to the embedded emulator.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use yzb::{AppId, AppSecret, Apps};
use yzb_emulator::{Call, Emulator, World};

/// How many customers there are.
const CUSTOMERS: u32 = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let platform = Emulator::start(world())?;
    let apps = Apps::builder().origin(platform.origin().parse()?).build()?;
    // At most four renewals of each kind of code at once; a customer who fails delays nobody.
    let keeper = tokio::spawn(apps.keep_fresh(4));

    let mut signed = 0;
    for customer in 0..CUSTOMERS {
        let (app_id, secret) = customer_of(customer)?;
        let app = apps.app(&app_id, &secret);
        signed += usize::from(app.sign_page("https://example.com/").await.is_ok());
    }
    println!("{signed} pages signed, for {} apps", apps.len());

    // Somebody mistyped a secret. That is another app, and the only one that notices.
    let (app_id, _) = customer_of(7)?;
    let mistyped = AppSecret::new("mistyped")?;
    if let Err(error) = apps.app(&app_id, &mistyped).sign_page("https://example.com/").await {
        println!("app {app_id}: {error}");
    }
    apps.remove(&app_id, &mistyped);

    // Now and then: what nobody holds and nobody asked for in a while need not be kept fresh.
    let idle = apps.drop_idle(Duration::from_secs(3600));
    println!("{idle} apps were idle, {} are left", apps.len());
    println!("tickets asked for: {}", platform.calls(Call::JsTicket, None));
    keeper.abort();
    Ok(())
}

/// A customer's app, as a database would have it.
fn customer_of(number: u32) -> Result<(AppId, AppSecret), Box<dyn Error>> {
    Ok((
        AppId::new(&format!("{}", 200_000 + number))?,
        AppSecret::new(&format!("secret-{number}"))?,
    ))
}

fn world() -> World {
    (0..CUSTOMERS).fold(World::new(), |world, number| {
        world.app(format!("{}", 200_000 + number), format!("secret-{number}"))
    })
}
