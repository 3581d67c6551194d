//! `POST /OAuth2/token` with `grant_type=authorization_code`: a user's login by code (documented).

use crate::endpoint::Repeat;
use crate::{
    AppId, AppSecret, AuthCode, Credential, Data, DecodeErrorKind, Endpoint, Fields, Form,
    Lifetime, OpenId, RefreshToken, Scope, UserAccessToken,
};

/// Exchanges a page's login-free code for the user's `open_id`.
///
/// The code is spent by its first use (assumed), so this is never sent again unless it surely was
/// not sent. 4102 means that the code is spent or stale: ask the page for a new one.
#[derive(Clone, Copy, Debug)]
pub struct LogInUser<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// Its secret.
    pub secret: &'a AppSecret,
    /// What the page got from `yzb.core.requestAuthCode`.
    pub code: &'a AuthCode,
}

/// Who the user is, and tokens of theirs that are "temporarily useless" (documented).
///
/// The auth code is spent by the time this is read. So the `open_id` is what must be there; whatever
/// is wrong with the rest is noted as [`Tolerance::UselessField`](crate::Tolerance), and does not
/// lose the login.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserToken {
    /// The user, as this app knows them.
    pub open_id: OpenId,
    /// The **user's** token, if it is readable. To read user data, pass the server's.
    pub access_token: Option<UserAccessToken>,
    /// The span that the user's token lives, if it is readable.
    pub expires_in: Option<Lifetime>,
    /// For a refresh of the user's token, if it is readable.
    pub refresh_token: Option<RefreshToken>,
    /// What the user granted, if it is readable: `sns_base`.
    pub scope: Option<Scope>,
}

impl Endpoint for LogInUser<'_> {
    const PATH: &'static str = "/OAuth2/token";
    const CREDENTIAL: Credential = Credential::AuthCode;
    const REPEAT: Repeat = Repeat::OnlyIfUnsent;
    type Output = UserToken;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .secret("secret", self.secret)
            .field("grant_type", "authorization_code")
            .secret("code", self.code);
    }

    fn read(data: &mut Data<'_>) -> Result<UserToken, DecodeErrorKind> {
        data.object(UserToken::from_fields)
    }
}

impl UserToken {
    /// Login and refresh answer alike.
    pub(super) fn from_fields(fields: &mut Fields<'_>) -> Result<Self, DecodeErrorKind> {
        Ok(Self {
            open_id: fields.read("open_id")?,
            access_token: fields.lenient("access_token"),
            expires_in: fields.lenient("expires_in"),
            refresh_token: fields.lenient("refresh_token"),
            scope: fields.lenient("scope"),
        })
    }
}
