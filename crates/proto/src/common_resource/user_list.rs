//! `POST /CommonResource/getUserList`: the users who have added the app, page by page (observed).

use crate::{
    AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, OpenId, ServerAccessToken, UserId,
};

/// Asks for one page of the users who have added the app.
///
/// The first page starts after nobody; the next one after the last row of this one. An empty page
/// is the end.
#[derive(Clone, Copy, Debug)]
pub struct ListUsers<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The server's token.
    pub access_token: &'a ServerAccessToken,
    /// The row after which the page starts; `None` for the first page.
    pub after: Option<&'a UserId>,
    /// How many rows at the most; the published clients ask for [`ListUsers::USUAL_COUNT`].
    pub count: u32,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedUser {
    /// The row's id: what the next page starts after.
    pub id: UserId,
    /// The user, as this app knows them.
    pub open_id: OpenId,
}

impl ListUsers<'_> {
    /// How many rows the published clients ask for.
    pub const USUAL_COUNT: u32 = 100;
}

impl Endpoint for ListUsers<'_> {
    const PATH: &'static str = "/CommonResource/getUserList";
    const CREDENTIAL: Credential = Credential::ServerToken;
    type Output = Vec<ListedUser>;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .secret("access_token", self.access_token)
            .field("load_more_id", self.after.map_or("0", UserId::as_str))
            .number("load_more_count", self.count.into());
    }

    fn read(data: &mut Data<'_>) -> Result<Vec<ListedUser>, DecodeErrorKind> {
        data.rows(|fields| {
            Ok(ListedUser { id: fields.read("id")?, open_id: fields.read("open_id")? })
        })
    }
}
