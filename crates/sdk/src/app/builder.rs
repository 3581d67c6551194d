//! What an app is made of.

use std::sync::Arc;

use yzb_cache::{Kind, SlotKey};
use yzb_proto::{AppId, AppSecret, InvalidValue};

use super::App;
use crate::Error;
use crate::issuer::{JsTicketIssuer, ServerTokenIssuer};
use crate::setting::{Identity, Parts, setters};

/// Makes an [`App`]. What is not said has a default.
#[derive(Debug)]
#[must_use = "nothing is made before `build`"]
pub struct AppBuilder {
    app_id: Result<AppId, InvalidValue>,
    secret: Result<AppSecret, InvalidValue>,
    parts: Parts,
}

setters!(AppBuilder);

impl AppBuilder {
    /// For this app, with its secret.
    pub fn new(app_id: AppId, secret: AppSecret) -> Self {
        Self { app_id: Ok(app_id), secret: Ok(secret), parts: Parts::default() }
    }

    pub(super) fn parse(app_id: &str, secret: &str) -> Self {
        let (app_id, secret) = (AppId::new(app_id), AppSecret::new(secret));
        Self { app_id, secret, parts: Parts::default() }
    }

    /// The app. Nothing is opened, spawned or asked for, and no runtime is needed.
    ///
    /// # Errors
    ///
    /// The id or the secret cannot be one ([`ErrorKind::InvalidArgument`](crate::ErrorKind)), or
    /// there is no transport ([`ErrorKind::Setup`](crate::ErrorKind)).
    pub fn build(self) -> Result<App, Error> {
        let identity = Arc::new(Identity { app_id: self.app_id?, secret: self.secret? });
        let setting = Arc::new(self.parts.setting()?);
        let origin = self.parts.origin.clone();
        let (app_id, secret) = (identity.app_id.clone(), identity.secret.fingerprint());
        let key = SlotKey::new(origin, app_id, secret, Kind::ServerToken);

        let issuer = ServerTokenIssuer::new(Arc::clone(&setting), Arc::clone(&identity));
        let tokens = self.parts.cache(key.clone(), issuer);
        let issuer =
            JsTicketIssuer::new(Arc::clone(&setting), Arc::clone(&identity), tokens.clone());
        let tickets = self.parts.cache(key.of_kind(Kind::JsTicket), issuer);
        Ok(App::assemble(setting, identity, tokens, tickets))
    }
}
