//! The floor of a cold start: what a careful person would write by hand to get both codes of so many
//! apps into Redis, once. A loop with 64 apps under way, hyper's client, records by `format!`, a
//! pipelined connection; no turn, no fence, no check of what is there or what comes, nothing kept.

use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::scene::{app_id, secret};

/// By this first argument the program is the floor.
pub(crate) const NAME: &str = "floor";
const UNDER_WAY: usize = 64;

type Http = Client<HttpConnector, Full<bytes::Bytes>>;

/// Does it, with the platform's origin, Redis's port and the number of apps, and prints the
/// nanoseconds that it spent on processors.
pub(crate) fn run(arguments: &[String]) {
    let [origin, port, apps] = arguments else { panic!("the floor wants three arguments") };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(all(origin, port, apps.parse().unwrap()));
    println!("{}", cpu_time::ProcessTime::now().as_duration().as_nanos());
}

async fn all(origin: &str, port: &str, apps: usize) {
    let redis = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    // On a busy machine half a second, which it has by default, is not enough.
    let patient = AsyncConnectionConfig::new().set_response_timeout(None);
    let redis = redis.get_multiplexed_async_connection_with_config(&patient).await.unwrap();
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let http: Http = Client::builder(TokioExecutor::new()).build(connector);
    let (room, origin) = (Arc::new(Semaphore::new(UNDER_WAY)), Arc::new(origin.to_owned()));
    let mut tasks = JoinSet::new();
    for number in 0..apps {
        let room = Arc::clone(&room).acquire_owned().await.unwrap();
        let (http, redis, origin) = (http.clone(), redis.clone(), Arc::clone(&origin));
        tasks.spawn(async move {
            one(&http, redis, &origin, number).await;
            drop(room);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// Both codes of one app.
async fn one(http: &Http, mut redis: MultiplexedConnection, origin: &str, number: usize) {
    let (id, secret) = (app_id(number), secret(number));
    let form = format!("app_id={id}&secret={secret}&grant_type=client_credential");
    let (token, token_life) =
        ask(http, format!("{origin}/OAuth2/token"), form, "access_token").await;
    let form = format!("app_id={id}&access_token={token}&type=js_ticket");
    let (ticket, life) = ask(http, format!("{origin}/OAuth2/ticket"), form, "ticket").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let record = |field: &str, code: &str, life: u64| {
        format!("{{\"{field}\": \"{code}\", \"expires_in\": {}}}", now + life)
    };
    let key = |kind: &str| format!("type/{kind}_info/app_id/{id}");
    let mut pipe = redis::pipe();
    let text = record("server_access_token", &token, token_life);
    pipe.set_ex(key("server_access_token"), text, token_life).ignore();
    pipe.set_ex(key("js_ticket"), record("js_ticket", &ticket, life), life).ignore();
    pipe.query_async::<()>(&mut redis).await.unwrap();
}

async fn ask(http: &Http, url: String, form: String, field: &str) -> (String, u64) {
    let request = Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::from(form))
        .unwrap();
    let answer = http.request(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let data = &body["data"];
    (data[field].as_str().unwrap().to_owned(), data["expires_in"].as_u64().unwrap())
}
