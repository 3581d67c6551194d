//! `POST /UserResource/getUserBaseInfo`: a user's nick, avatar and sex.
//!
//! Documented without `access_token`, which every published client sends all the same.

use crate::{
    AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, OpenId, ServerAccessToken, Sex,
    Status,
};

/// Asks for a user's base info.
#[derive(Clone, Copy, Debug)]
pub struct ReadBaseInfo<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The user.
    pub open_id: &'a OpenId,
    /// The **server's** token; a user's is of no use here (documented).
    pub access_token: &'a ServerAccessToken,
}

/// The base info, if the user has granted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseInfoAccess {
    /// The user has granted it.
    Granted(BaseInfo),
    /// The user has not granted `user/get_user_base_info` (status 4103).
    NotGranted,
}

/// What a user shows of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaseInfo {
    /// The nick, any Unicode text.
    pub nick: String,
    /// The avatar's URL, as the platform wrote it.
    pub avatar: String,
    /// 1 male, 2 female, 3 unknown; other values are kept.
    pub sex: Sex,
}

impl Endpoint for ReadBaseInfo<'_> {
    const PATH: &'static str = "/UserResource/getUserBaseInfo";
    const CREDENTIAL: Credential = Credential::ServerToken;
    const ABOUT_USER: bool = true;
    type Output = BaseInfoAccess;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .field("open_id", self.open_id.as_str())
            .secret("access_token", self.access_token);
    }

    fn read(data: &mut Data<'_>) -> Result<BaseInfoAccess, DecodeErrorKind> {
        data.object(|fields| {
            Ok(BaseInfoAccess::Granted(BaseInfo {
                nick: fields.read("nick")?,
                avatar: fields.read("avatar")?,
                sex: fields.read("sex")?,
            }))
        })
    }

    fn from_status(status: Status) -> Option<BaseInfoAccess> {
        (status == Status::NO_PERMISSION).then_some(BaseInfoAccess::NotGranted)
    }
}
