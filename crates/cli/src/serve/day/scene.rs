//! The cast of the day: a platform, a service, a reader, and others who get codes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Request, Response};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};
use tower::ServiceExt as _;
use yzb::cache::{MemoryStore, Policy};
use yzb::proto::{JsTicket, ServerAccessToken};
use yzb::{
    AppId, AppSecret, Apps, Body, Clock, Code, Kind, Monotonic, Now, Origin, SharedStore, SlotKey,
    Store as _, Stored, Transport, TransportError, TransportErrorKind, UnixSeconds,
};
use yzb_axum::{Gateway, Recorder, axum};
use yzb_emulator::{Call, Delivery, FaultPlan, Manner, Platform, Quirk, Quirks, World, demo};

use super::Foreigner;
use crate::config::{Loaded, Origin as Place};
use crate::environment::Environment;
use crate::serve::http::service;
use crate::serve::keeping::Keeping;
use crate::serve::metrics::Metrics;
use crate::serve::watching::Watching;

/// Midnight, in unix seconds.
const MIDNIGHT: u64 = 1_654_560_000;
/// Percent-encoded, as the reader sends it.
const PAGE: &str = "https%3A%2F%2Fshop.example%2Fcart";

/// What came of the page of one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Minute {
    /// It was signed, and the platform lets it in.
    Signed,
    /// It was not signed, for a reason of this kind.
    Unsigned(String),
    /// It was signed, and the platform does not let it in.
    Refused(String),
}

/// The pretended time: passes by sleeping only.
#[derive(Clone, Copy)]
struct Pretended(Instant);

/// The platform, at that time.
#[derive(Clone)]
struct There {
    platform: Arc<Mutex<Platform>>,
    time: Pretended,
    /// How many requests for each kind of code were not ours.
    foreign: Arc<[AtomicU64; 2]>,
}

/// Everybody.
pub(super) struct Scene {
    there: There,
    store: MemoryStore,
    router: axum::Router,
    spelled: Option<Quirk>,
    _keeping: Keeping,
}

impl Scene {
    /// A service that is just begun, and a platform to which this will happen.
    pub(super) async fn at_midnight(script: &str) -> Self {
        let time = Pretended(Instant::now());
        let mut platform = Platform::new(World::demo());
        platform.set_faults(MIDNIGHT, FaultPlan::read(script).unwrap());
        let there =
            There { platform: Arc::new(Mutex::new(platform)), time, foreign: Arc::default() };
        let store = MemoryStore::as_if_shared();
        let loaded = configuration().await;
        let watching = Watching { metrics: Metrics::new(), recorder: Recorder::new(time, 20) };
        let gateway = Gateway::new();
        let apps = Apps::builder().clock(time).random(chance());
        let shared = SharedStore::new(store.clone());
        let places = (&watching, &gateway);
        let keeping = Keeping::begin_with(shared, there.clone(), apps, &loaded, places).unwrap();
        let router = service(&loaded, &watching, &gateway).unwrap().clock(time).build().router();
        Self { there, store, router, spelled: None, _keeping: keeping }
    }

    /// Sleeps until this minute of the day; the first page is asked for when its code can be there.
    pub(super) async fn until(&self, minute: u64) {
        sleep_until(self.there.time.0 + Duration::from_secs(minute * 60 + 1)).await;
    }

    /// Lets the platform spell its answers so from now on.
    pub(super) fn spell(&mut self, spelling: Option<&(u64, u64, Quirk)>) {
        let wanted = spelling.map(|(_, _, quirk)| *quirk);
        if std::mem::replace(&mut self.spelled, wanted) != wanted {
            let quirks = wanted.map_or(Quirks::none(), Quirks::from);
            self.there.platform().set_quirks(quirks);
        }
    }

    /// Asks the service to sign the page, and the platform whether it lets it in.
    pub(super) async fn sign_a_page(&self) -> Minute {
        let path = format!("/v1/apps/{}/js-config?url={PAGE}", demo::APP_ID);
        let (status, text) = self.get(&path).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        let field = |name: &str| answer[name].as_str().unwrap().to_owned();
        if status != 200 {
            return Minute::Unsigned(field("kind"));
        }
        let now = self.there.now();
        let verdict = self.there.platform().verify_signature(
            now,
            demo::APP_ID,
            &field("nonce_str"),
            field("timestamp").parse().unwrap(),
            &field("url"),
            &field("signature"),
        );
        if verdict.is_accepted() { Minute::Signed } else { Minute::Refused(verdict.to_string()) }
    }

