//! Logins, and what is asked of users and the app.

use std::error::Error as _;

use yzb::{BaseInfoAccess, CheckedCode, ErrorKind, OpenId, Retry, Scope, Status, Validity};
use yzb_emulator::{Call, Fault, FaultKind, FaultPlan, demo};

use crate::scene::{Scene, pass};

fn open_id(text: &str) -> OpenId {
    OpenId::new(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_user_logs_in_once_with_a_code() {
    let scene = Scene::demo();
    let (app, code) = (scene.app(), scene.auth_code());
    assert_eq!(app.login(&code).await.unwrap().open_id.as_str(), demo::ANGEL);

    let error = app.login(&code).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Rejected, Retry::NewAuthCode));
    assert_eq!(error.status(), Some(Status::INVALID_CODE));
    assert_eq!(scene.asked(Call::ServerToken), 0, "a login needs no server token");

    let error = app.login("no code\n").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidArgument, Retry::Never));
}

#[tokio::test(start_paused = true)]
async fn users_are_asked_about_with_one_server_token() {
    let scene = Scene::demo();
    let (app, angel) = (scene.app(), open_id(demo::ANGEL));
    let BaseInfoAccess::Granted(info) = app.base_info(&angel).await.unwrap() else { panic!() };
    assert_eq!(info.nick, "天使😀");
    let reserved = app.base_info(&open_id(demo::RESERVED)).await.unwrap();
    assert_eq!(reserved, BaseInfoAccess::NotGranted);
    let stranger = app.base_info(&open_id(demo::STRANGER)).await.unwrap_err();
    assert_eq!(stranger.retry(), Retry::AskUser);

    let access = app.app_access(&angel).await.unwrap();
    assert!(access.iter().any(|scope| scope.as_str() == Scope::USER_BASE_INFO));
    assert!(app.is_added(&angel).await.unwrap());
    assert!(!app.is_added(&open_id(demo::STRANGER)).await.unwrap());
    assert_eq!(app.user_count().await.unwrap(), 252);
    assert_eq!(scene.asked(Call::ServerToken), 1);
}

#[tokio::test(start_paused = true)]
async fn all_users_are_listed_page_by_page() {
    let scene = Scene::demo();
    let app = scene.app();
    let mut users = app.users();
    let mut open_ids = Vec::new();
    while let Some(user) = users.next().await.unwrap() {
        open_ids.push(user.open_id.as_str().to_owned());
    }
    assert_eq!((open_ids.len(), open_ids[0].as_str()), (252, demo::ANGEL));
    assert!(users.next().await.unwrap().is_none());
    assert_eq!(scene.asked(Call::UserList), 4, "the end is asked for once");

    let page = app.users_page(None, 2).await.unwrap();
    let mut rest = app.users().after(page[1].id.clone());
    assert_eq!(rest.next().await.unwrap().unwrap().open_id.as_str(), open_ids[2]);
    assert_eq!(rest.next_page().await.unwrap().len(), 99, "what was asked for already");
    assert_eq!(rest.next_page().await.unwrap().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn codes_of_every_kind_can_be_checked() {
    let scene = Scene::demo();
    let app = scene.app();
    let user = app.login(&scene.auth_code()).await.unwrap();
    let (token, ticket) = (app.server_token().await.unwrap(), app.js_ticket().await.unwrap());
    let user_token = user.access_token.unwrap();
    for code in [
        CheckedCode::ServerToken(token.token()),
        CheckedCode::JsTicket(ticket.token()),
        CheckedCode::UserToken(&user_token, &user.open_id),
    ] {
        assert!(app.check(code).await.unwrap().is_valid(), "{code:?}");
    }
    scene.revoke_token();
    let answer = app.check(CheckedCode::ServerToken(token.token())).await.unwrap();
    assert_eq!(answer, Validity::Invalid);

    let refresh = user.refresh_token.unwrap();
    let renewed = app.refresh_user_token(&user.open_id, &refresh).await.unwrap();
    assert_eq!(renewed.open_id, user.open_id);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_died_is_replaced_once_and_the_call_made_again() {
    let scene = Scene::demo();
    let app = scene.app();
    assert_eq!(app.user_count().await.unwrap(), 252);
    pass(60).await;
    scene.revoke_token();
    assert_eq!(app.user_count().await.unwrap(), 252);
    let asked = (scene.asked(Call::UserCount), scene.asked(Call::ServerToken));
    assert_eq!(asked, (3, 2));
    assert_eq!(app.server_token().await.unwrap().serial(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_notices_the_same_dead_token_shares_one_renewal() {
    let scene = Scene::demo();
    let app = scene.app();
    app.server_token().await.unwrap();
    pass(60).await;
    scene.revoke_token();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.user_count().await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 252);
    }
    assert_eq!(scene.asked(Call::ServerToken), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_an_error_and_no_loop() {
    let scene = Scene::demo();
    let app = scene.app();
    app.server_token().await.unwrap();
    pass(60).await;
    let plan = FaultPlan::from(Fault::new(FaultKind::TokenRevoked).on(Call::UserCount));
    scene.set_faults(plan);

    let error = app.user_count().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::TokenRefused, Retry::Later(None)));
    assert_eq!(error.status(), Some(Status::INVALID_CODE));
    assert!(!error.to_string().contains("get another"), "that was done: {error}");
    assert!(error.source().unwrap().to_string().contains("4102"));
    assert_eq!(scene.asked(Call::UserCount), 2);

    // Too early for a third token: what the platform said is told, and no request wasted on it.
    app.server_tokens().invalidate(&app.server_token().await.unwrap());
    let error = app.user_count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoServerToken);
    assert_eq!(scene.asked(Call::ServerToken), 2);
}
