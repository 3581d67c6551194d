//! One app: logins, codes that are at hand, signed pages.

mod builder;
mod resources;
mod users;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use yzb_cache::{Lease, LeaseError};
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode, Validity};
use yzb_proto::oauth2::refresh_token::RefreshUserToken;
use yzb_proto::oauth2::user_token::{LogInUser, UserToken};
use yzb_proto::{
    AppId, AuthCode, Endpoint, JsTicket, Nonce, OpenId, Origin, PageUrl, RefreshToken,
    ServerAccessToken, Signer,
};

pub use builder::AppBuilder;
pub use resources::TokenCall;
pub use users::Users;

use crate::error::{Cause, ErrorKind};
use crate::issuer::{ServerTokens, Tickets};
use crate::join::both;
use crate::setting::{Identity, Setting};
use crate::{Error, SignedPage, trace};

/// One app of the platform, with its server token and its ticket at hand. Cloning shares it.
///
/// See the [crate's docs](crate) for the five lines, the contract and what can be injected.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    setting: Arc<Setting>,
    identity: Arc<Identity>,
    tokens: ServerTokens,
    tickets: Tickets,
}

impl App {
    /// Begins an app of this id, with its secret from the platform's console. Whether they can be
    /// such is looked at by [`AppBuilder::build`].
    pub fn builder(app_id: &str, secret: &str) -> AppBuilder {
        AppBuilder::parse(app_id, secret)
    }

    /// Exchanges a page's login-free code for the user. A code is good for one login: it is sent
    /// again only if it surely was not sent.
    ///
    /// # Errors
    ///
    /// Above all, [`Retry::NewAuthCode`](crate::Retry::NewAuthCode): the code is spent, stale or
    /// perhaps spent; ask the page for another.
    pub async fn login(&self, code: &str) -> Result<UserToken, Error> {
        let code = AuthCode::new(code)?;
        let Identity { app_id, secret } = &*self.0.identity;
        self.call_named("login", &LogInUser { app_id, secret, code: &code }).await
    }

    /// The server's token, which may be used now. A fresh one is returned without waiting.
    ///
    /// # Errors
    ///
    /// There is none, and the renewal that this waited for failed, or it is too early for another.
    pub async fn server_token(&self) -> Result<Arc<Lease<ServerAccessToken>>, Error> {
        let lease = self.0.tokens.lease().await;
        lease.map_err(|error| no_lease(ErrorKind::NoServerToken, error))
    }

    /// The ticket with which pages are signed. A fresh one is returned without waiting.
    ///
    /// # Errors
    ///
    /// There is none, and the renewal that this waited for failed, or it is too early for another.
    pub async fn js_ticket(&self) -> Result<Arc<Lease<JsTicket>>, Error> {
        let lease = self.0.tickets.lease().await;
        lease.map_err(|error| no_lease(ErrorKind::NoTicket, error))
    }

    /// Signs the page of this URL, which is to be what the page's `location.href` reports.
    ///
    /// # Errors
    ///
    /// The URL is not in that form (with the feature `url`,
    /// [`PageUrl::rewrite`](crate::PageUrl) takes any, and [`sign`](Self::sign) its page), or there
    /// is no ticket.
    pub async fn sign_page<'a>(&'a self, url: &'a str) -> Result<SignedPage<'a>, Error> {
        self.sign(PageUrl::scan(url)?).await
    }

    /// Signs a page whose URL was looked at before.
    ///
    /// # Errors
    ///
    /// There is no ticket.
    pub async fn sign<'a>(&'a self, page: PageUrl<'a>) -> Result<SignedPage<'a>, Error> {
        let nonce = Nonce::from_random(self.0.setting.random.bytes()?);
        let lease = self.js_ticket().await?;
        // After the wait, so that the signature is of the moment at which it is handed out.
        let now = self.0.setting.clock.now();
        let app_id = &self.0.identity.app_id;
        let config = Signer::new(lease.token())
            .core_config(app_id, nonce, now.wall, page)
            .map_err(|error| Error::new(ErrorKind::Clock, Cause::Value(error)))?;
        Ok(SignedPage::new(config, lease.sure_until(now)))
    }

    /// Asks whether a code is valid, and until when. Codes from here need no check.
    ///
    /// ```no_run
    /// # async fn example(app: yzb::App) -> Result<(), yzb::Error> {
    /// use yzb::CheckedCode;
    /// let ticket = app.js_ticket().await?;
    /// assert!(app.check(CheckedCode::JsTicket(ticket.token())).await?.is_valid());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// There is no answer. That a code is invalid is one.
    pub async fn check(&self, code: CheckedCode<'_>) -> Result<Validity, Error> {
        self.call_named("check", &CheckCode { app_id: self.app_id(), code }).await
    }

    /// Renews a *user's* token. That token is useless: the platform documents it as such, user data is
    /// read with the server's, and no published client ever calls this. It is here for the day on
    /// which that changes.
    ///
    /// # Errors
    ///
    /// Above all, [`Retry::LogInAgain`](crate::Retry::LogInAgain): the refresh token is no longer good.
    pub async fn refresh_user_token(
        &self,
        open_id: &OpenId,
        refresh_token: &RefreshToken,
    ) -> Result<UserToken, Error> {
        let call = RefreshUserToken { app_id: self.app_id(), open_id, refresh_token };
        self.call_named("refresh-user-token", &call).await
    }

    /// Makes a call of your own that needs no server token. For one that does, see
    /// [`call_with_token`](Self::call_with_token).
    ///
    /// # Errors
    ///
    /// There is no output; [`Error::retry`] says what to do.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E) -> Result<E::Output, Error> {
        self.call_named(E::PATH, endpoint).await
    }

    /// Keeps both codes fresh for as long as this is polled, so that no caller waits while one lives.
    /// Spawn it, and stop it by dropping it. Without it the first caller who finds a code due renews
    /// it.
    ///
    /// ```no_run
    /// # async fn example(app: yzb::App) {
    /// let keeper = tokio::spawn(app.keep_fresh());
    /// // … and at the end of the program:
    /// keeper.abort();
    /// # }
    /// ```
    pub fn keep_fresh(&self) -> impl Future<Output = Infallible> + Send + 'static {
        both(self.0.tokens.keep_fresh(), self.0.tickets.keep_fresh())
    }

    /// The app's id.
    #[must_use]
    pub fn app_id(&self) -> &AppId {
        &self.0.identity.app_id
    }

    /// The platform.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.0.setting.client.origin()
    }

    /// The cache of the server's token: to look without waiting, to follow it, to invalidate.
    #[must_use]
    pub fn server_tokens(&self) -> &ServerTokens {
        &self.0.tokens
    }

    /// The cache of the ticket.
    #[must_use]
    pub fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    pub(crate) fn assemble(
        setting: Arc<Setting>,
        identity: Arc<Identity>,
        tokens: ServerTokens,
        tickets: Tickets,
    ) -> Self {
        Self(Arc::new(Inner { setting, identity, tokens, tickets }))
    }

    async fn call_named<E: Endpoint + Sync>(
        &self,
        name: &'static str,
        endpoint: &E,
    ) -> Result<E::Output, Error> {
        let span = trace::call_span(self.app_id(), name);
        let calling = self.0.setting.client.call(endpoint);
        let outcome = trace::within(&span, calling).await.map_err(Error::from);
        trace::record_call(&span, &outcome);
        outcome
    }
}

fn no_lease(kind: ErrorKind, error: LeaseError) -> Error {
    Error::new(kind, Cause::Lease(error))
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("app_id", self.app_id())
            .field("origin", self.origin())
            .finish_non_exhaustive()
    }
}
