//! What a signed page costs through the facade, with the ticket at hand.

use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use yzb::proto::{Signer, UnixSeconds};
use yzb::{App, Body, Error, JsTicket, Nonce, PageUrl, SignedPage, transport_fn};
use yzb_bench::Bench;
use yzb_emulator::{Platform, World, demo};

const PAGE: &str = "https://example.com/shop/?from=home";
const NOW: u64 = 1_654_569_706;

fn main() -> ExitCode {
    let mut bench = Bench::from_args("a signed page");
    match measure(&mut bench) {
        Ok(()) => bench.finish(),
        Err(_) => ExitCode::FAILURE,
    }
}

fn measure(bench: &mut Bench) -> Result<(), Error> {
    let (os, injected) = (app().build()?, app().random(|| [7; 16]).build()?);
    let ticket = JsTicket::new(&"0123456789abcdef".repeat(4))?;
    let mut group = bench.group("one page, the ticket at hand");
    group.floor("by hand with yzb-proto, a given nonce", || {
        let page = PageUrl::scan(PAGE).ok()?;
        let nonce = Nonce::from_random(black_box([7; 16]));
        let signature = Signer::new(&ticket).sign(&nonce, UnixSeconds::new(black_box(NOW)), &page);
        Some((nonce, signature))
    });
    group.row("sign_page, a given nonce", || ready(&injected).is_some()).at_most(1.4).allocates(1);
    group.row("sign_page, a nonce of the system's", || ready(&os).is_some()).allocates(1);
    group.row("… and as JSON", || ready(&os).map(|page| page.to_json())).allocates(2);
    group.run();
    Ok(())
}

/// An app over the emulator's core, at one moment.
fn app() -> yzb::AppBuilder {
    let platform = std::sync::Mutex::new(Platform::new(World::demo()));
    let transport = transport_fn(move |request| {
        let answer = platform.lock().ok().map(|mut platform| platform.answer(NOW, &request));
        let answer = answer.map(|answer| answer.map(Body::from));
        async move { answer.ok_or(yzb::TransportErrorKind::Other.into()) }
    });
    App::builder(demo::APP_ID, demo::APP_SECRET).transport(transport).timer(Never)
}

/// Nothing here waits.
struct Never;

impl yzb::Timer for Never {
    async fn sleep(&self, _: std::time::Duration) {
        std::future::pending::<()>().await;
    }
}

/// A page that is signed at once.
fn ready(app: &App) -> Option<SignedPage<'_>> {
    let signing = pin!(app.sign_page(PAGE));
    match signing.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(page) => page.ok(),
        Poll::Pending => None,
    }
}
