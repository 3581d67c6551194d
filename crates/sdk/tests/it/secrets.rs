//! Secrets are planted everywhere, and looked for in everything that is shown.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Once;

use tracing_subscriber::fmt::format::FmtSpan;
use yzb::{App, CheckedCode, OpenId};
use yzb_emulator::{AuthCode, Call, Emulator, Fault, FaultKind, FaultPlan, User, World, demo};

use crate::scene::{Scene, pass};

const SECRET: &str = "app-5ecre7";
const CODE: &str = "code-5ecre7";

thread_local! {
    /// What is told on this thread, while somebody listens.
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes into [`HEARD`].
struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| heard.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is told to `tracing` down to TRACE while a story is told, in pretended time.
pub(crate) fn log_of(story: impl Future<Output = ()>) -> String {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    log_on(&runtime.enable_time().start_paused(true).build().unwrap(), story)
}

fn log_on(runtime: &tokio::runtime::Runtime, story: impl Future<Output = ()>) -> String {
    // One for the whole program: what one thread's subscriber does not want to hear, `tracing` may
    // remember for all.
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| Ear)
            .init();
    });
    HEARD.set(Some(Vec::new()));
    runtime.block_on(story);
    String::from_utf8(HEARD.take().unwrap_or_default()).unwrap()
}

/// What people could see, and what must not be in it.
#[derive(Default)]
struct Shown {
    text: String,
    secrets: Vec<String>,
}

impl Shown {
    fn look_at(&mut self, thing: &impl std::fmt::Debug) {
        let _ = writeln!(self.text, "{thing:?}\n{thing:#?}");
    }

    fn look_at_error(&mut self, error: &yzb::Error) {
        let mut next: Option<&dyn Error> = Some(error);
        while let Some(error) = next {
            let _ = writeln!(self.text, "{error}\n{error:?}\n{error:#?}");
            next = error.source();
        }
    }

    fn never(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    #[track_caller]
    fn has_no_secret_and(&self, log: &str, expected: &[&str]) {
        let everything = self.text.clone() + log;
        for secret in self.secrets.iter().map(String::as_str).chain(["5ecre7"]) {
            assert!(!everything.contains(secret), "{secret} is shown");
        }
        for expected in expected {
            assert!(everything.contains(expected), "the search did not see {expected:?}");
        }
    }
}

fn world() -> World {
    World::new()
        .app(demo::APP_ID, SECRET)
        .user(User::new(demo::ANGEL).nick("Angel").adds(demo::APP_ID, [] as [&str; 0]))
        .code(AuthCode::new(CODE, demo::APP_ID, demo::ANGEL))
}

/// Everything that goes well.
async fn good_day(scene: &Scene, app: &App, shown: &mut Shown) {
    let user = app.login(CODE).await.unwrap();
    let (token, ticket) = (app.server_token().await.unwrap(), app.js_ticket().await.unwrap());
    let user_token = user.access_token.as_ref().unwrap();
    shown.never(token.token().expose_secret());
    shown.never(ticket.token().expose_secret());
    shown.never(user_token.expose_secret());
    shown.never(user.refresh_token.as_ref().unwrap().expose_secret());
    let code = CheckedCode::JsTicket(ticket.token());
    shown.look_at(&app.check(code).await.unwrap());
    shown.look_at(&app.base_info(&user.open_id).await.unwrap());
    shown.look_at(&app.sign_page("https://example.com/").await.unwrap());
    shown.look_at(&(app, &user, &token, &ticket, code));
    shown.look_at(&(app.users(), app.server_tokens(), app.tickets()));
    shown.look_at(&scene.builder());
}

/// Everything that goes wrong.
async fn bad_day(scene: &Scene, app: &App, shown: &mut Shown) {
    shown.look_at_error(&app.login(CODE).await.unwrap_err());
    pass(60).await;
    scene.revoke_token();
    app.user_count().await.unwrap();
    let stranger = OpenId::new(demo::STRANGER).unwrap();
    shown.look_at_error(&app.app_access(&stranger).await.unwrap_err());
    for kind in [FaultKind::ServerError, FaultKind::MalformedJson, FaultKind::TokenRevoked] {
        scene.set_faults(FaultPlan::from(Fault::new(kind)));
        shown.look_at_error(&app.user_count().await.unwrap_err());
        shown.look_at_error(&app.login(CODE).await.unwrap_err());
        pass(8000).await;
        shown.look_at_error(&app.js_ticket().await.unwrap_err());
    }
    assert!(scene.asked(Call::JsTicket) > 1);
}

#[test]
fn no_secret_is_in_anything_that_is_shown() {
    let mut shown = Shown::default();
    let log = log_of(async {
        let scene = Scene::new(world());
        let app = scene.builder_of(demo::APP_ID, SECRET).build().unwrap();
        good_day(&scene, &app, &mut shown).await;
        bad_day(&scene, &app, &mut shown).await;
        shown.look_at(&scene.events());
    });
    let spans = ["yzb.app{", "yzb.renewal{", "yzb.call{"];
    shown.has_no_secret_and(&log, &spans);
    shown.has_no_secret_and(&log, &["Invalidated", "JsTicket(…)", "AppBuilder"]);
}

#[test]
fn nor_in_what_the_default_stack_tells_below() {
    let mut shown = Shown::default();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let log = log_on(&runtime, async {
        let platform = Emulator::start(world()).unwrap();
        let origin = platform.origin().parse().unwrap();
        let app = App::builder(demo::APP_ID, SECRET).origin(origin).build().unwrap();
        let user = app.login(CODE).await.unwrap();
        let (token, ticket) = (app.server_token().await.unwrap(), app.js_ticket().await.unwrap());
        shown.never(token.token().expose_secret());
        shown.never(ticket.token().expose_secret());
        app.base_info(&user.open_id).await.unwrap();
        shown.look_at_error(&app.login(CODE).await.unwrap_err());
        platform.revoke_server_token(demo::APP_ID);
        shown.look_at_error(&app.user_count().await.unwrap_err());
    });
    shown.has_no_secret_and(&log, &["yzb.app{", "hyper_util", "TokenRefused"]);
}
