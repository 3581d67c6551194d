//! How each kind of problem is provoked at an operation that the document describes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN};
use http_body::Frame;
use serde_json::{Value, json};
use yzb::{Random, RandomError};
use yzb_axum::{Service, axum};
use yzb_emulator::demo;

use crate::scene::{Answer, Scene, TOKEN, Trouble, ask};

/// One operation of the document.
pub(super) struct Operation {
    path: String,
    method: String,
    pub(super) described: Value,
}

/// A body of which nothing ever arrives.
struct Silent;

/// There is no randomness.
struct Dry;

impl Operation {
    pub(super) fn new(path: &str, method: &str, described: Value) -> Self {
        Self { path: path.to_owned(), method: method.to_uppercase(), described }
    }

    pub(super) fn id(&self) -> String {
        self.described["operationId"].as_str().unwrap().to_owned()
    }

    /// Status and kind of everything that can go wrong by the document.
    pub(super) fn problems(&self) -> Vec<(u16, String)> {
        let mut all = Vec::new();
        for (status, response) in self.described["responses"].as_object().unwrap() {
            let schema = &response["content"]["application/problem+json"]["schema"];
            for kind in schema["properties"]["kind"]["enum"].as_array().into_iter().flatten() {
                all.push((status.parse().unwrap(), kind.as_str().unwrap().to_owned()));
            }
        }
        all
    }

    pub(super) async fn succeed(&self) -> Answer {
        let scene = Scene::new();
        if self.id().to_lowercase().contains("ready") {
            scene.get("/v1/apps/990001/js-ticket").await.ok();
        }
        let service = scene.service().metrics(|| "# EOF\n".to_owned()).build();
        ask(&service, self.request(&scene).await).await
    }

    /// A request that would succeed.
    async fn request(&self, scene: &Scene) -> Request<Body> {
        let mut uri = self.path.replace("{app_id}", demo::APP_ID).replace("{open_id}", demo::ANGEL);
        if self.id() == "jsConfig" {
            uri += "?url=https://shop.example/";
        }
        let body = match self.id().as_str() {
            "login" => json!({ "code": demo::AUTH_CODE }),
            "check" => json!({ "kind": "js-ticket", "code": "some-ticket" }),
            "invalidate" => {
                // Held, so that the platform is asked.
                let app = scene.gateway.app(demo::APP_ID).unwrap();
                let held = app.app().server_tokens().peek();
                let held =
                    held.map_or_else(|| "00000000".into(), |it| it.fingerprint().to_string());
                json!({ "kind": "server-token", "fingerprint": held })
            }
            _ => Value::Null,
        };
        let request = Request::builder().method(&*self.method).uri(uri).header(HOST, "localhost");
        if body.is_null() {
            return request.body(Body::empty()).unwrap();
        }
        request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
    }

    /// Makes this go wrong, if it can here.
    pub(super) async fn provoke(&self, kind: &str) -> Answer {
        let mut scene = Scene::new();
        if kind == "internal" {
            scene = Scene::empty(yzb_emulator::World::demo());
            let app = scene.builder(demo::APP_ID, demo::APP_SECRET).random(Dry).build().unwrap();
            scene.serve(app, "Shop");
        }
        if self.id() == "invalidate" {
            scene.get("/v1/apps/990001/server-token").await.ok();
        }
        scene.trouble(self.trouble(kind));
        let mut request = self.request(&scene).await;
        spoil(&mut request, kind, &self.id());
        let service = self.service(&scene, kind);
        if kind == "too-many-attempts" {
            for _ in 0..10 {
                let mut wrong = self.request(&scene).await;
                spoil(&mut wrong, kind, &self.id());
                ask(&service, wrong).await;
            }
        }
        ask(&service, request).await
    }

    /// What goes wrong at the platform.
    fn trouble(&self, kind: &str) -> Trouble {
        let for_codes = ["serverToken", "jsTicket", "jsConfig"].contains(&&*self.id());
        match kind {
            "exchange" => Trouble::Break,
            "undecodable" => Trouble::Html,
            "platform-refused" => Trouble::Status(4999),
            "platform-busy" => Trouble::Status(4000),
            "user-must-act" => Trouble::Status(4104),
            "auth-code-refused" => Trouble::Status(4102),
            "no-server-token" | "no-ticket" => Trouble::BreakAll,
            "deadline-exceeded" if for_codes => Trouble::HangAll,
            "deadline-exceeded" => Trouble::Hang,
            _ => Trouble::None,
        }
    }

    fn service(&self, scene: &Scene, kind: &str) -> Service {
        match kind {
            "unauthorized" | "too-many-attempts" => scene.guarded().build(),
            "internal" => scene.service().random(Dry).build(),
            _ => scene.service().build(),
        }
    }
}

fn spoil(request: &mut Request<Body>, kind: &str, id: &str) {
    let uri = request.uri().to_string();
    let set_uri =
        |request: &mut Request<Body>, uri: String| *request.uri_mut() = uri.parse().unwrap();
    let has_body = request.headers().contains_key(CONTENT_TYPE);
    match kind {
        "uri-too-long" => set_uri(request, format!("{uri}?{}", "x".repeat(17_000))),
        "headers-too-large" => {
            for number in 0..65 {
                let name = HeaderName::try_from(format!("x-{number}")).unwrap();
                request.headers_mut().insert(name, HeaderValue::from_static("x"));
            }
        }
        "wrong-host" => set(request, HOST, "evil.example"),
        "foreign-origin" => set(request, ORIGIN, "https://evil.example"),
        "too-many-attempts" => set(request, AUTHORIZATION, &format!("Bearer {TOKEN}x")),
        "malformed-path" => set_uri(request, uri.replace(demo::APP_ID, "%FF")),
        "no-such-app" => set_uri(request, uri.replace(demo::APP_ID, "nobody")),
        "malformed-query" => {
            let join = if uri.contains('?') { '&' } else { '?' };
            set_uri(request, format!("{uri}{join}nobody=1"));
        }
        "malformed-body" if has_body => *request.body_mut() = Body::from("{"),
        "body-timeout" if has_body => *request.body_mut() = Body::new(Silent),
        "body-too-large" if has_body => *request.body_mut() = Body::from("x".repeat(17_000)),
        "unsupported-media-type" if has_body => set(request, CONTENT_TYPE, "text/plain"),
        "invalid-page" => set_uri(request, uri.replace("https://", "")),
        "page-not-listed" => set_uri(request, uri.replace("shop.", "evil.")),
        "invalid-argument" => match id {
            "users" => set_uri(request, format!("{uri}?count=0")),
            "statusPage" => set_uri(request, format!("{uri}?lang=xx")),
            "login" => *request.body_mut() = Body::from(r#"{"code":""}"#),
            "check" => *request.body_mut() = Body::from(r#"{"kind":"js-ticket","code":"a&b"}"#),
            "invalidate" => *request.body_mut() = Body::from(r#"{"kind":"js-ticket"}"#),
            _ => set_uri(request, uri.replace(demo::ANGEL, "a%0D%0Ab")),
        },
        _ => {}
    }
}

fn set(request: &mut Request<Body>, name: HeaderName, value: &str) {
    request.headers_mut().insert(name, value.parse().unwrap());
}

impl http_body::Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

impl Random for Dry {
    fn bytes(&self) -> Result<[u8; 16], RandomError> {
        Err(RandomError::new())
    }
}
