//! What is asked with the server's token: users and the app. A token that died is replaced once.

use std::pin::Pin;

use yzb_proto::common_resource::user_count::CountUsers;
use yzb_proto::common_resource::user_list::{ListUsers, ListedUser};
use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb_proto::user_resource::base_info::{BaseInfoAccess, ReadBaseInfo};
use yzb_proto::{AppId, Endpoint, OpenId, Retry, Scope, ServerAccessToken, UserId};

use yzb_transport::CallError;

use super::{App, Users};
use crate::{Error, trace};

/// A call that wants the server's token, for [`App::call_with_token`]. The five of the platform are
/// methods of [`App`]; this is for one that this crate does not know.
///
/// ```
/// use yzb::proto::{AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, ServerAccessToken};
/// use yzb::TokenCall;
///
/// /// `POST /CommonResource/getMotto`
/// struct Motto;
/// struct ReadMotto<'a> { app_id: &'a AppId, access_token: &'a ServerAccessToken }
///
/// impl TokenCall for Motto {
///     type Output = String;
///     type Call<'a> = ReadMotto<'a>;
///     fn with<'a>(&'a self, app_id: &'a AppId, access_token: &'a ServerAccessToken) -> ReadMotto<'a> {
///         ReadMotto { app_id, access_token }
///     }
/// }
///
/// impl Endpoint for ReadMotto<'_> {
///     const PATH: &'static str = "/CommonResource/getMotto";
///     const CREDENTIAL: Credential = Credential::ServerToken;
///     type Output = String;
///     fn form(&self, form: &mut Form) {
///         form.field("app_id", self.app_id.as_str()).secret("access_token", self.access_token);
///     }
///     fn read(data: &mut Data<'_>) -> Result<String, DecodeErrorKind> {
///         data.object(|fields| fields.read("motto"))
///     }
/// }
///
/// # #[allow(dead_code)]
/// # async fn example(app: yzb::App) -> Result<(), yzb::Error> {
/// let motto = app.call_with_token(&Motto).await?;
/// # Ok(())
/// # }
/// ```
pub trait TokenCall: Sync {
    /// What a success says.
    type Output: Send;

    /// The call with everything that it passes in.
    type Call<'a>: Endpoint<Output = Self::Output> + Send + Sync
    where
        Self: 'a;

    /// Adds the app and the token, which is another one after the first was refused.
    fn with<'a>(&'a self, app_id: &'a AppId, token: &'a ServerAccessToken) -> Self::Call<'a>;
}

impl App {
    /// A user's nick, avatar and sex, if they granted it.
    ///
    /// # Errors
    ///
    /// [`Retry::AskUser`]: the user has not added the app. Others as for every call.
    pub async fn base_info(&self, open_id: &OpenId) -> Result<BaseInfoAccess, Error> {
        self.with_token("base-info", &BaseInfo(open_id)).await
    }

    /// What a user granted the app.
    ///
    /// # Errors
    ///
    /// [`Retry::AskUser`]: the user has not added the app. Others as for every call.
    pub async fn app_access(&self, open_id: &OpenId) -> Result<Vec<Scope>, Error> {
        self.with_token("app-access", &AppAccess(open_id)).await
    }

    /// Whether a user has added the app.
    ///
    /// # Errors
    ///
    /// There is no answer; [`Error::retry`] says what to do.
    pub async fn is_added(&self, open_id: &OpenId) -> Result<bool, Error> {
        self.with_token("is-added", &IsAdded(open_id)).await
    }

    /// How many users have added the app.
    ///
    /// # Errors
    ///
    /// There is no answer; [`Error::retry`] says what to do.
    pub async fn user_count(&self) -> Result<u64, Error> {
        self.with_token("user-count", &UserCount).await
    }

    /// One page of the users who have added the app: at most `count` of those after this row, or of
    /// the first ones. An empty page is the end; a shorter one is not.
    ///
    /// # Errors
    ///
    /// There is no answer; [`Error::retry`] says what to do.
    pub async fn users_page(
        &self,
        after: Option<&UserId>,
        count: u32,
    ) -> Result<Vec<ListedUser>, Error> {
        self.with_token("users-page", &UsersPage { after, count }).await
    }

