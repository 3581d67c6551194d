//! What a signed page costs over kept connections.
//!
//! The floor is a bare axum handler that returns a constant of the same size with the same headers,
//! served by `axum::serve`, on a thread and a runtime of its own as ours is, asked by the same loop.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot listen should stop")]

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::thread;

use axum::Router;
use axum::routing::get;
use yzb::App;
use yzb_axum::{Gateway, PageOrigins, ServedApp, Server, Service, axum};
use yzb_bench::{Bench, Load};
use yzb_emulator::{Emulator, World, demo};

const PATH: &str = "/v1/apps/990001/js-config?url=https%3A%2F%2Fshop.example%2Fcart";
const BODY: &str = r#"{"app_id":"990001","timestamp":"1654569706","nonce_str":"ae17285e4f5a519d14f6af0c14887594","signature":"4ac9b747bb3e987f15b0b1c104702ecfc9169274","url":"https://shop.example/cart"}"#;
const HEADERS: [(&str, &str); 5] = [
    ("content-type", "application/json"),
    ("yzb-sure-until", "1654570306"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// How many connections are asked at once.
const CONNECTIONS: usize = 8;

fn main() -> ExitCode {
    let mut bench = Bench::from_args("js-config");
    let (mut bare, mut ours) = (load(serve_bare()), load(serve_ours()));
    assert_eq!(bare.ask().unwrap(), ours.ask().unwrap(), "as many bytes from either");
    let mut group = bench.group("8 signed pages over 8 kept connections (70 % of the rate: 1.43)");
    group.floor("floor: a bare axum handler, a constant of the same bytes", || bare.ask().unwrap());
    group.row("js-config", || ours.ask().unwrap()).at_most(1.43);
    group.run();
    bench.finish()
}

/// A listener whose server has a thread and a runtime of its own, and ends with the program.
fn serve<S: Future + 'static>(
    server: impl FnOnce(tokio::net::TcpListener) -> S + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            server(tokio::net::TcpListener::from_std(listener).unwrap()).await;
        });
    });
    address
}

fn serve_bare() -> SocketAddr {
    let handler = get(async || (HEADERS, BODY));
    let router = Router::new().route("/v1/apps/{app_id}/js-config", handler);
    serve(|listener| async {
        use axum::serve::ListenerExt as _;
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, router).await.unwrap();
    })
}

fn serve_ours() -> SocketAddr {
    let platform = Emulator::start(World::demo()).unwrap();
    let transport = yzb::transport_fn(move |request| {
        let answer = platform.call(&request).map(yzb::Body::from);
        async move { Ok(answer) }
    });
    let app = App::builder(demo::APP_ID, demo::APP_SECRET).transport(transport).build().unwrap();
    let gateway = Gateway::new();
    let pages = PageOrigins::parse(["https://shop.example"]).unwrap();
    gateway.put(ServedApp::new(app).pages(pages));
    let server = Server::new(Service::builder(gateway).build());
    serve(|listener| async {
        server.run(listener.into(), std::future::pending()).await.unwrap();
    })
}

fn load(address: SocketAddr) -> Load {
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: {address}\r\naccept: */*\r\n\r\n");
    Load::new(address, CONNECTIONS, request, "shop.example/cart\"}").unwrap()
}
