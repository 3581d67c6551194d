//! What is told to `tracing`: one span for each call, one for each renewal.

use crate::scene::{Scene, pass};
use crate::secrets::log_of;

#[test]
fn each_call_and_each_renewal_has_a_span_that_says_how_it_ended() {
    let log = log_of(async {
        let scene = Scene::demo();
        let app = scene.app();
        app.login(&scene.auth_code()).await.unwrap();
        app.js_ticket().await.unwrap();
        pass(60).await;
        scene.revoke_token();
        app.user_count().await.unwrap();
        app.login("spent").await.unwrap_err();
    });
    let closed = |span: &str| {
        let ends: Vec<_> = log.lines().filter(|line| line.contains(" close ")).collect();
        ends.into_iter().filter(|line| line.contains(span)).count()
    };
    assert_eq!(closed(r#"yzb.app{app_id="990001" call="login" outcome="ok"}: yzb"#), 1, "{log}");
    assert_eq!(closed(r#"call="login" outcome="rejected""#), 1, "{log}");
    assert_eq!(closed(r#"call="user-count" repeated=true outcome="ok""#), 1, "{log}");
    assert_eq!(closed(r#"kind="server-token" attempt=1 outcome="ok""#), 1, "{log}");
    assert_eq!(closed(r#"kind="js-ticket" attempt=1 outcome="ok""#), 1, "{log}");
    assert!(log.lines().any(|line| line.contains("WARN") && line.contains("name=\"invalidated\"")));
}
