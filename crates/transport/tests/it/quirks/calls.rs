//! Every call and outcome, each boiled down to a line that says what it means.

use std::fmt::Debug;

use yzb_emulator::demo;
use yzb_proto::common_resource::user_count::CountUsers;
use yzb_proto::common_resource::user_list::ListUsers;
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::oauth2::refresh_token::RefreshUserToken;
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::oauth2::user_token::{LogInUser, UserToken};
use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb_proto::user_resource::base_info::ReadBaseInfo;
use yzb_proto::{
    DecodeErrorKind, Endpoint, Error, JsTicket, OpenId, ServerAccessToken, Tolerance, UserId,
};
use yzb_transport::{CallError, Client, HyperTransport};

use crate::scene::App;

/// How many calls [`each`] makes.
pub(super) const NUMBER: usize = 17;

/// What came of one call.
pub(super) struct Came {
    /// What the answer means, or with what it was refused.
    pub(super) outcome: Result<String, String>,
    /// What was forgiven.
    pub(super) drift: Vec<&'static str>,
}

/// What the calls need, obtained before the platform turns odd.
pub(super) struct Cast {
    app: App,
    empty: App,
    token: ServerAccessToken,
    empty_token: ServerAccessToken,
    ticket: JsTicket,
    user: UserToken,
    angel: OpenId,
    reserved: OpenId,
    stranger: OpenId,
    last: UserId,
}

impl Cast {
    pub(super) async fn prepare(client: &Client<HyperTransport>) -> Self {
        let app = App::demo();
        let empty = App::new(demo::EMPTY_APP_ID, demo::EMPTY_APP_SECRET, "none");
        let token = client.call(&app.token()).await.unwrap().access_token;
        let empty_token = client.call(&empty.token()).await.unwrap().access_token;
        let ask = IssueTicket { app_id: &app.app_id, access_token: &token };
        let ticket = client.call(&ask).await.unwrap().ticket;
        let user = client.call(&app.login()).await.unwrap();
        Self {
            token,
            empty_token,
            ticket,
            user,
            angel: demo::ANGEL.parse().unwrap(),
            reserved: demo::RESERVED.parse().unwrap(),
            stranger: demo::STRANGER.parse().unwrap(),
            last: "999999".parse().unwrap(),
            app,
            empty,
        }
    }
}

/// Makes each call and says what came of it. Calls that replace a token come last.
pub(super) async fn each(
    client: &Client<HyperTransport>,
    cast: &Cast,
) -> Vec<(&'static str, Came)> {
    let (app_id, access_token) = (&cast.app.app_id, &cast.token);
    let check = |code| CheckCode { app_id, code };
    let unknown = JsTicket::new("nobodys").unwrap();
    let user_token = cast.user.access_token.as_ref().unwrap();
    let refresh_token = cast.user.refresh_token.as_ref().unwrap();
    let list = |after| ListUsers { app_id, access_token, after, count: 3 };
    let info = |open_id| ReadBaseInfo { app_id, open_id, access_token };
    let access = |open_id| ReadAppAccess { app_id, open_id, access_token };
    let added = |open_id| ReadAppIsAdded { app_id, open_id, access_token };
    let empty_id = &cast.empty.app_id;
    let wrong = LogInUser { code: &cast.app.code, ..cast.app.login() };
    let refresh = RefreshUserToken { app_id, open_id: &cast.angel, refresh_token };
    let issue = IssueServerToken { app_id, secret: &cast.app.secret };
    let angel = &cast.angel;
    vec![
        ("check of a token", ask(client, check(CheckedCode::ServerToken(access_token))).await),
        (
            "check of a user's token",
            ask(client, check(CheckedCode::UserToken(user_token, angel))).await,
        ),
        ("check of a ticket", ask(client, check(CheckedCode::JsTicket(&cast.ticket))).await),
        ("check of a bad ticket", ask(client, check(CheckedCode::JsTicket(&unknown))).await),
        ("user count", ask(client, CountUsers { app_id, access_token }).await),
        (
            "no user count",
            ask(client, CountUsers { app_id: empty_id, access_token: &cast.empty_token }).await,
        ),
        ("user list", ask(client, list(None)).await),
        ("end of the list", ask(client, list(Some(&cast.last))).await),
        ("base info", ask(client, info(angel)).await),
        ("base info not granted", ask(client, info(&cast.reserved)).await),
        ("base info of a stranger", ask(client, info(&cast.stranger)).await),
        ("scopes", ask(client, access(angel)).await),
        ("added", ask(client, added(angel)).await),
        ("login with a spent code", ask(client, wrong).await),
        ("refresh", ask_user(client, refresh).await),
        ("ticket", ask(client, IssueTicket { app_id, access_token }).await),
        ("server token", ask(client, issue).await),
    ]
}

async fn ask<E>(client: &Client<HyperTransport>, call: E) -> Came
where
    E: Endpoint<Output: Debug> + Sync,
{
    came(client.call_for_answer(&call).await, |output| format!("{output:?}"))
}

/// Tokens hide in `Debug`, so what they are is asked by their fingerprints.
async fn ask_user(client: &Client<HyperTransport>, call: RefreshUserToken<'_>) -> Came {
    came(client.call_for_answer(&call).await, |user| {
        let token = user.access_token.as_ref().map(yzb_proto::UserAccessToken::fingerprint);
        format!("{user:?} {token:?}")
    })
}

fn came<T>(
    answer: Result<yzb_proto::Answer<T>, CallError>,
    meaning: impl Fn(&T) -> String,
) -> Came {
    match answer {
        Ok(answer) => Came {
            outcome: Ok(meaning(&answer.output)),
            drift: answer.drift.iter().map(Tolerance::name).collect(),
        },
        Err(error) => refused(&error),
    }
}

/// A rejection is an outcome like another; what cannot be read is a refusal of ours.
fn refused(error: &CallError) -> Came {
    let Some(answer) = error.answer() else {
        let kind = error.transport().map_or("?", |error| error.kind().name());
        return Came { outcome: Err(kind.to_owned()), drift: Vec::new() };
    };
    let drift = answer.drift().iter().map(Tolerance::name).collect();
    let outcome = match answer {
        Error::Rejected(rejection) => {
            Ok(format!("rejected with {}, {}", rejection.status(), error.retry().name()))
        }
        Error::Undecodable(error) => Err(match error.kind() {
            DecodeErrorKind::Field { name, .. } => format!("field {name}"),
            kind => kind.name().to_owned(),
        }),
        other => Err(other.to_string()),
    };
    Came { outcome, drift }
}
