//! A user arrives, and the server gets its token.

use anyhow::Context;
use yzb::proto::oauth2::refresh_token::RefreshUserToken;
use yzb::proto::oauth2::server_token::{IssueServerToken, ServerToken};
use yzb::proto::oauth2::user_token::{LogInUser, UserToken};
use yzb::proto::{Lifetime, OpenId, Retry, ServerAccessToken, Status};
use yzb_emulator::demo;

use super::{Judgement, refusal, refused};
use crate::demo::recorder::shortened;
use crate::demo::scene::{Came, Scene};

pub(super) async fn log_in(scene: &mut Scene<'_>) -> anyhow::Result<UserToken> {
    scene.transcript.chapter("A user arrives");
    let angel = OpenId::new(demo::ANGEL)?;
    let code = scene.page_requests_code(&angel)?;
    let (app_id, secret) = (scene.app_id.clone(), scene.secret.clone());
    let login = LogInUser { app_id: &app_id, secret: &secret, code: &code };
    let came =
        scene.step(login, |came| welcome(came, &angel, "the code tells who the user is")).await?;
    let user = came.context("without a login there is no story")?;
    scene.step(login, |came| refusal(came, Status::INVALID_CODE, Retry::NewAuthCode)).await?;
    let refresh_token = user.refresh_token.context("the login gave no refresh token")?;
    let refresh =
        RefreshUserToken { app_id: &app_id, open_id: &angel, refresh_token: &refresh_token };
    let came =
        scene.step(refresh, |came| welcome(came, &angel, "the user's tokens, renewed")).await?;
    came.context("without the refreshed token there is no story")
}

fn welcome(came: &Came<UserToken>, expected: &OpenId, meaning: &str) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let user = &answer.output;
    let mut line = format!("{}: open_id {}", answer.status, shortened(user.open_id.as_str()));
    if let (Some(token), Some(refresh), Some(scope)) =
        (&user.access_token, &user.refresh_token, &user.scope)
    {
        let (token, refresh) = (token.fingerprint(), refresh.fingerprint());
        line += &format!(", access_token #{token}, refresh_token #{refresh}, scope {scope}");
    }
    let right = user.open_id == *expected && user.expires_in == Some(Lifetime::DOCUMENTED);
    (line, right.then(|| meaning.to_owned()))
}

pub(super) async fn server_token(scene: &mut Scene<'_>) -> anyhow::Result<ServerAccessToken> {
    scene.transcript.chapter("The server gets its token");
    let (app_id, secret) = (scene.app_id.clone(), scene.secret.clone());
    let call = IssueServerToken { app_id: &app_id, secret: &secret };
    let came = scene.step(call, judge_token).await?;
    Ok(came.context("without a server token there is no story")?.access_token)
}

fn judge_token(came: &Came<ServerToken>) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let ServerToken { access_token, expires_in, .. } = &answer.output;
    let line =
        format!("{}: access_token #{} for {expires_in}", answer.status, access_token.fingerprint());
    let right = *expires_in == Lifetime::DOCUMENTED;
    (line, right.then(|| "the server's token, the key to tickets and resources".to_owned()))
}
