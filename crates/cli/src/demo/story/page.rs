//! A ticket signs a page; what becomes of a ticket that is replaced.

use anyhow::Context;
use yzb::proto::oauth2::check_code::{CheckCode, CheckedCode, Validity};
use yzb::proto::oauth2::ticket::{IssueTicket, Ticket};
use yzb::proto::oauth2::user_token::UserToken;
use yzb::proto::{JsTicket, Lifetime, Nonce, PageUrl, ServerAccessToken, Signer, UnixSeconds};

use super::{Judgement, refused};
use crate::demo::scene::{Came, Scene};

pub(super) async fn ticket_and_signature(
    scene: &mut Scene<'_>,
    token: &ServerAccessToken,
) -> anyhow::Result<JsTicket> {
    scene.transcript.chapter("A page is signed");
    let app_id = scene.app_id.clone();
    let call = IssueTicket { app_id: &app_id, access_token: token };
    let came = scene.step(call, judge_ticket).await?;
    let ticket = came.context("without a ticket there is no story")?.ticket;
    sign(scene, &ticket)?;
    Ok(ticket)
}

pub(super) fn judge_ticket(came: &Came<Ticket>) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let Ticket { ticket, expires_in, .. } = &answer.output;
    let line = format!("{}: ticket #{} for {expires_in}", answer.status, ticket.fingerprint());
    let right = *expires_in == Lifetime::DOCUMENTED;
    (line, right.then(|| "the key that signs pages".to_owned()))
}

/// Signs a page, and has the emulator verify the signature as the platform would.
pub(super) fn sign(scene: &mut Scene<'_>, ticket: &JsTicket) -> anyhow::Result<()> {
    const HREF: &str = "https://yuanzhibang.com/a/b/?x=1&v=x#12";
    let page = PageUrl::scan(HREF)?;
    // A demonstration reads the same each time; a real nonce is drawn at random.
    let nonce = Nonce::from_random(*b"yzb demo's nonce");
    let app_id = scene.app_id.clone();
    let config = Signer::new(ticket).core_config(&app_id, nonce, scene.now(), page)?;
    let verdict = scene.emulator.verify_signature(
        app_id.as_str(),
        config.nonce.as_str(),
        config.timestamp.as_secs(),
        HREF,
        config.signature.as_str(),
    );
    let meaning = format!("the platform verifies it: {verdict}");
    let outcome = if verdict.is_accepted() { Ok(meaning) } else { Err(verdict.to_string()) };
    scene.transcript.step(&format!("sign {HREF}"), &config.to_json(), &outcome);
    Ok(())
}

pub(super) async fn checks(
    scene: &mut Scene<'_>,
    token: &ServerAccessToken,
    ticket: &JsTicket,
    user: &UserToken,
) -> anyhow::Result<()> {
    scene.transcript.chapter("Is it still valid?");
    let whole = scene.now() + Lifetime::DOCUMENTED;
    check(scene, "the server token", CheckedCode::ServerToken(token), Some(whole)).await?;
    let users_token = user.access_token.as_ref().context("the login gave no token")?;
    let users = CheckedCode::UserToken(users_token, &user.open_id);
    check(scene, "the user's token", users, Some(whole)).await?;
    check(scene, "the ticket", CheckedCode::JsTicket(ticket), Some(whole)).await?;
    check(
        scene,
        "a ticket nobody issued",
        CheckedCode::JsTicket(&JsTicket::new("nobody's")?),
        None,
    )
    .await?;

    scene.transcript.chapter("The ticket is replaced");
    let app_id = scene.app_id.clone();
    let call = IssueTicket { app_id: &app_id, access_token: token };
    let replacement = scene.step(call, judge_ticket).await?;
    let replacement = replacement.context("without a second ticket there is no story")?;
    let grace = scene.now() + Lifetime::TICKET_GRACE;
    check(scene, "the replaced ticket", CheckedCode::JsTicket(ticket), Some(grace)).await?;
    scene.wait(599);
    check(scene, "the replaced ticket", CheckedCode::JsTicket(ticket), Some(grace)).await?;
    sign(scene, ticket)?;
    scene.wait(1);
    check(scene, "the replaced ticket", CheckedCode::JsTicket(ticket), None).await?;
    check(scene, "the new ticket", CheckedCode::JsTicket(&replacement.ticket), Some(whole)).await
}

async fn check(
    scene: &mut Scene<'_>,
    what: &str,
    code: CheckedCode<'_>,
    expected: Option<UnixSeconds>,
) -> anyhow::Result<()> {
    let (app_id, now) = (scene.app_id.clone(), scene.now());
    let call = CheckCode { app_id: &app_id, code };
    scene.step(call, |came| judge_check(came, what, expected, now)).await?;
    Ok(())
}

fn judge_check(
    came: &Came<Validity>,
    what: &str,
    expected: Option<UnixSeconds>,
    now: UnixSeconds,
) -> Judgement {
    let Ok(answer) = came else { return refused(came) };
    let expected = expected.map_or(Validity::Invalid, Validity::ValidUntil);
    let (line, meaning) = match answer.output {
        Validity::ValidUntil(moment) => {
            let left = moment.since(now);
            (
                format!("{}: expires_in {moment}", answer.status),
                format!("{what} is valid for {left} more"),
            )
        }
        Validity::Invalid => (answer.status.to_string(), format!("{what} is not valid")),
    };
    (line, (answer.output == expected).then_some(meaning))
}