    /// Somebody else gets both codes for our app, as the published renewer does.
    pub(super) async fn foreigner(&self, who: Foreigner) {
        let app_id = demo::APP_ID;
        let secret = demo::APP_SECRET;
        let form = format!("app_id={app_id}&secret={secret}&grant_type=client_credential");
        let token = self.there.by_hand(Kind::ServerToken, form, "access_token");
        let form = format!("app_id={app_id}&access_token={token}&type=js_ticket");
        let ticket = self.there.by_hand(Kind::JsTicket, form, "ticket");
        if matches!(who, Foreigner::AtAConsole) {
            return;
        }
        let ends = UnixSeconds::new(self.there.now() + 7200);
        for code in [
            Code::ServerToken(ServerAccessToken::new(&token).unwrap()),
            Code::JsTicket(JsTicket::new(&ticket).unwrap()),
        ] {
            let key = key(code.kind());
            self.store.save(&key, &Stored::new(code, ends)).await.unwrap();
        }
    }

    /// What `/metrics` answers now.
    pub(super) async fn metrics(&self) -> String {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200, "{text}");
        text
    }

    /// How often the service asked for a code of this kind.
    pub(super) fn asked(&self, call: Call) -> u64 {
        let kind = if call == Call::ServerToken { Kind::ServerToken } else { Kind::JsTicket };
        let all = self.there.platform().calls(call, Some(demo::APP_ID)) as u64;
        all - self.there.foreign[place(kind)].load(Ordering::SeqCst)
    }

    /// How often each fault of the script struck.
    pub(super) fn strikes(&self) -> Vec<u64> {
        self.there.platform().fault_strikes().to_vec()
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let request = Request::get(path).header("host", "localhost");
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

impl There {
    fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap()
    }

    fn now(&self) -> u64 {
        self.time.now().wall.as_secs()
    }

    /// A code that is not asked for by us.
    fn by_hand(&self, kind: Kind, form: String, field: &str) -> String {
        let path = if kind == Kind::ServerToken { "/OAuth2/token" } else { "/OAuth2/ticket" };
        let request = Request::post(path).body(form).unwrap();
        let answer = self.platform().answer(self.now(), &request);
        self.foreign[place(kind)].fetch_add(1, Ordering::SeqCst);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["data"][field].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// As a client sees it what a fault does to a connection.
impl Transport for There {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let now = self.now();
        let answer = self.platform().answer(now, &request).map(Body::from);
        let Some(delivery) = Delivery::of(&answer) else { return Ok(answer) };
        match delivery.manner {
            Manner::Plain => Ok(answer),
            Manner::Silence => {
                sleep(Duration::from_secs(10)).await;
                Err(TransportErrorKind::Timeout.into())
            }
            _ => Err(TransportErrorKind::Closed.into()),
        }
    }
}

impl Clock for Pretended {
    fn now(&self) -> Now {
        let passed = self.0.elapsed();
        let wall = UnixSeconds::new(MIDNIGHT + passed.as_secs());
        Now::new(wall, Monotonic::default() + passed)
    }
}

/// The demo app, with a page of its own.
async fn configuration() -> Loaded {
    let text = format!(
        "app_info:
  - app_id: \"{}\"
    app_secret: {}
    page_origins: [https://shop.example]
store: {{ directory: unused }}
",
        demo::APP_ID,
        demo::APP_SECRET
    );
    let folder = std::env::temp_dir().join(format!("yzb-day-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.yaml");
    std::fs::write(&file, text).unwrap();
    let environment = Environment::from([]);
    let mut loaded = Loaded::load(&Place::File(file), &environment).await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    // There is a person at a console in the script.
    loaded.config.policy = Policy::builder().other_issuers(true).build().unwrap();
    loaded
}

fn key(kind: Kind) -> SlotKey {
    let secret = AppSecret::new(demo::APP_SECRET).unwrap();
    let app_id = AppId::new(demo::APP_ID).unwrap();
    SlotKey::new(Origin::production(), app_id, secret.fingerprint(), kind)
}

fn place(kind: Kind) -> usize {
    usize::from(kind == Kind::JsTicket)
}

/// Other bytes each time, and the same in each run.
fn chance() -> impl Fn() -> [u8; 16] + Send + Sync {
    let count = Mutex::new(0_u128);
    move || {
        let mut count = count.lock().unwrap();
        // An odd constant spreads the count over all bytes.
        *count = count.wrapping_add(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        count.to_be_bytes()
    }
}
