//! A small cast of characters, and answers built from a few words.

use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{
    AppId, AppSecret, AuthCode, DecodeErrorKind, Endpoint, EndpointExt, Error, JsTicket, OpenId,
    RefreshToken, ServerAccessToken, UserAccessToken, UserId,
};

/// Everybody a call may mention. Each secret holds the word `planted`.
pub(crate) struct Cast {
    pub(crate) app_id: AppId,
    pub(crate) secret: AppSecret,
    pub(crate) code: AuthCode,
    pub(crate) server_token: ServerAccessToken,
    pub(crate) user_token: UserAccessToken,
    pub(crate) refresh_token: RefreshToken,
    pub(crate) ticket: JsTicket,
    pub(crate) open_id: OpenId,
    pub(crate) user_id: UserId,
}

impl Cast {
    pub(crate) fn new() -> Self {
        Self {
            app_id: AppId::new("100027").unwrap(),
            secret: AppSecret::new("planted-secret").unwrap(),
            code: AuthCode::new("planted-code").unwrap(),
            server_token: ServerAccessToken::new("planted-server-token").unwrap(),
            user_token: UserAccessToken::new("planted-user-token").unwrap(),
            refresh_token: RefreshToken::new("planted-refresh-token").unwrap(),
            ticket: JsTicket::new("planted-ticket").unwrap(),
            open_id: OpenId::new("T3Blbkk+/a==").unwrap(),
            user_id: UserId::new("42").unwrap(),
        }
    }

    pub(crate) fn login(&self) -> LogInUser<'_> {
        LogInUser { app_id: &self.app_id, secret: &self.secret, code: &self.code }
    }

    pub(crate) fn issue_server_token(&self) -> IssueServerToken<'_> {
        IssueServerToken { app_id: &self.app_id, secret: &self.secret }
    }

    pub(crate) fn issue_ticket(&self) -> IssueTicket<'_> {
        IssueTicket { app_id: &self.app_id, access_token: &self.server_token }
    }

    pub(crate) fn check_ticket(&self) -> CheckCode<'_> {
        CheckCode { app_id: &self.app_id, code: CheckedCode::JsTicket(&self.ticket) }
    }
}

/// An answer as the platform gives it: HTTP 200 and JSON.
pub(crate) fn json(body: impl Into<Vec<u8>>) -> http::Response<Vec<u8>> {
    answer(200, "application/json; charset=utf-8", body)
}

pub(crate) fn answer(
    status: u16,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> http::Response<Vec<u8>> {
    let builder = http::Response::builder().status(status).header("content-type", content_type);
    builder.body(body.into()).unwrap()
}

/// A success with this data.
pub(crate) fn success(data: &str) -> http::Response<Vec<u8>> {
    json(format!(r#"{{"status":"2000","message":"ok","data":{data}}}"#))
}

/// The kind of the error that reading gives.
pub(crate) fn undecodable<E: Endpoint>(
    endpoint: &E,
    response: &http::Response<Vec<u8>>,
) -> DecodeErrorKind {
    match endpoint.read_answer(response) {
        Err(Error::Undecodable(error)) => error.kind().clone(),
        Err(other) => panic!("not undecodable but {other}"),
        Ok(answer) => panic!("not undecodable but read, with {:?}", answer.drift),
    }
}

/// The error and everything under it, as logs print it.
pub(crate) fn shown(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(" <- {error} {error:?}"));
        cause = error.source();
    }
    text
}
