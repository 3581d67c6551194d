//! The routes over a gateway, put together.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use yzb::{Clock, Origin, OsRandom, Random, SystemClock};

use crate::auth::{Attempts, Tokens};
use crate::guard::guard;
use crate::operation::Access;
use crate::{BearerToken, Gateway, Limits, Problem, ProblemKind, Recorder, openapi, routes};

/// The routes over the apps of a [`Gateway`], with everything that guards them.
///
/// ```
/// use yzb_axum::{BearerToken, Gateway, Service};
/// let gateway = Gateway::new();
/// let service = Service::builder(gateway.clone())
///     .token(BearerToken::new("0123456789abcdef0123456789abcdef")?)
///     .build();
/// assert!(service.wants_token());
/// let router: axum::Router = service.router();
/// # Ok::<(), yzb_axum::InvalidBearerToken>(())
/// ```
#[derive(Clone)]
pub struct Service(Shared);

/// Makes a [`Service`]. What is not said has a default.
#[must_use = "nothing is made before `build`"]
pub struct ServiceBuilder(Inner);

pub(crate) type Shared = Arc<Inner>;

/// Writes what the host counts.
type Metrics = Box<dyn Fn() -> String + Send + Sync>;

/// What all requests see.
pub(crate) struct Inner {
    pub(crate) gateway: Gateway,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) tokens: Tokens,
    pub(crate) attempts: Attempts,
    pub(crate) limits: Limits,
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) metrics: Option<Metrics>,
    /// Paths that not only a token opens.
    special: Vec<(&'static str, Access)>,
}

impl Service {
    /// Begins the routes over these apps, without tokens: anybody who reaches them may ask.
    pub fn builder(gateway: Gateway) -> ServiceBuilder {
        let limits = Limits::default();
        let operations = routes::all().into_iter().map(|route| route.operation);
        let special = operations.filter(|operation| operation.access != Access::Token);
        ServiceBuilder(Inner {
            gateway,
            recorder: None,
            tokens: Tokens::default(),
            attempts: Attempts::new(&limits),
            limits,
            hosts: Vec::new(),
            origins: Vec::new(),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(OsRandom),
            metrics: None,
            special: special.map(|operation| (operation.path, operation.access)).collect(),
        })
    }

    /// The routes, guard included, to be served as they are or nested into others:
    /// `Router::new().nest("/yzb", service.router())`. They have a `/` and an answer to unknown paths
    /// of their own, so that they cannot be merged with others that have these too. Whoever serves
    /// them otherwise than by `Server` sees to it that an address beyond loopback
    /// wants a token, and that slow clients cost nothing.
    pub fn router(&self) -> Router {
        let mut router = Router::new();
        for route in routes::all() {
            router = router.route(route.operation.path, route.handler);
        }
        router
            .method_not_allowed_fallback(async || Problem::new(ProblemKind::MethodNotAllowed))
            .fallback(async || Problem::new(ProblemKind::NoSuchRoute))
            .layer(from_fn_with_state(Arc::clone(&self.0), guard))
            .with_state(Arc::clone(&self.0))
    }

    /// Whether a bearer token is needed.
    #[must_use]
    pub fn wants_token(&self) -> bool {
        self.0.tokens.any()
    }

    /// These bearer tokens are good from the next request on, and no others. With none nothing is
    /// changed and this is false, if there were some: what is guarded is not opened while it is served.
    pub fn replace_tokens(&self, tokens: impl IntoIterator<Item = BearerToken>) -> bool {
        self.0.tokens.replace(tokens.into_iter().collect())
    }

    /// The OpenAPI document of the routes, as `/v1/openapi.json` answers it.
    #[must_use]
    pub fn openapi() -> &'static str {
        openapi::text()
    }
}

impl ServiceBuilder {
    /// A bearer token that is good. Give two while one replaces another.
    pub fn token(self, token: BearerToken) -> Self {
        self.0.tokens.add(token);
        self
    }

    /// What happened to the codes, for the status page. The same one is to be the apps' observer.
    pub fn recorder(mut self, recorder: Recorder) -> Self {
        self.0.recorder = Some(recorder);
        self
    }

    /// What `/metrics` answers, as OpenMetrics text; without it there is no such route. It is called
    /// for each request there.
    pub fn metrics(mut self, metrics: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.0.metrics = Some(Box::new(metrics));
        self
    }

    /// How much a request may use.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.attempts = Attempts::new(&limits);
        self.0.limits = limits;
        self
    }

    /// A host by which the service is called, without a port, beside the loopback names. If there are
    /// tokens, all hosts are served unless one is named here, and addresses always are; without
    /// tokens, a page whose name is pointed at this machine must not reach it.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.0.hosts.push(host.into());
        self
    }

    /// An origin of pages that may make a browser call the service. There is none unless said. The
    /// service sends no CORS headers, so such a page has to be on the service's own origin.
    pub fn browser_origin(mut self, origin: &Origin) -> Self {
        self.0.origins.push(origin.to_string());
        self
    }

    /// The time: that of the apps, or ages and pauses are wrong.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.0.clock = Arc::new(clock);
        self
    }

    /// Where the nonces of the status page's style come from.
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.0.random = Arc::new(random);
        self
    }

    /// The service. Nothing is opened or spawned.
    #[must_use]
    pub fn build(self) -> Service {
        Service(Arc::new(self.0))
    }
}

impl Inner {
    /// Who may ask for this path.
    pub(crate) fn access(&self, path: &str) -> Access {
        let mut special = self.special.iter();
        special.find(|(known, _)| *known == path).map_or(Access::Token, |(_, access)| *access)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("gateway", &self.0.gateway)
            .field("wants_token", &self.wants_token())
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceBuilder")
            .field("gateway", &self.0.gateway)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}
