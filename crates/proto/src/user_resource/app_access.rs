//! `POST /UserResource/getAppAccess`: what a user has granted the app.
//!
//! Documented without `access_token`, which every published client sends all the same.

use crate::{
    AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, OpenId, Scope, ServerAccessToken,
};

/// Asks which scopes a user has granted the app.
#[derive(Clone, Copy, Debug)]
pub struct ReadAppAccess<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The user.
    pub open_id: &'a OpenId,
    /// The **server's** token.
    pub access_token: &'a ServerAccessToken,
}

impl Endpoint for ReadAppAccess<'_> {
    const PATH: &'static str = "/UserResource/getAppAccess";
    const CREDENTIAL: Credential = Credential::ServerToken;
    const ABOUT_USER: bool = true;
    type Output = Vec<Scope>;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .field("open_id", self.open_id.as_str())
            .secret("access_token", self.access_token);
    }

    fn read(data: &mut Data<'_>) -> Result<Vec<Scope>, DecodeErrorKind> {
        data.values()
    }
}
