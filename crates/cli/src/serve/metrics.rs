//! What is counted, for Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use yzb::cache::{Issuer, Operation};
use yzb::{App, AppId, Event, Kind, SharedStore, SlotKey, TokenCache};

/// All counters. Cloning shares them.
#[derive(Clone)]
pub(super) struct Metrics(Arc<Counters>);

struct Counters {
    registry: Registry,
    events: Family<CodeEvent, Counter>,
    failures: Family<CodeFailure, Counter>,
    store_failures: Family<StoreFailure, Counter>,
    redis: Family<Named, Counter>,
    requests: Family<Request, Counter>,
    request_time: Family<Path, Histogram, fn() -> Histogram>,
    reloads: Family<Named, Counter>,
    apps: Gauge,
    expiry: Family<OfCode, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CodeEvent {
    app_id: String,
    code: &'static str,
    event: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CodeFailure {
    app_id: String,
    code: &'static str,
    reason: &'static str,
    advice: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCode {
    app_id: String,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StoreFailure {
    during: &'static str,
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    path: String,
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Path {
    path: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Named {
    event: &'static str,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut counters = Counters {
            registry: Registry::with_prefix("yzb"),
            events: Family::default(),
            failures: Family::default(),
            store_failures: Family::default(),
            redis: Family::default(),
            requests: Family::default(),
            request_time: Family::new_with_constructor(histogram),
            reloads: Family::default(),
            apps: Gauge::default(),
            expiry: Family::default(),
        };
        counters.register();
        Self(Arc::new(counters))
    }

    /// Something happened to a code.
    pub(super) fn event(&self, key: &SlotKey, event: &Event) {
        let (app_id, code) = (key.app_id().to_string(), key.kind().name());
        match event {
            Event::Failed { error, .. } => {
                let (reason, advice) = (error.kind().name(), error.retry().name());
                let failure = CodeFailure { app_id: app_id.clone(), code, reason, advice };
                self.0.failures.get_or_create(&failure).inc();
            }
            Event::StoreFailed { during, error } => {
                let failure =
                    StoreFailure { during: operation(*during), kind: error.kind().name() };
                self.0.store_failures.get_or_create(&failure).inc();
            }
            _ => {}
        }
        self.0.events.get_or_create(&CodeEvent { app_id, code, event: event.name() }).inc();
    }

    /// Something happened in Redis.
    pub(super) fn redis(&self, event: &'static str) {
        self.0.redis.get_or_create(&Named { event }).inc();
    }

    /// A request to the platform ended so.
    pub(super) fn request(&self, path: &str, outcome: String, took: Duration) {
        let path = path.to_owned();
        self.0.request_time.get_or_create(&Path { path: path.clone() }).observe(took.as_secs_f64());
        self.0.requests.get_or_create(&Request { path, outcome }).inc();
    }

    /// The configuration was read again.
    pub(super) fn reload(&self, outcome: &'static str) {
        self.0.reloads.get_or_create(&Named { event: outcome }).inc();
    }

    /// An app is served no more.
    pub(super) fn forget(&self, app_id: &AppId) {
        for kind in [Kind::ServerToken, Kind::JsTicket] {
            let of = OfCode { app_id: app_id.to_string(), code: kind.name() };
            self.0.expiry.remove(&of);
        }
    }

    /// Everything, as OpenMetrics text.
    pub(super) fn text<'a>(&self, apps: impl ExactSizeIterator<Item = &'a App>) -> String {
        self.0.apps.set(i64::try_from(apps.len()).unwrap_or(i64::MAX));
        for app in apps {
            self.expiry(app.server_tokens());
            self.expiry(app.tickets());
        }
        let mut all = String::new();
        if text::encode(&mut all, &self.0.registry).is_err() {
            let _ = all.write_str("# EOF\n");
        }
        all
    }

    /// The moment at which what is held expires; 0 if nothing is.
    fn expiry<I: Issuer>(&self, cache: &TokenCache<I, SharedStore>) {
        let key = cache.key();
        let of = OfCode { app_id: key.app_id().to_string(), code: key.kind().name() };
        let expires_at = cache.peek().map_or(0, |lease| lease.expires_at().as_secs());
        self.0.expiry.get_or_create(&of).set(i64::try_from(expires_at).unwrap_or(i64::MAX));
    }
}

impl Counters {
    fn register(&mut self) {
        let registry = &mut self.registry;
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        registry.register("apps", "Apps that are kept fresh", self.apps.clone());
        let expiry = "When the code that is held expires, as a moment; 0 if none is held";
        registry.register_with_unit("code_expiry", expiry, Unit::Seconds, self.expiry.clone());
        registry.register("code_events", "What happened to codes", self.events.clone());
        let failures = "Renewals that failed, why, and what to do about it";
        registry.register("renewal_failures", failures, self.failures.clone());
        let store = "Operations of the store that failed";
        registry.register("store_failures", store, self.store_failures.clone());
        registry.register("redis_events", "What happened in Redis", self.redis.clone());
        let requests = "Requests to the platform: an HTTP status, or what failed";
        registry.register("requests", requests, self.requests.clone());
        let time = "How long requests to the platform took";
        registry.register_with_unit("request_time", time, Unit::Seconds, self.request_time.clone());
        let reloads = "How often the configuration was read again";
        registry.register("reloads", reloads, self.reloads.clone());
    }
}

fn histogram() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

const fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Load => "load",
        Operation::Save => "save",
        Operation::Turn => "turn",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_in_the_text() {
        let metrics = Metrics::new();
        metrics.request("/OAuth2/token", "200".to_owned(), Duration::from_millis(20));
        metrics.reload("refused");
        let text = metrics.text(std::iter::empty());
        for line in [
            r#"yzb_requests_total{path="/OAuth2/token",outcome="200"} 1"#,
            r#"yzb_reloads_total{event="refused"} 1"#,
            r#"yzb_request_time_seconds_bucket{le="0.025",path="/OAuth2/token"} 1"#,
            "yzb_apps 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
    }
}
