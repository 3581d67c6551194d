//! Renewal in the background: a future that the program spawns, and stops by dropping it. Callers
//! never wait while a code lives, and what happens is told to an observer.
//!
//! `cargo run -p keep_fresh` lets a day pass in a moment: the runtime's time is only pretended, and
//! so are the platform's and the app's, which is why the clock is injected here. A program leaves
//! it out.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yzb::http::{Request, Response};
use yzb::{App, Body, Clock, Event, Monotonic, Now, SlotKey, UnixSeconds, transport_fn};
use yzb_emulator::{Call, DEFAULT_NOW, Emulator, World, demo};

/// The runtime's time, counted from the platform's moment.
#[derive(Clone, Copy)]
struct Pretended(Instant);

impl Clock for Pretended {
    fn now(&self) -> Now {
        let passed = self.0.elapsed();
        let wall = UnixSeconds::new(DEFAULT_NOW + passed.as_secs());
        Now::new(wall, Monotonic::default() + passed)
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let platform = Arc::new(Emulator::start(World::demo())?);
    let clock = Pretended(Instant::now());
    let app = App::builder(demo::APP_ID, demo::APP_SECRET)
        .transport(in_process(Arc::clone(&platform), clock))
        .clock(clock)
        .observer(tell)
        .build()?;

    let keeper = tokio::spawn(app.keep_fresh());
    for hour in 1..=24 {
        sleep(Duration::from_secs(3600)).await;
        // Never any waiting: what is held may be used.
        let held = app.tickets().peek().ok_or("the keeper keeps one at hand")?;
        let page = app.sign_page("https://example.com/").await?;
        println!("{hour:>2} h  signed with ticket {}: {}", held.fingerprint(), page.signature());
    }
    keeper.abort();

    let app_id = Some(demo::APP_ID);
    println!("server tokens asked for: {}", platform.calls(Call::ServerToken, app_id));
    println!("tickets asked for:       {}", platform.calls(Call::JsTicket, app_id));
    Ok(())
}

fn tell(key: &SlotKey, event: &Event) {
    if let Event::Issued { code, expires_at, .. } = event {
        println!("      a new {}: {code}, good until {expires_at}", key.kind());
    }
}

/// The platform without a socket, at the pretended time.
fn in_process(platform: Arc<Emulator>, clock: Pretended) -> impl yzb::Transport + 'static {
    transport_fn(move |request: Request<Body>| {
        platform.set_now(clock.now().wall.as_secs());
        let answer: Response<Body> = platform.call(&request).map(Body::from);
        async move { Ok(answer) }
    })
}
