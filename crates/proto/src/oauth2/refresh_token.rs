//! `POST /OAuth2/refreshtoken`: a user's token renewed.
//!
//! Observed in the published clients, which never call it. It takes no secret.

use super::user_token::UserToken;
use crate::endpoint::Repeat;
use crate::{AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, OpenId, RefreshToken};

/// Asks for a new token of a user's.
///
/// Whether a refresh token survives its use nobody says, so this is not sent again unless it surely
/// was not sent.
#[derive(Clone, Copy, Debug)]
pub struct RefreshUserToken<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The user.
    pub open_id: &'a OpenId,
    /// The user's refresh token.
    pub refresh_token: &'a RefreshToken,
}

impl Endpoint for RefreshUserToken<'_> {
    const PATH: &'static str = "/OAuth2/refreshtoken";
    const CREDENTIAL: Credential = Credential::RefreshToken;
    const REPEAT: Repeat = Repeat::OnlyIfUnsent;
    type Output = UserToken;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .field("grant_type", "refresh_token")
            .field("open_id", self.open_id.as_str())
            .secret("refresh_token", self.refresh_token);
    }

    fn read(data: &mut Data<'_>) -> Result<UserToken, DecodeErrorKind> {
        data.object(UserToken::from_fields)
    }
}
