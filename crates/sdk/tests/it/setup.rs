//! What a builder takes, refuses and leaves alone.

use yzb::{
    App, AppBuilder, AppId, AppSecret, Apps, CheckedCode, ErrorKind, JsTicket, OpenId, Origin,
    Retry,
};
use yzb_emulator::{Emulator, World, demo};

#[test]
fn an_app_needs_no_runtime_and_opens_nothing() {
    let app = App::builder("100027", "from-the-console").build().unwrap();
    assert_eq!((app.app_id().as_str(), app.origin()), ("100027", &Origin::production()));
    assert!(app.tickets().peek().is_none() && app.server_tokens().peek().is_none());
    // Neither does what would keep it fresh, as long as nobody polls it.
    drop(app.keep_fresh());
}

#[test]
fn an_id_or_a_secret_that_cannot_be_one_is_refused_when_the_app_is_built() {
    for (app_id, secret, what) in [("a/b", "planted", "app id"), ("1", "plan\nted", "app secret")] {
        let error = App::builder(app_id, secret).build().unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidArgument, Retry::Never));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(what) && !shown.contains("ted"), "{shown}");
    }
}

#[tokio::test]
async fn the_default_stack_goes_the_whole_way_over_a_socket() {
    let emulator = Emulator::start(World::demo()).unwrap();
    let (app_id, secret) = (AppId::new(demo::APP_ID), AppSecret::new(demo::APP_SECRET));
    let app = AppBuilder::new(app_id.unwrap(), secret.unwrap())
        .origin(emulator.origin().parse().unwrap())
        .build()
        .unwrap();
    let user = app.login(demo::AUTH_CODE).await.unwrap();
    assert_eq!(user.open_id.as_str(), demo::ANGEL);
    let signed = app.sign_page("https://example.com/").await.unwrap();
    let verdict = emulator.verify_signature(
        demo::APP_ID,
        signed.nonce().as_str(),
        signed.timestamp().as_secs(),
        "https://example.com/",
        signed.signature().as_str(),
    );
    assert!(verdict.is_accepted(), "{verdict}");
}

#[test]
fn whatever_waits_can_be_spawned() {
    fn check<T: Send>(_: impl Future<Output = T> + Send) {}
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let app = App::builder("100027", "from-the-console").build().unwrap();
    let apps = Apps::builder().build().unwrap();
    let open_id = OpenId::new("open-id").unwrap();
    shared(&app);
    shared(&apps);
    check(app.login("code"));
    check(app.sign_page("https://example.com/"));
    check(app.base_info(&open_id));
    check(app.users_page(None, 100));
    check(app.users().next());
    check(app.check(CheckedCode::JsTicket(&JsTicket::new("ticket").unwrap())));
    check(apps.keep_fresh(4));
    // And from within, as a handler has it.
    let (app, apps) = (app.clone(), apps.clone());
    check(async move {
        let app_id = AppId::new("100028")?;
        let other = apps.app(&app_id, &AppSecret::new("from-the-console")?);
        let user = other.login("code").await?;
        app.base_info(&user.open_id).await?;
        app.user_count().await?;
        let mut users = app.users();
        users.next().await?;
        app.sign_page("https://example.com/").await?;
        let token = app.server_token().await?;
        app.check(CheckedCode::ServerToken(token.token())).await
    });
}
