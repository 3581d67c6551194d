//! A service of one's own on axum: a page gets its signed configuration, its users log in, and the
//! routes for other languages and the status page are merged in beside that.
//!
//! `cargo run -p axum_service` talks to the embedded emulator, asks itself a few questions and ends.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod shop;

use std::error::Error;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;
use yzb::{App, SystemClock};
use yzb_axum::{Gateway, Listener, PageOrigins, Recorder, ServedApp, Server, Service};
use yzb_emulator::{Emulator, World, demo};

use shop::Shop;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Without `origin` it is the real platform.
    let platform = Emulator::builder(World::demo()).real_clock().start()?;
    let recorder = Recorder::new(SystemClock::new(), 32);
    let app = App::builder(demo::APP_ID, demo::APP_SECRET)
        .origin(platform.origin().parse()?)
        .observer(recorder.clone())
        .build()?;
    let keeper = tokio::spawn(app.keep_fresh());
    let pages = PageOrigins::parse(["https://shop.example"])?;

    // One's own routes, whose handlers take codes, pages and users as arguments.
    let shop = shop::routes().with_state(Shop { app: app.clone(), pages: pages.clone() });
    let page = "/shop/js-config?url=https%3A%2F%2Fshop.example%2Fcart";
    println!("{page}\n  {}", ask(&shop, Request::get(page).body(Body::empty())?).await?);
    let login = format!(r#"{{"code":"{}"}}"#, demo::AUTH_CODE);
    let login = Request::post("/shop/login")
        .header("content-type", "application/json")
        .body(login.into())?;
    println!("/shop/login\n  {}", ask(&shop, login).await?);
    let foreign = "/shop/js-config?url=https%3A%2F%2Fevil.example%2F";
    println!("{foreign}\n  {}", ask(&shop, Request::get(foreign).body(Body::empty())?).await?);

    // The routes for programs in other languages, and the status page at `/`. They can be nested
    // into one's own: `shop.nest("/yzb", service.router())`. Here they have a listener to themselves.
    let gateway = Gateway::new();
    gateway.put(ServedApp::new(app).name("Shop").pages(pages));
    let service = Service::builder(gateway).recorder(recorder).build();
    let local = Request::get("/v1/ready").header("host", "localhost").body(Body::empty())?;
    println!("/v1/ready\n  {}", ask(&service.router(), local).await?);
    let listener = Listener::tcp("127.0.0.1:0".parse()?).await?;
    if let Some(address) = listener.address()? {
        println!("the status page would be at http://{address}/");
    }
    // A program that goes on waits for a signal here; this one has no more to show.
    let stopped = Server::new(service).run(listener, async {}).await?;
    println!("stopped, {} requests cut off", stopped.cut_off);
    keeper.abort();
    Ok(())
}

/// Asks a router as a client would, and shows status and body.
async fn ask(router: &axum::Router, request: Request<Body>) -> Result<String, Box<dyn Error>> {
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), 64 * 1024).await?;
    Ok(format!("{status} {}", String::from_utf8_lossy(&body)))
}
