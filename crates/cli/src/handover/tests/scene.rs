//! Everybody who takes part, and the time that they share.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use redis::Value as Reply;
use serde_json::Value;
use yzb::{
    App, Clock, HyperTransport, Lifetime, Now, Policy, SharedStore, SlotKey, Store, StoreError,
    Stored, SystemClock, Timer, Turn,
};
use yzb_emulator::{ClockMode, Dials, Emulator, PreviousToken, World};
use yzb_store_redis::RedisStore;

use super::super::platform::Platform;
use super::super::{Shadow, Shared, Takeover};
use super::redis_server::server::{Server, text};
use crate::environment::Environment;

pub(super) const APPS: [&str; 2] = ["100027", "100028"];
const KINDS: [(&str, &str); 2] =
    [("server_access_token", "access_token"), ("js_ticket", "js_ticket")];

/// Two apps on one platform and one Redis.
pub(super) struct Scene {
    pub(super) platform: Emulator,
    pub(super) redis: Server,
    pub(super) clock: Arc<Shifted>,
    folder: PathBuf,
    /// Whether the published task runs.
    pub(super) task_runs: AtomicBool,
    /// How many codes it has issued.
    pub(super) task_issued: AtomicU32,
    /// How many of its rounds ended before the last app.
    pub(super) task_stopped: AtomicU32,
    /// What somebody does at a moment, while others only wait.
    pub(super) plan: Mutex<Option<Plan>>,
    /// What readers did not get, and when.
    pub(super) missed: Mutex<Vec<String>>,
}

/// A moment, and what is done then.
pub(super) type Plan = (u64, fn(&Scene));

/// The machine's clock, some seconds ahead.
#[derive(Debug, Default)]
pub(super) struct Shifted(AtomicU64);

impl Clock for Shifted {
    fn now(&self) -> Now {
        let shift = Lifetime::from_secs(self.0.load(Ordering::SeqCst));
        let Now { wall, monotonic, .. } = SystemClock::new().now();
        Now::new(wall + shift, monotonic + shift.into())
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "yzb-handover-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let world = World::new().app(APPS[0], "planted-one").app(APPS[1], "planted-two");
        let platform = Emulator::builder(world).clock(ClockMode::Real).start().unwrap();
        let scene = Self {
            platform,
            redis: Server::start(),
            clock: Arc::default(),
            folder,
            task_runs: AtomicBool::new(true),
            task_issued: AtomicU32::new(0),
            task_stopped: AtomicU32::new(0),
            plan: Mutex::default(),
            missed: Mutex::default(),
        };
        std::fs::write(scene.config(), scene.config_text()).unwrap();
        scene
    }

    /// One in which a replaced token lives on, so that what a reader holds is not dead between the
    /// platform's answer and the write: nobody can do that at once.
    pub(super) fn lenient() -> Self {
        let scene = Self::new();
        let mut dials = Dials::default();
        dials.previous_server_token = PreviousToken::LivesTenMinutes;
        scene.platform.set_dials(dials);
        scene
    }

    fn config(&self) -> PathBuf {
        self.folder.join("config.yaml")
    }

    fn config_text(&self) -> String {
        format!(
            "storage_redis: {{ host: 127.0.0.1, port: {} }}
oauth_api: {{ get_js_ticket_url: '{}/OAuth2/ticket' }}
app_info:
  - {{ app_id: '{}', app_secret: planted-one }}
  - {{ app_id: '{}', app_secret: planted-two }}
service: {{ listen: ['127.0.0.1:0'] }}
policy: {{ store_timeout: 10s }}
",
            self.redis.port,
            self.platform.origin(),
            APPS[0],
            APPS[1]
        )
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.now().wall.as_secs()
    }

    /// Time passes, for everybody: for the platform, for us, and for the expiries in Redis.
    pub(super) fn pass(&self, seconds: u64) {
        self.platform.advance(seconds);
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
        for key in self.keys() {
            let Reply::Int(left) = self.redis.command(&["PTTL", &key]) else { panic!() };
            if left < 0 {
                continue;
            }
            let left = left - i64::try_from(seconds * 1000).unwrap();
            // Redis removes at once what has nothing left.
            self.redis.command(&["PEXPIRE", &key, &left.max(0).to_string()]);
        }
    }

    /// Hours in steps of a minute, in each of which the task does its round, if it runs, and readers
    /// read.
    pub(super) fn pass_minutes(&self, minutes: u64) {
        for _ in 0..minutes {
            self.pass(60);
            self.minute();
        }
    }

