//! The ten calls: which path is which, and what their form fields are called.

use http::Method;

use crate::rule::Rule;

/// A path the platform answers. Server token and user login share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Token,
    RefreshToken,
    Ticket,
    CheckCode,
    UserCount,
    UserList,
    AppAccess,
    AppIsAdded,
    BaseInfo,
}

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

impl Call {
    /// Finds the call; POST only. Paths are compared as they are, case and slashes included.
    pub(crate) fn route(method: &Method, path: &str) -> Result<Self, Rule> {
        let call = match path {
            "/OAuth2/token" => Self::Token,
            "/OAuth2/refreshtoken" => Self::RefreshToken,
            "/OAuth2/ticket" => Self::Ticket,
            "/OAuth2/checkCode" => Self::CheckCode,
            "/CommonResource/getUserCount" => Self::UserCount,
            "/CommonResource/getUserList" => Self::UserList,
            "/UserResource/getAppAccess" => Self::AppAccess,
            "/UserResource/getAppIsAdded" => Self::AppIsAdded,
            "/UserResource/getUserBaseInfo" => Self::BaseInfo,
            _ => return Err(Rule::NoSuchPath),
        };
        if *method == Method::POST { Ok(call) } else { Err(Rule::MethodNotAllowed) }
    }
}
