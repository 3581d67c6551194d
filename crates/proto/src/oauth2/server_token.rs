//! `POST /OAuth2/token` with `grant_type=client_credential`: a new server token.
//!
//! Observed in every published client; the OAuth2 document calls it "Get server access_token
//! interface".

use crate::endpoint::Repeat;
use crate::{
    AppId, AppSecret, Credential, Data, DecodeErrorKind, Endpoint, Form, Lifetime,
    ServerAccessToken,
};

/// Asks for a new server token.
///
/// What becomes of the previous one nobody says: assume that it dies at once, and let one process
/// at a time ask.
#[derive(Clone, Copy, Debug)]
pub struct IssueServerToken<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// Its secret.
    pub secret: &'a AppSecret,
}

/// A server token and how long it lives from when it was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerToken {
    /// The token: the key to tickets and resources.
    pub access_token: ServerAccessToken,
    /// The span that it lives; zero means due at once.
    pub expires_in: Lifetime,
}

impl ServerToken {
    /// A token from elsewhere than an answer: a test, or an issuer of one's own.
    #[must_use]
    pub const fn new(access_token: ServerAccessToken, expires_in: Lifetime) -> Self {
        Self { access_token, expires_in }
    }
}

impl Endpoint for IssueServerToken<'_> {
    const PATH: &'static str = "/OAuth2/token";
    const CREDENTIAL: Credential = Credential::AppSecret;
    const REPEAT: Repeat = Repeat::OnceMore;
    type Output = ServerToken;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .secret("secret", self.secret)
            .field("grant_type", "client_credential");
    }

    fn read(data: &mut Data<'_>) -> Result<ServerToken, DecodeErrorKind> {
        data.object(|fields| {
            Ok(ServerToken {
                access_token: fields.read("access_token")?,
                expires_in: fields.lifetime()?,
            })
        })
    }
}