    pub(super) fn minute(&self) {
        if self.task_runs.load(Ordering::SeqCst) {
            self.task_round();
        }
        self.read_all();
    }

    fn keys(&self) -> Vec<String> {
        let Reply::Array(keys) = self.redis.command(&["KEYS", "*"]) else { panic!() };
        keys.iter().map(text).collect()
    }

    /// One round of the published task: each app in order, and in each the token before the ticket. It
    /// ends where it meets what it cannot do.
    pub(super) fn task_round(&self) {
        let done = APPS.iter().all(|app_id| self.task_app(app_id).is_some());
        if !done {
            self.task_stopped.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn task_app(&self, app_id: &str) -> Option<()> {
        let (token, due) = self.task_read(app_id, 0)?;
        let token = if due { self.task_issue(app_id, 0, "")? } else { token };
        let (_, due) = self.task_read(app_id, 1)?;
        if due {
            self.task_issue(app_id, 1, &token)?;
        }
        Some(())
    }

    /// The code, and whether it is due; none where Python would raise.
    fn task_read(&self, app_id: &str, kind: usize) -> Option<(String, bool)> {
        let Some(value) = self.redis.get(&key(app_id, kind)) else {
            return Some((String::new(), true));
        };
        let value: Value = serde_json::from_str(&value).ok()?;
        let code = value.get(KINDS[kind].0)?.as_str()?.to_owned();
        let left = value.get("expires_in")?.as_i64()? - i64::try_from(self.now()).unwrap();
        Some((code, left <= 600))
    }

    fn task_issue(&self, app_id: &str, kind: usize, token: &str) -> Option<String> {
        let secret = if app_id == APPS[0] { "planted-one" } else { "planted-two" };
        let (path, form, field) = match kind {
            0 => {
                let form = format!("app_id={app_id}&secret={secret}&grant_type=client_credential");
                ("token", form, "access_token")
            }
            _ => {
                let form = format!("app_id={app_id}&access_token={token}&type=js_ticket");
                ("ticket", form, "ticket")
            }
        };
        let data = self.ask(path, &form)?;
        let (code, span) = (data[field].as_str()?.to_owned(), data["expires_in"].as_u64()?);
        self.write(app_id, kind, &code, self.now() + span, span);
        self.task_issued.fetch_add(1, Ordering::SeqCst);
        Some(code)
    }

    /// As the published writer writes it.
    pub(super) fn write(&self, app_id: &str, kind: usize, code: &str, until: u64, span: u64) {
        let value = format!("{{\"{}\": \"{code}\", \"expires_in\": {until}}}", KINDS[kind].0);
        self.redis.command(&["SET", &key(app_id, kind), &value, "EX", &span.to_string()]);
    }

    /// The data of a good answer of the platform's.
    fn ask(&self, path: &str, form: &str) -> Option<Value> {
        let request = http::Request::post(format!("https://oauth.yuanzhibang.com/OAuth2/{path}"));
        let response = self.platform.call(&request.body(form.as_bytes().to_vec()).unwrap());
        let answer: Value = serde_json::from_slice(response.body()).ok()?;
        let is_good = answer["status"] == "2000" || answer["status"] == 2000;
        is_good.then(|| answer["data"].clone())
    }

    /// What a published client gets: `GET`, parse, one field by its name.
    pub(super) fn read(&self, app_id: &str, kind: usize) -> Option<String> {
        let value: Value = serde_json::from_str(&self.redis.get(&key(app_id, kind))?).ok()?;
        Some(value.get(KINDS[kind].0)?.as_str()?.to_owned())
    }

    /// Whether what a published client gets is valid, as the platform says.
    fn is_valid(&self, app_id: &str, kind: usize) -> bool {
        let Some(code) = self.read(app_id, kind) else { return false };
        let form = format!("app_id={app_id}&type={}&code={code}", KINDS[kind].1);
        self.ask("checkCode", &form).is_some()
    }

    /// Every reader reads; what is missing is noted.
    pub(super) fn read_all(&self) {
        for app_id in APPS {
            for kind in [0, 1] {
                if !self.is_valid(app_id, kind) {
                    let missed = format!("{} of {app_id} at {}", KINDS[kind].0, self.now());
                    self.missed.lock().unwrap().push(missed);
                }
            }
        }
    }

    /// Everything that is in the records, as it is.
    pub(super) fn values(&self) -> Vec<Option<String>> {
        let all = APPS.iter().flat_map(|app_id| [key(app_id, 0), key(app_id, 1)]);
        all.map(|key| self.redis.get(&key)).collect()
    }

    pub(super) fn record(&self, app_id: &str, kind: usize) -> Value {
        serde_json::from_str(&self.redis.get(&key(app_id, kind)).unwrap()).unwrap()
    }

    pub(super) async fn shared(&self, name: &str) -> Shared {
        let clock = Arc::clone(&self.clock);
        let environment = Environment::default();
        let opened = Shared::open(Some(Path::new(&self.config())), &environment, clock, name).await;
        let shared = opened.unwrap();
        Shared { of_apps: SharedStore::new(Timeless(shared.store.clone())), ..shared }
    }

    /// `yzb takeover`, with these arguments: what it says, and whether it did it.
    pub(super) async fn takeover(&self, arguments: &[&str]) -> (String, Result<ExitCode, String>) {
        #[derive(Parser)]
        struct Program {
            #[command(flatten)]
            takeover: Takeover,
        }
        let arguments = ["yzb"].iter().chain(arguments);
        let takeover = Program::try_parse_from(arguments).unwrap().takeover;
        let shared = self.shared("yzb-takeover").await;
        let platform = Platform::open(&shared, &Environment::default()).unwrap();
        let mut output = Vec::new();
        let outcome = takeover.hand_over(&shared, &platform, &Play(self), &mut output).await;
        shared.store.released().await;
        (String::from_utf8(output).unwrap(), outcome.map_err(|error| format!("{error:#}")))
    }

    /// `yzb shadow`, with these arguments, while a minute passes from each look to the next.
    pub(super) async fn shadow(&self, arguments: &[&str]) -> (String, ExitCode) {
        #[derive(Parser)]
        struct Program {
            #[command(flatten)]
            shadow: Shadow,
        }
        let arguments = ["yzb"].iter().chain(arguments);
        let shadow = Program::try_parse_from(arguments).unwrap().shadow;
        let shared = self.shared("yzb-shadow").await;
        let mut output = Vec::new();
        let never = std::future::pending();
        let code = shadow.watch(&shared, None, &Play(self), never, &mut output).await.unwrap();
        (String::from_utf8(output).unwrap(), code)
    }

    /// A service of ours: apps that share the Redis.
    pub(super) async fn service(&self, name: &str) -> Vec<App> {
        let shared = self.shared(name).await;
        let apps = shared.loaded.config.apps.iter();
        // The machine may have too much to do.
        let policy = Policy::builder().store_timeout(Duration::from_secs(10)).build().unwrap();
        apps.map(|app| {
            App::builder(app.id.as_str(), shared.loaded.secret(&app.secret))
                .origin(shared.loaded.config.platform.origin.clone())
                .store(shared.of_apps.clone())
                .policy(policy.clone())
                .clock(Arc::clone(&self.clock))
                .transport(HyperTransport::new())
                .build()
                .unwrap()
        })
        .collect()
    }

    /// Hours in steps of a minute, with a service of ours.
    pub(super) async fn serve_minutes(&self, service: &[App], minutes: u64) {
        for _ in 0..minutes {
            self.pass(60);
            for app in service {
                app.server_token().await.unwrap();
                app.js_ticket().await.unwrap();
            }
            self.minute();
        }
    }

    pub(super) fn nobody_missed_anything(&self) {
        let missed = self.missed.lock().unwrap();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

pub(super) fn key(app_id: &str, kind: usize) -> String {
    format!("type/{}_info/app_id/{app_id}", KINDS[kind].0)
}

/// Time that passes when somebody waits for it.
pub(super) struct Play<'a>(pub(super) &'a Scene);

impl Timer for Play<'_> {
    async fn sleep(&self, pause: Duration) {
        let minute = |now: u64| now / 60;
        let before = minute(self.0.now());
        self.0.pass(pause.as_secs());
        let due = self.0.plan.lock().unwrap().take_if(|(at, _)| *at <= self.0.now());
        if let Some((_, act)) = due {
            act(self.0);
        }
        for _ in before..minute(self.0.now()) {
            self.0.minute();
        }
    }
}

/// Redis without its clock, the one clock that cannot be told that hours have passed.
struct Timeless(RedisStore);

impl Store for Timeless {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.0.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.0.save(key, record).await
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        self.0.turn(key).await
    }

    async fn extend_turn(&self, key: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
        self.0.extend_turn(key, turn).await
    }

    async fn end_turn(&self, key: &SlotKey, turn: Turn) -> Result<(), StoreError> {
        self.0.end_turn(key, turn).await
    }

    fn abandon_turn(&self, turn: Turn) {
        self.0.abandon_turn(turn);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
