//! The floor of a signed page: a server by hyper that answers a constant of the same size to everybody,
//! asked at the same time and rhythm. Whatever keeps the machine busy keeps both waiting.

use std::convert::Infallible;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// By this first argument the program is that server.
pub(crate) const NAME: &str = "bare";

const BODY: &str = r#"{"app_id":"100000","timestamp":"1654569706","nonce_str":"ae17285e4f5a519d14f6af0c14887594","signature":"4ac9b747bb3e987f15b0b1c104702ecfc9169274","url":"https://shop.example/cart"}"#;

/// Serves on this address until it is killed.
pub(crate) fn run(address: &str) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let answer = service_fn(async |_| Ok::<_, Infallible>(answer()));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
}

fn answer() -> Response<Full<Bytes>> {
    let answer = Response::builder()
        .header("content-type", "application/json")
        .header("yzb-sure-until", "1654570306")
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer");
    answer.body(Full::from(BODY)).unwrap()
}
