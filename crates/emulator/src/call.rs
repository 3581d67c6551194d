//! The ten calls: their names, their paths, and what their form fields are called.

use std::fmt;
use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::form::Form;
use crate::rule::Rule;

/// One of the platform's ten calls.
///
/// As text it is its [name](Self::name). Server token and user login share a path; the form's
/// `grant_type` tells them apart, and whatever is not `authorization_code` counts as a request for
/// a server token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Call {
    /// `server-token`: `POST /OAuth2/token` with `client_credential`. *Observed.*
    ServerToken,
    /// `user-login`: `POST /OAuth2/token` with `authorization_code`. *Documented.*
    UserLogin,
    /// `user-refresh`: `POST /OAuth2/refreshtoken`. *Observed.*
    UserRefresh,
    /// `js-ticket`: `POST /OAuth2/ticket`. *Documented.*
    JsTicket,
    /// `check-code`: `POST /OAuth2/checkCode`. *Documented.*
    CheckCode,
    /// `user-count`: `POST /CommonResource/getUserCount`. *Documented.*
    UserCount,
    /// `user-list`: `POST /CommonResource/getUserList`. *Observed.*
    UserList,
    /// `app-access`: `POST /UserResource/getAppAccess`. *Documented.*
    AppAccess,
    /// `app-is-added`: `POST /UserResource/getAppIsAdded`. *Observed.*
    AppIsAdded,
    /// `user-base-info`: `POST /UserResource/getUserBaseInfo`. *Documented.*
    UserBaseInfo,
}

/// No call has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCall(());

/// Field names, each spelled once.
pub(crate) mod field {
    pub(crate) const ACCESS_TOKEN: &str = "access_token";
    pub(crate) const APP_ID: &str = "app_id";
    pub(crate) const CODE: &str = "code";
    pub(crate) const EXPIRES_IN: &str = "expires_in";
    pub(crate) const GRANT_TYPE: &str = "grant_type";
    pub(crate) const JS_TICKET: &str = "js_ticket";
    pub(crate) const LOAD_MORE_COUNT: &str = "load_more_count";
    pub(crate) const LOAD_MORE_ID: &str = "load_more_id";
    pub(crate) const OPEN_ID: &str = "open_id";
    pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
    pub(crate) const SECRET: &str = "secret";
    pub(crate) const TYPE: &str = "type";
}

/// The grant that makes a request for a token a login.
pub(crate) const LOGIN: &str = "authorization_code";

impl Call {
    /// All ten.
    pub const ALL: [Self; 10] = [
        Self::ServerToken,
        Self::UserLogin,
        Self::UserRefresh,
        Self::JsTicket,
        Self::CheckCode,
        Self::UserCount,
        Self::UserList,
        Self::AppAccess,
        Self::AppIsAdded,
        Self::UserBaseInfo,
    ];

    /// Its name in fault plans, in the journal and at the control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerToken => "server-token",
            Self::UserLogin => "user-login",
            Self::UserRefresh => "user-refresh",
            Self::JsTicket => "js-ticket",
            Self::CheckCode => "check-code",
            Self::UserCount => "user-count",
            Self::UserList => "user-list",
            Self::AppAccess => "app-access",
            Self::AppIsAdded => "app-is-added",
            Self::UserBaseInfo => "user-base-info",
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::ServerToken | Self::UserLogin => "/OAuth2/token",
            Self::UserRefresh => "/OAuth2/refreshtoken",
            Self::JsTicket => "/OAuth2/ticket",
            Self::CheckCode => "/OAuth2/checkCode",
            Self::UserCount => "/CommonResource/getUserCount",
            Self::UserList => "/CommonResource/getUserList",
            Self::AppAccess => "/UserResource/getAppAccess",
            Self::AppIsAdded => "/UserResource/getAppIsAdded",
            Self::UserBaseInfo => "/UserResource/getUserBaseInfo",
        }
    }

    /// Finds the call; POST only. Paths are compared as they are, case and slashes included.
    pub(crate) fn route(method: &Method, path: &str, form: Option<&Form>) -> Result<Self, Rule> {
        let found = Self::ALL.into_iter().find(|call| call.path() == path);
        let call = found.ok_or(Rule::NoSuchPath)?;
        if *method != Method::POST {
            return Err(Rule::MethodNotAllowed);
        }
        let grant = form.and_then(|form| form.field(field::GRANT_TYPE));
        let is_login = call == Self::ServerToken && grant == Some(LOGIN);
        Ok(if is_login { Self::UserLogin } else { call })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Call {
    type Err = UnknownCall;

    fn from_str(name: &str) -> Result<Self, UnknownCall> {
        Self::ALL.into_iter().find(|call| call.name() == name).ok_or(UnknownCall(()))
    }
}

impl TryFrom<String> for Call {
    type Error = UnknownCall;

    fn try_from(name: String) -> Result<Self, UnknownCall> {
        name.parse()
    }
}

impl From<Call> for &'static str {
    fn from(call: Call) -> Self {
        call.name()
    }
}

impl fmt::Display for UnknownCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Call::ALL.map(Call::name);
        write!(f, "no call has this name; there are: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownCall {}
