//! `POST /UserResource/getAppIsAdded`: whether a user has added the app (observed).

use crate::{AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, OpenId, ServerAccessToken};

/// Asks whether a user has added the app.
#[derive(Clone, Copy, Debug)]
pub struct ReadAppIsAdded<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The user.
    pub open_id: &'a OpenId,
    /// The **server's** token.
    pub access_token: &'a ServerAccessToken,
}

impl Endpoint for ReadAppIsAdded<'_> {
    const PATH: &'static str = "/UserResource/getAppIsAdded";
    const CREDENTIAL: Credential = Credential::ServerToken;
    const ABOUT_USER: bool = true;
    type Output = bool;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .field("open_id", self.open_id.as_str())
            .secret("access_token", self.access_token);
    }

    fn read(data: &mut Data<'_>) -> Result<bool, DecodeErrorKind> {
        data.object(|fields| fields.read("is_added"))
    }
}
