//! The cast: a platform in process that can be told to fail, an app, and a client of the routes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tower::ServiceExt as _;
use yzb::{
    App, AppBuilder, Clock, Monotonic, Now, TransportError, TransportErrorKind, UnixSeconds,
};
use yzb_axum::{
    BearerToken, Gateway, PageOrigins, Recorder, ServedApp, Service, ServiceBuilder, axum,
};
use yzb_emulator::{Call, Emulator, World, demo};

pub(crate) const APP: &str = "/v1/apps/990001";
pub(crate) const TOKEN: &str = "bearer-0123456789abcdef";

/// What goes wrong at the platform, but for server tokens unless said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trouble {
    #[default]
    None,
    /// It never answers.
    Hang,
    /// The connection breaks.
    Break,
    /// Something else answers in its place.
    Html,
    /// It answers this status.
    Status(u16),
    /// Server tokens too: the connection breaks.
    BreakAll,
    /// Server tokens too: it never answers.
    HangAll,
}

/// A platform, its time, and what is remembered of it.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) platform: Arc<Emulator>,
    trouble: Arc<Mutex<Trouble>>,
    pub(crate) time: Time,
    pub(crate) recorder: Recorder,
    pub(crate) gateway: Gateway,
}

/// A clock that goes when it is told to, and the platform's with it.
#[derive(Clone)]
pub(crate) struct Time(Arc<Emulator>, Arc<AtomicU64>);

impl Clock for Time {
    fn now(&self) -> Now {
        let passed = self.1.load(Ordering::SeqCst);
        Now::new(UnixSeconds::new(self.0.now()), Monotonic::from_millis(passed * 1000 + 1000))
    }
}

impl Scene {
    /// With the demo app, which may sign pages of `https://shop.example`.
    pub(crate) fn new() -> Self {
        let scene = Self::empty(World::demo());
        scene.serve(scene.app(demo::APP_ID, demo::APP_SECRET), "Shop");
        scene
    }

    /// Without an app.
    pub(crate) fn empty(world: World) -> Self {
        let platform = Arc::new(Emulator::start(world).unwrap());
        let time = Time(Arc::clone(&platform), Arc::default());
        let recorder = Recorder::new(time.clone(), 16);
        Self { platform, trouble: Arc::default(), time, recorder, gateway: Gateway::new() }
    }

    pub(crate) fn app(&self, app_id: &str, secret: &str) -> App {
        self.builder(app_id, secret).build().unwrap()
    }

    pub(crate) fn builder(&self, app_id: &str, secret: &str) -> AppBuilder {
        let (platform, trouble) = (Arc::clone(&self.platform), Arc::clone(&self.trouble));
        let transport = yzb::transport_fn(move |request: Request<yzb::Body>| {
            let form = String::from_utf8_lossy(request.body().as_ref()).into_owned();
            let (platform, trouble) = (Arc::clone(&platform), *trouble.lock().unwrap());
            async move {
                let for_token = form.contains("client_credential");
                let strikes = !for_token || matches!(trouble, Trouble::BreakAll | Trouble::HangAll);
                match trouble {
                    Trouble::Hang | Trouble::HangAll if strikes => std::future::pending().await,
                    Trouble::Break | Trouble::BreakAll if strikes => {
                        Err(TransportError::from(TransportErrorKind::Closed))
                    }
                    Trouble::Html if strikes => Ok(answer("<html>planted-body</html>".into())),
                    Trouble::Status(status) if strikes => Ok(answer(format!(
                        r#"{{"status":"{status}","message":"<img src=x onerror=alert(1)>","data":[]}}"#
                    ))),
                    _ => Ok(platform.call(&request).map(yzb::Body::from)),
                }
            }
        });
        App::builder(app_id, secret)
            .transport(transport)
            .clock(self.time.clone())
            .observer(self.recorder.clone())
    }

    pub(crate) fn serve(&self, app: App, name: &str) {
        let pages = PageOrigins::parse(["https://shop.example"]).unwrap();
        self.gateway.put(ServedApp::new(app).name(name).pages(pages));
    }

    pub(crate) fn trouble(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.platform.advance(seconds);
        self.time.1.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn asked(&self, call: Call) -> usize {
        self.platform.calls(call, Some(demo::APP_ID))
    }

    /// The routes, without a token.
    pub(crate) fn service(&self) -> ServiceBuilder {
        Service::builder(self.gateway.clone())
            .recorder(self.recorder.clone())
            .clock(self.time.clone())
    }

    /// The routes, with one.
    pub(crate) fn guarded(&self) -> ServiceBuilder {
        self.service().token(BearerToken::new(TOKEN).unwrap().named("the-shop"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask(&self.service().build(), get(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        ask(&self.service().build(), post(path, body)).await
    }
}

fn answer(body: String) -> axum::http::Response<yzb::Body> {
    axum::http::Response::new(yzb::Body::from(body.into_bytes()))
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "localhost").body(Body::empty()).unwrap()
}

pub(crate) fn post(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self.json()
    }

    /// Status and kind of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16(), "{self:?}");
        (self.status.as_u16(), json["kind"].as_str().unwrap().to_owned())
    }

    pub(crate) fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!(self.problem(), (status, kind.to_owned()), "{self:?}");
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn ask(service: &Service, request: Request<Body>) -> Answer {
    Answer::of(service.router().oneshot(request).await.unwrap()).await
}
