//! The story, chapter by chapter.

mod login;
mod page;
mod users;

use yzb::proto::{Retry, Status};

use super::scene::{Came, Scene};

/// What a judge says: the line for what came, and what it means if it was as documented.
type Judgement = (String, Option<String>);

/// Tells the whole story.
pub(super) async fn tell(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let user = login::log_in(scene).await?;
    let token = login::server_token(scene).await?;
    let ticket = page::ticket_and_signature(scene, &token).await?;
    page::checks(scene, &token, &ticket, &user).await?;
    users::one_user(scene, &token).await?;
    users::all_users(scene, &token).await
}

/// The platform must say no, in this way.
fn refusal<T>(came: &Came<T>, status: Status, retry: Retry) -> Judgement {
    let line = said(came);
    let right =
        came.as_ref().is_err_and(|error| error.status() == Some(status) && error.retry() == retry);
    (line, right.then(|| retry.advice().to_owned()))
}

/// The platform said no where it should not have.
fn refused<T>(came: &Came<T>) -> Judgement {
    (said(came), None)
}

fn said<T>(came: &Came<T>) -> String {
    match came {
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.status().map_or_else(|| error.to_string(), |status| status.to_string()),
    }
}