    /// All users who have added the app, asked for page by page.
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// Makes a call of your own that wants the server's token. If the platform says that the token
    /// died (4102), that token is dropped, another one got, and the call made once more; not more
    /// often.
    ///
    /// # Errors
    ///
    /// There is no output; [`Error::retry`] says what to do.
    pub async fn call_with_token<C: TokenCall>(&self, call: &C) -> Result<C::Output, Error> {
        self.with_token(<C::Call<'_> as Endpoint>::PATH, call).await
    }

    async fn with_token<C: TokenCall>(
        &self,
        name: &'static str,
        call: &C,
    ) -> Result<C::Output, Error> {
        let span = trace::call_span(self.app_id(), name);
        let outcome = trace::within(&span, self.twice(call, &span)).await;
        trace::record_call(&span, &outcome);
        outcome
    }

    async fn twice<C: TokenCall>(
        &self,
        call: &C,
        span: &tracing::Span,
    ) -> Result<C::Output, Error> {
        let lease = self.server_token().await?;
        let refused = match self.once(call, lease.token()).await {
            Err(error) if error.retry() == Retry::NewServerToken => error,
            outcome => return outcome.map_err(Error::from),
        };
        self.0.tokens.invalidate(&lease);
        span.record("repeated", true);
        // Without another token, what the platform said tells more than that it is too early for one.
        let Ok(other) = self.server_token().await else {
            return Err(Error::token_refused(refused));
        };
        self.once(call, other.token()).await.map_err(|error| match error.retry() {
            Retry::NewServerToken => Error::token_refused(error),
            _ => error.into(),
        })
    }

    /// Boxed, because a future that holds an associated type with a lifetime can be told to be `Send`
    /// here, where `C` is any, and not by the compiler's own rules where it is one that borrows.
    fn once<'a, C: TokenCall>(
        &'a self,
        call: &'a C,
        token: &'a ServerAccessToken,
    ) -> Pin<Box<dyn Future<Output = Result<C::Output, CallError>> + Send + 'a>> {
        Box::pin(async move {
            let endpoint = call.with(self.app_id(), token);
            self.0.setting.client.call(&endpoint).await
        })
    }
}

struct BaseInfo<'o>(&'o OpenId);
struct AppAccess<'o>(&'o OpenId);
struct IsAdded<'o>(&'o OpenId);
struct UserCount;
struct UsersPage<'o> {
    after: Option<&'o UserId>,
    count: u32,
}

/// Names the call that each becomes with an app and a token.
macro_rules! token_calls {
    ($($Name:ty => $Call:ident: $Output:ty, |$self:ident, $app_id:ident, $token:ident| $call:expr;)+) => {$(
        impl TokenCall for $Name {
            type Output = $Output;
            type Call<'a> = $Call<'a> where Self: 'a;

            fn with<'a>(&'a $self, $app_id: &'a AppId, $token: &'a ServerAccessToken) -> $Call<'a> {
                $call
            }
        }
    )+};
}

token_calls! {
    BaseInfo<'_> => ReadBaseInfo: BaseInfoAccess,
        |self, app_id, access_token| ReadBaseInfo { app_id, open_id: self.0, access_token };
    AppAccess<'_> => ReadAppAccess: Vec<Scope>,
        |self, app_id, access_token| ReadAppAccess { app_id, open_id: self.0, access_token };
    IsAdded<'_> => ReadAppIsAdded: bool,
        |self, app_id, access_token| ReadAppIsAdded { app_id, open_id: self.0, access_token };
    UserCount => CountUsers: u64,
        |self, app_id, access_token| CountUsers { app_id, access_token };
    UsersPage<'_> => ListUsers: Vec<ListedUser>,
        |self, app_id, access_token| {
            ListUsers { app_id, access_token, after: self.after, count: self.count }
        };
}
