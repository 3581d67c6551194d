//! One auth code, planted before the first request.

use crate::hidden::Hidden;

/// An auth code for one app and one user, good for one login.
///
/// A planted code does not expire unless told to, so that a fixture written today works tomorrow;
/// codes from `issue_code` live [`life::AUTH_CODE`](crate::life::AUTH_CODE) seconds.
#[derive(Clone, Debug)]
pub struct AuthCode {
    pub(crate) code: Hidden,
    pub(crate) app_id: String,
    pub(crate) open_id: String,
    pub(crate) expires_at: Option<u64>,
}

impl AuthCode {
    /// A code as the page's `requestAuthCode` would hand it to the app.
    #[must_use]
    pub fn new(
        code: impl Into<String>,
        app_id: impl Into<String>,
        open_id: impl Into<String>,
    ) -> Self {
        Self {
            code: Hidden::from(code.into()),
            app_id: app_id.into(),
            open_id: open_id.into(),
            expires_at: None,
        }
    }

    /// The moment, in unix seconds, from which the code no longer works.
    #[must_use]
    pub fn expires_at(mut self, moment: u64) -> Self {
        self.expires_at = Some(moment);
        self
    }
}
