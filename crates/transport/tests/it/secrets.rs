//! Secrets are planted everywhere, and looked for in everything that is shown.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;
use yzb_emulator::{AuthCode, Emulator, User, World, demo};
use yzb_proto::EndpointExt;
use yzb_transport::{CallError, Client, HyperTransport, Proxy, Retry, SharedTransport, Transport};

use crate::scene::{App, Authority, Server, Step, answer, everything_shown, good_answer, redirect};

const APP_ID: &str = "990077";
/// Part of every secret below, and of nothing else in this program.
const MARK: &str = "5ecre7";
const SECRET: &str = "app-5ecre7";
const CODE: &str = "code-5ecre7";
/// `user:proxy-5ecre7` as a header has it.
const PROXY_HEADER: &str = "dXNlcjpwcm94eS01ZWNyZTc=";

/// What every crate below told `tracing` or `log`, down to TRACE, since the program began.
#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl Trace {
    fn begin() -> Self {
        static TRACE: OnceLock<Trace> = OnceLock::new();
        let begin = || {
            let trace = Self::default();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(trace.clone())
                .finish()
                .init();
            trace
        };
        TRACE.get_or_init(begin).clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Trace {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything shown so far, and what must not be in it.
pub(crate) struct Search {
    trace: Trace,
    shown: String,
    secrets: Vec<String>,
}

impl Search {
    pub(crate) fn begin() -> Self {
        let secrets = [MARK, PROXY_HEADER].map(str::to_owned).into();
        Self { trace: Trace::begin(), shown: String::new(), secrets }
    }

    pub(crate) fn look_at(&mut self, thing: &impl Debug) {
        self.shown.push_str(&format!("{thing:?}\n{thing:#?}\n"));
    }

    fn look_at_error(&mut self, error: &CallError) {
        self.shown.push_str(&everything_shown(error));
    }

    #[track_caller]
    pub(crate) fn finds_nothing_and_saw(&self, expected: &[&str]) {
        let everything = self.shown.clone() + &self.trace.text();
        for secret in &self.secrets {
            if let Some(at) = everything.find(secret) {
                let around = &everything[at.saturating_sub(200)..(at + 40).min(everything.len())];
                panic!("{secret} is shown: …{around}…");
            }
        }
        for expected in expected {
            assert!(everything.contains(expected), "the search did not see {expected:?}");
        }
    }
}

fn app() -> App {
    App::new(APP_ID, SECRET, CODE)
}

fn emulator() -> (Emulator, yzb_proto::Origin) {
    let world = World::new()
        .app(APP_ID, SECRET)
        .user(User::new(demo::ANGEL).nick("Angel").adds(APP_ID, [] as [&str; 0]))
        .code(AuthCode::new(CODE, APP_ID, demo::ANGEL));
    let emulator = Emulator::start(world).unwrap();
    let origin = emulator.origin().parse().unwrap();
    (emulator, origin)
}

/// Servers that hand out a secret in every wrong place, or none at all.
async fn misbehaving() -> Vec<Server> {
    let target = Server::answering(good_answer()).await;
    let answers = [
        answer("200 OK\r\ncontent-type: text/5ecre7", "<html>5ecre7</html>"),
        answer(
            "200 OK\r\nx-token: 5ecre7\r\nset-cookie: a=5ecre7",
            "{\"status\":2000,\"data\":{\"5ecre7",
        ),
        answer("503 5ecre7\r\nretry-after: 5ecre7", "5ecre7"),
        answer("200 OK\r\ncontent-encoding: 5ecre7", "5ecre7"),
        answer(
            "200 OK",
            "{\"status\":4000,\"message\":\"app-5ecre7 is wrong\",\"data\":[\"5ecre7\"]}",
        ),
        answer("200 OK", &"5ecre7 ".repeat(10_000)),
        String::from_utf8(redirect(307, &target)).unwrap().replace("planted", MARK).into(),
        b"5ecre7 5ecre7 5ecre7\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\n5ecre7 5ecre7: x\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 5ecre7\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n5ecre7".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5ecre7".to_vec(),
    ];
    let mut servers = Vec::new();
    for answer in answers {
        servers.push(Server::start([Step::Read, Step::Send(answer)]).await);
    }
    servers.push(Server::start([Step::Read, Step::Reset]).await);
    let tls = Authority::new().server("127.0.0.1");
    servers.push(Server::answering_tls(good_answer(), tls).await);
    servers
}

/// All that one stack can show: the whole way, a spent code, and every kind of misbehaviour.
async fn try_everything(search: &mut Search, transport: impl Transport + Clone + Debug + 'static) {
    let app = app();
    let (_emulator, origin) = emulator();
    search.look_at(&transport);
    search.look_at(&app.login().to_request(&origin));
    let client = Client::new(Retry::new(SharedTransport::new(transport.clone())), origin);
    search.look_at(&client);
    search.secrets.extend(app.whole_way(&client).await.unwrap());
    search.look_at_error(&client.call(&app.login()).await.unwrap_err());
    for server in misbehaving().await {
        let client = Client::new(transport.clone(), server.origin().parse().unwrap());
        search.look_at_error(&client.call(&app.login()).await.unwrap_err());
    }
}

#[tokio::test]
async fn the_default_stack_shows_no_secret() {
    let mut search = Search::begin();
    try_everything(&mut search, HyperTransport::new()).await;
    search.finds_nothing_and_saw(&[
        "yzb.call",
        "path=\"/OAuth2/token\"",
        "outcome=\"rejected\"",
        "outcome=\"unknown-issuer\"",
        "TRACE",
        "hyper_util",
    ]);
}

#[tokio::test]
async fn a_proxy_s_password_is_not_shown_whether_it_is_right_or_wrong() {
    let mut search = Search::begin();
    for answer in [answer("407 No", "5ecre7"), answer("403 5ecre7", ""), answer("200 OK", "")] {
        let server = Server::start([Step::Read, Step::Send(answer)]).await;
        let text = server.origin().replace("http://", "http://user:proxy-5ecre7@");
        let transport = HyperTransport::builder().proxy(Proxy::parse(&text).unwrap());
        search.look_at(&transport);
        let transport = transport.build().unwrap();
        search.look_at(&transport);
        let client = Client::new(transport, "https://platform.invalid".parse().unwrap());
        search.look_at_error(&client.call(&app().login()).await.unwrap_err());
        assert!(server.received().contains(PROXY_HEADER), "the password was used");
    }
    search.finds_nothing_and_saw(&["outcome=\"proxy-auth\"", "outcome=\"proxy\""]);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_announced_without_what_is_in_it() {
    let mut search = Search::begin();
    let server = Server::answering(answer("503 5ecre7\r\nx: 5ecre7", "5ecre7")).await;
    let retry = Retry::new(HyperTransport::new());
    search.look_at(&retry);
    let client = Client::new(retry, server.origin().parse().unwrap());
    search.look_at_error(&client.call(&app().token()).await.unwrap_err());
    assert_eq!(server.requests(), 2);
    search.finds_nothing_and_saw(&["the request will be repeated", "http_status=503"]);
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn reqwest_shows_no_secret() {
    let mut search = Search::begin();
    try_everything(&mut search, yzb_transport::ReqwestTransport::new().unwrap()).await;
    search.finds_nothing_and_saw(&["reqwest"]);
}

#[cfg(feature = "ureq")]
#[tokio::test(flavor = "multi_thread")]
async fn ureq_shows_no_secret() {
    use yzb_transport::{BlockingTransport, UreqTransport, transport_fn};

    let mut search = Search::begin();
    let ureq = UreqTransport::new().unwrap();
    search.look_at(&ureq);
    let ureq = transport_fn(move |request| {
        let ureq = ureq.clone();
        async move { tokio::task::spawn_blocking(move || ureq.send(request)).await.unwrap() }
    });
    try_everything(&mut search, ureq).await;
    search.finds_nothing_and_saw(&["outcome=\"malformed\""]);
}
