//! What one user shows, and everybody who has added the app.

use anyhow::Context;
use yzb::proto::common_resource::user_count::CountUsers;
use yzb::proto::common_resource::user_list::{ListUsers, ListedUser};
use yzb::proto::user_resource::app_access::ReadAppAccess;
use yzb::proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb::proto::user_resource::base_info::{BaseInfoAccess, ReadBaseInfo};
use yzb::proto::{OpenId, Retry, Scope, ServerAccessToken, Status};
use yzb_emulator::demo;

use super::{Judgement, refusal, refused};
use crate::demo::scene::{Came, Scene};

pub(super) async fn one_user(
    scene: &mut Scene<'_>,
    token: &ServerAccessToken,
) -> anyhow::Result<()> {
    scene.transcript.chapter("What a user shows");
    let app_id = scene.app_id.clone();
    let angel = OpenId::new(demo::ANGEL)?;
    let reserved = OpenId::new(demo::RESERVED)?;
    let stranger = OpenId::new(demo::STRANGER)?;
    let info = |open_id| ReadBaseInfo { app_id: &app_id, open_id, access_token: token };
    scene.step(info(&angel), |came| judge_info(came, true)).await?;
    scene.step(info(&reserved), |came| judge_info(came, false)).await?;
    scene.step(info(&stranger), |came| refusal(came, Status::NOT_ADDED, Retry::AskUser)).await?;
    for (open_id, expected) in [(&angel, true), (&stranger, false)] {
        let call = ReadAppIsAdded { app_id: &app_id, open_id, access_token: token };
        scene.step(call, |came| judge_added(came, expected)).await?;
    }
    let call = ReadAppAccess { app_id: &app_id, open_id: &angel, access_token: token };
    let judge = |came: &Came<_>| match came {
        Ok(answer) => {
            let scopes: &Vec<Scope> = &answer.output;
            let texts: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
            let right = texts.contains(&Scope::USER_BASE_INFO);
            let line = format!("{}: {}", answer.status, texts.join(", "));
            (line, right.then(|| "what the user granted".to_owned()))
        }
        Err(_) => refused(came),
    };
    scene.step(call, judge).await?;
    Ok(())
}

fn judge_info(came: &Came<BaseInfoAccess>, granted: bool) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    match &answer.output {
        BaseInfoAccess::Granted(info) => {
            let (nick, avatar, sex) = (&info.nick, &info.avatar, &info.sex);
            let line = format!("{}: {nick}, {avatar}, {sex:?}", answer.status);
            (line, granted.then(|| "the user lets the app see this".to_owned()))
        }
        BaseInfoAccess::NotGranted => {
            let meaning = (!granted).then(|| "the user has not granted it".to_owned());
            (answer.status.to_string(), meaning)
        }
    }
}

fn judge_added(came: &Came<bool>, expected: bool) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let meaning = if answer.output { "has added the app" } else { "has not added the app" };
    let line = format!("{}: is_added {}", answer.status, answer.output);
    (line, (answer.output == expected).then(|| meaning.to_owned()))
}

pub(super) async fn all_users(
    scene: &mut Scene<'_>,
    token: &ServerAccessToken,
) -> anyhow::Result<()> {
    scene.transcript.chapter("Everybody who has added the app");
    let app_id = scene.app_id.clone();
    let count =
        scene.step(CountUsers { app_id: &app_id, access_token: token }, judge_count).await?;
    let count = count.context("without a count there is no story")?;
    let mut users: Vec<ListedUser> = Vec::new();
    loop {
        let after = users.last().map(|user| user.id.clone());
        let count_wanted = ListUsers::USUAL_COUNT;
        let after = after.as_ref();
        let call = ListUsers { app_id: &app_id, access_token: token, after, count: count_wanted };
        let seen = users.len() as u64;
        let page = scene.step(call, |came| judge_page(came, count, seen)).await?;
        let page = page.context("without all pages there is no story")?;
        if page.is_empty() {
            return Ok(());
        }
        users.extend(page);
    }
}

fn judge_count(came: &Came<u64>) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let line = format!("{}: user_count {}", answer.status, answer.output);
    (line, (answer.output > 0).then(|| "that is how many users have added the app".to_owned()))
}

/// A page must bring new rows, until as many as were counted have been seen.
fn judge_page(came: &Came<Vec<ListedUser>>, count: u64, seen: u64) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    match answer.output.as_slice() {
        [] => {
            let meaning = (seen == count).then(|| format!("the end: {seen} users seen"));
            (answer.status.to_string(), meaning)
        }
        rows @ [first, .., last] | rows @ [first @ last] => {
            let so_far = seen + rows.len() as u64;
            // Ids are not counted through, so that 100 rows may end at 101.
            let (first, last, rows) = (&first.id, &last.id, rows.len());
            let line =
                format!("{}: {rows} rows, ids {first} … {last} (ids have gaps)", answer.status);
            (line, (so_far <= count).then(|| format!("{so_far} of {count} users so far")))
        }
    }
}
