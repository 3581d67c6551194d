//! A shop's own routes.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use yzb::{App, BaseInfoAccess};
use yzb_axum::extract::{LoggedIn, SignedPage};
use yzb_axum::{PageOrigins, Problem};

/// What its handlers share.
#[derive(Clone)]
pub(crate) struct Shop {
    /// The app.
    pub(crate) app: App,
    /// Whose pages are signed.
    pub(crate) pages: PageOrigins,
}

/// The extractors find the app here,
impl FromRef<Shop> for App {
    fn from_ref(shop: &Shop) -> Self {
        shop.app.clone()
    }
}

/// and the origins of the shop's pages.
impl FromRef<Shop> for PageOrigins {
    fn from_ref(shop: &Shop) -> Self {
        shop.pages.clone()
    }
}

/// The routes.
pub(crate) fn routes() -> Router<Shop> {
    Router::new().route("/shop/js-config", get(js_config)).route("/shop/login", post(login))
}

/// What the page's script hands to `core.config`.
async fn js_config(page: SignedPage) -> SignedPage {
    page
}

/// Logs the user in by the page's code, and greets them by the nick if they show it. What fails is
/// answered as a problem.
async fn login(State(shop): State<Shop>, LoggedIn(user): LoggedIn) -> Result<String, Problem> {
    Ok(match shop.app.base_info(&user.open_id).await? {
        BaseInfoAccess::Granted(info) => format!("welcome, {}", info.nick),
        BaseInfoAccess::NotGranted => "welcome".to_owned(),
    })
}
