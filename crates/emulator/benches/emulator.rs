//! What the platform costs: an answer in process, an answer over a socket, and memory.
//!
//! The floors answer the same bytes with no logic. Over the socket that is a bare hyper server, on
//! a thread and a runtime of its own as the emulator's is, asked by the same loop.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot listen should stop")]
#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

use std::convert::Infallible;
use std::hint::black_box;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use yzb_bench::{Bench, Load};
use yzb_emulator::{DEFAULT_NOW, Emulator, Platform, World};

const FORM: &str = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
const BODY: &str = r#"{"status":"2000","message":"ok","data":{"access_token":"e220a8397b1dcdaf6e789e6aa1b965f406c45d188009454ff88bb8a8724c81ec","expires_in":7200}}"#;
const JSON: &str = "application/json; charset=utf-8";
const DATE: &str = "Tue, 07 Jun 2022 02:41:46 GMT";

/// How many connections are asked at once.
const CONNECTIONS: usize = 8;

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Emulator");
    in_process(&mut bench);
    over_loopback(&mut bench);
    if std::env::args().any(|argument| argument == "--bench") {
        memory();
    }
    bench.finish()
}

fn in_process(bench: &mut Bench) {
    let request = Request::post("/OAuth2/token")
        .header("host", "127.0.0.1")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", FORM.len())
        .body(FORM)
        .unwrap();
    let mut platform = Platform::new(World::demo());
    assert_eq!(platform.answer(DEFAULT_NOW, &request).body(), BODY.as_bytes());
    let mut group = bench.group("a server token, in process (aimed at below 5000 ns)");
    group.floor("floor: a response with the same bytes", || ready().map(Vec::from));
    group.row("Platform::answer", || platform.answer(DEFAULT_NOW, black_box(&request)));
    group.run();
}

fn over_loopback(bench: &mut Bench) {
    let emulator = Emulator::start(World::demo()).unwrap();
    let address = emulator.origin().strip_prefix("http://").unwrap().parse().unwrap();
    let (mut bare, mut ours) = (load(bare_hyper()), load(address));
    assert_eq!(bare.ask().unwrap(), ours.ask().unwrap(), "as many bytes from either");
    let mut group = bench.group("8 server tokens over 8 kept connections (60 % of the rate: 1.67)");
    group.floor("floor: bare hyper with the same bytes", || bare.ask().unwrap());
    group.row("the emulator", || ours.ask().unwrap()).at_most(1.67);
    group.run();
}

/// A million answers, and what the process holds on to after each part.
fn memory() {
    let request = Request::post("/OAuth2/token").body(FORM).unwrap();
    let mut platform = Platform::new(World::demo());
    println!("\nmemory of the process, after so many answers of one platform");
    for (calls, name) in [(10_000, "10 000"), (90_000, "100 000"), (900_000, "1 000 000")] {
        for second in 0..calls {
            black_box(platform.answer(DEFAULT_NOW + second / 100, &request));
        }
        match resident() {
            Some(kilobytes) => println!("  {name:>9}  {kilobytes:>8} kB"),
            None => println!("  {name:>9}  not told by this system"),
        }
    }
}

/// The process's resident memory, where the system has a file that says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The answer without any thought.
fn ready() -> Response<&'static str> {
    let mut response = Response::new(BODY);
    response.headers_mut().insert("content-type", HeaderValue::from_static(JSON));
    response.headers_mut().insert("date", HeaderValue::from_static(DATE));
    response
}

fn load(address: SocketAddr) -> Load {
    let request = format!(
        "POST /OAuth2/token HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{FORM}",
        FORM.len()
    );
    Load::new(address, CONNECTIONS, request, "7200}}").unwrap()
}

fn bare_hyper() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    // It ends with the program.
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream));
            }
        });
    });
    address
}

async fn serve(stream: tokio::net::TcpStream) {
    stream.set_nodelay(true).unwrap();
    let service = service_fn(|request: Request<hyper::body::Incoming>| async {
        let _ = request.into_body().collect().await;
        Ok::<_, Infallible>(ready().map(|body| Full::new(Bytes::from_static(body.as_bytes()))))
    });
    let mut http = http1::Builder::new();
    http.auto_date_header(false).timer(TokioTimer::new());
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}
