//! Many apps in one process: made on demand, kept apart, kept fresh by one future.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use yzb_cache::{Apps as Registry, Kind, Monotonic, SharedStore, SlotKey};
use yzb_proto::{AppId, AppSecret, Origin};

use crate::Error;
use crate::app::App;
use crate::issuer::{JsTicketIssuer, ServerTokenIssuer};
use crate::join::both;
use crate::setting::{Identity, Parts, Setting, setters};

/// Many apps that have everything but id and secret in common: transport, store, policy, time,
/// chance and observer. Cloning shares them.
///
/// An app is made when it is first asked for. Apps are kept apart by platform, id and fingerprint of
/// the secret: after a change of the secret it is another app, and what the old one holds goes on
/// being used by those who hold it.
///
/// ```
/// # use yzb_emulator::{Emulator, World, demo};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let platform = Emulator::start(World::demo())?;
/// # let transport = yzb::transport_fn(move |request| {
/// #     let answer = platform.call(&request).map(yzb::Body::from);
/// #     async move { Ok(answer) }
/// # });
/// # let (app_id, secret) = (demo::APP_ID, demo::APP_SECRET);
/// use yzb::{AppId, AppSecret, Apps};
///
/// let apps = Apps::builder()
/// #   .transport(transport)
///     .build()?;
/// let app = apps.app(&AppId::new(app_id)?, &AppSecret::new(secret)?);
/// let signed = app.sign_page("https://example.com/").await?;
/// assert_eq!(apps.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Apps(Arc<Shared>);

struct Shared {
    setting: Arc<Setting>,
    origin: Arc<Origin>,
    tokens: Registry<ServerTokenIssuer, SharedStore>,
    tickets: Registry<JsTicketIssuer, SharedStore>,
    /// Held to write while an app is removed: between its two codes nobody may begin it anew.
    removing: RwLock<()>,
}

/// Makes [`Apps`]. What is not said has a default, as for one app.
#[derive(Debug, Default)]
#[must_use = "nothing is made before `build`"]
pub struct AppsBuilder {
    parts: Parts,
}

setters!(AppsBuilder);

impl AppsBuilder {
    /// The apps, of which there is none yet. Nothing is opened, spawned or asked for, and no runtime
    /// is needed.
    ///
    /// # Errors
    ///
    /// There is no transport ([`ErrorKind::Setup`](crate::ErrorKind)).
    pub fn build(self) -> Result<Apps, Error> {
        let parts = self.parts;
        let setting = Arc::new(parts.setting()?);
        let (tokens, tickets) = (parts.registry(), parts.registry());
        let (origin, removing) = (Arc::new(parts.origin), RwLock::new(()));
        Ok(Apps(Arc::new(Shared { setting, origin, tokens, tickets, removing })))
    }
}

impl Apps {
    /// Begins with no app.
    pub fn builder() -> AppsBuilder {
        AppsBuilder::default()
    }

    /// This app, made if it is new. Two who ask at once get handles on the same codes. Whoever uses an
    /// app again and again keeps what this returns: looking it up costs some allocations and a hash.
    #[must_use]
    pub fn app(&self, app_id: &AppId, secret: &AppSecret) -> App {
        let Shared { setting, tokens, tickets, .. } = &*self.0;
        let key = self.key(app_id, secret);
        let identity = Arc::new(Identity { app_id: app_id.clone(), secret: secret.clone() });
        let _whole = self.0.removing.read().unwrap_or_else(PoisonError::into_inner);
        let tokens = tokens
            .cache(&key, || ServerTokenIssuer::new(Arc::clone(setting), Arc::clone(&identity)));
        let tickets = tickets.cache(&key.of_kind(Kind::JsTicket), || {
            JsTicketIssuer::new(Arc::clone(setting), Arc::clone(&identity), tokens.clone())
        });
        App::assemble(Arc::clone(setting), identity, tokens, tickets)
    }

    /// Removes an app; whether it was there. Who holds a handle may go on using it, but nobody keeps
    /// its codes fresh any more, and who asks for the app gets another.
    pub fn remove(&self, app_id: &AppId, secret: &AppSecret) -> bool {
        let key = self.key(app_id, secret);
        let alone = self.0.removing.write().unwrap_or_else(PoisonError::into_inner);
        let ticket = self.0.tickets.take(&key.of_kind(Kind::JsTicket));
        let token = self.0.tokens.take(&key);
        // The observer of work that is given up by this may ask for an app.
        drop(alone);
        ticket.is_some() || token.is_some()
    }

    /// Removes the apps of which nobody holds a handle and that nobody asked for in so long; how many.
    /// One with a renewal under way, or for which it is too early for the next, stays. A program that
    /// serves apps on demand calls this now and then: what is there is kept fresh, whether anybody wants it
    /// or not.
    pub fn drop_idle(&self, unused_for: Duration) -> usize {
        // Tickets first: each holds the token that it is asked for with.
        self.0.tickets.drop_idle(unused_for);
        self.0.tokens.drop_idle(unused_for)
    }

    /// Keeps the codes of all apps fresh for as long as this is polled, those of apps that come later
    /// too, with some `at_most` renewals of each kind of code at once. An app that fails or hangs
    /// delays no other one. Spawn it, and stop it by dropping it.
    pub fn keep_fresh(&self, at_most: usize) -> impl Future<Output = Infallible> + Send + 'static {
        both(self.0.tokens.keep_fresh(at_most), self.0.tickets.keep_fresh(at_most))
    }

    /// When there will be something to do for some app, by the monotonic clock; none if there is no
    /// app, or all that are to be renewed are just being renewed.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let deadlines = [self.0.tokens.next_deadline(), self.0.tickets.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// How many apps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.tokens.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn key(&self, app_id: &AppId, secret: &AppSecret) -> SlotKey {
        let origin = Arc::clone(&self.0.origin);
        SlotKey::new(origin, app_id.clone(), secret.fingerprint(), Kind::ServerToken)
    }
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apps")
            .field("origin", &self.0.origin)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
