//! Secrets are planted everywhere, and looked for in everything that is answered or logged where they
//! were not what was asked for.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;
use yzb_emulator::{AuthCode, User, World, demo};

use crate::scene::{APP, Scene, TOKEN, Trouble, ask, get, post};

const SECRET: &str = "app-5ecre7";
const CODE: &str = "code-5ecre7";

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn world() -> World {
    World::new()
        .app(demo::APP_ID, SECRET)
        .user(User::new(demo::ANGEL).nick("Angel").adds(demo::APP_ID, [] as [&str; 0]))
        .code(AuthCode::new(CODE, demo::APP_ID, demo::ANGEL))
}

/// Everything that is asked for in a good and a bad life; what must not be shown, and what was.
async fn story() -> (Vec<String>, String) {
    let scene = Scene::empty(world());
    scene.serve(scene.app(demo::APP_ID, SECRET), "Shop");
    let guarded = scene.guarded().build();
    let (mut secrets, mut shown) = (vec!["5ecre7".to_owned(), TOKEN.to_owned()], String::new());
    let mut asked_for = async |path: &str, name: &str| {
        let secret = scene.get(&format!("{APP}/{path}")).await.ok()[name].clone();
        secrets.push(secret.as_str().unwrap().to_owned());
    };
    asked_for("server-token", "access_token").await;
    asked_for("js-ticket", "js_ticket").await;
    let login = json!({ "code": CODE, "with_tokens": true });
    let user = scene.post(&format!("{APP}/login"), &login).await.ok();
    for name in ["access_token", "refresh_token"] {
        secrets.push(user[name].as_str().unwrap().to_owned());
    }
    for trouble in [
        Trouble::None,
        Trouble::Html,
        Trouble::Status(4102),
        Trouble::Status(4000),
        Trouble::Break,
        Trouble::BreakAll,
    ] {
        scene.trouble(trouble);
        let token = secrets[2].clone();
        let posts = [
            ("login", json!({ "code": CODE })),
            ("login", json!({ "code": CODE, "x": 1 })),
            ("login", json!({ "code": format!("{CODE}\n") })),
            ("login", json!({ "code": [CODE] })),
            ("check", json!({ "kind": "server-token", "code": token })),
            ("check", json!({ "kind": token, "code": token })),
            ("invalidate", json!({ "kind": "server-token", "code": token })),
            ("invalidate", json!({ "kind": "server-token", "code": format!("{token}&") })),
            ("invalidate", json!({ "kind": "server-token", "fingerprint": token })),
        ];
        for (path, body) in posts {
            shown += &format!("{:?}\n", scene.post(&format!("{APP}/{path}"), &body).await);
        }
        let gets = [
            format!("{APP}/user-count"),
            format!("{APP}/users?{token}=1"),
            format!("{APP}/js-config?url={token}"),
            format!("{APP}/js-config?url=https://shop.example/?{token}"),
            format!("{APP}/{token}"),
            format!("/v1/apps/{token}/ready"),
            format!("/?lang={token}"),
            "/v1/ready".into(),
            "/v1/status".into(),
            "/".into(),
            "/?lang=zh".into(),
        ];
        for path in gets {
            shown += &format!("{:?}\n", scene.get(&path).await);
        }
        let mut wrong = get("/");
        wrong.headers_mut().insert("authorization", format!("Bearer {TOKEN}x").parse().unwrap());
        shown += &format!("{:?}\n", ask(&guarded, wrong).await);
        let mut right = post("/nobody", &json!({}));
        right.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
        shown += &format!("{:?}\n", ask(&guarded, right).await);
        shown += &format!(
            "{guarded:?} {:?} {:?} {:?}\n",
            scene.service(),
            scene.gateway,
            scene.recorder
        );
        shown += &format!(
            "{:?}\n",
            scene.recorder.events(scene.gateway.app(demo::APP_ID).unwrap().app())
        );
        scene.pass(8000);
    }
    (secrets, shown)
}

#[test]
fn no_secret_is_in_an_answer_that_is_not_about_it_nor_in_any_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (secrets, shown) =
        tracing::subscriber::with_default(subscriber, || runtime.block_on(story()));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(secrets.len(), 6);
    for secret in &secrets {
        // What a path says is the client's own; it is not repeated either.
        assert!(!shown.contains(secret.as_str()), "{secret} is in an answer");
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
    for seen in [
        "answered",
        "client=\"the-shop\"",
        "a wrong bearer token",
        "no-such-route",
        "undecodable",
        "yzb.app",
    ] {
        assert!(log.contains(seen), "the search did not see {seen:?} in the log");
    }
    for seen in ["malformed-body", "exchange", "auth-code-refused", "<!DOCTYPE html>", "Recorder"] {
        assert!(shown.contains(seen), "the search did not see {seen:?}");
    }
}
