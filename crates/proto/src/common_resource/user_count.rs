//! `POST /CommonResource/getUserCount`: how many users have added the app.
//!
//! Documented without `access_token`, which every published client sends all the same.

use crate::{AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, ServerAccessToken};

/// Asks how many users have added the app.
#[derive(Clone, Copy, Debug)]
pub struct CountUsers<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The server's token.
    pub access_token: &'a ServerAccessToken,
}

impl Endpoint for CountUsers<'_> {
    const PATH: &'static str = "/CommonResource/getUserCount";
    const CREDENTIAL: Credential = Credential::ServerToken;
    type Output = u64;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str()).secret("access_token", self.access_token);
    }

    fn read(data: &mut Data<'_>) -> Result<u64, DecodeErrorKind> {
        data.object(|fields| fields.read("user_count"))
    }
}
