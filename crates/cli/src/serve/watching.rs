//! Who is told what happens: the metrics, the status page, the log.

use http::{Request, Response};
use yzb::{Body, Clock, Event, Observer, SlotKey, SystemClock, Transport, TransportError};
use yzb_axum::Recorder;
use yzb_store_redis::Event as RedisEvent;

use super::metrics::Metrics;

/// Counts and remembers what happens to codes.
#[derive(Clone)]
pub(super) struct Watching {
    pub(super) metrics: Metrics,
    pub(super) recorder: Recorder,
}

impl Observer for Watching {
    fn observe(&self, key: &SlotKey, event: &Event) {
        self.metrics.event(key, event);
        self.recorder.observe(key, event);
        let (app_id, kind) = (key.app_id().as_str(), key.kind().name());
        // What needs a person is logged by the caches themselves.
        if let Event::Issued { code, expires_at, .. } = event {
            tracing::info!(app_id, kind, %code, expires_at = expires_at.as_secs(), "issued");
        }
    }
}

/// Counts and logs what happens in Redis.
pub(super) fn redis(metrics: &Metrics, event: &RedisEvent<'_>) {
    metrics.redis(event.name());
    let of = |key: &SlotKey| (key.app_id().to_string(), key.kind().name());
    match event {
        RedisEvent::Connected => tracing::info!("connected to Redis"),
        RedisEvent::Disconnected(failure) => {
            tracing::warn!(%failure, problem = failure.problem().name(), "disconnected from Redis");
        }
        RedisEvent::OtherFleet { key, issuer } => {
            let (app_id, kind) = of(key);
            let issuer = issuer.map(ToString::to_string);
            tracing::warn!(
                app_id,
                kind,
                issuer,
                "another fleet, with another secret or platform, writes this app's record"
            );
        }
        RedisEvent::Unreadable { key, error } => {
            let (app_id, kind) = of(key);
            let error = error.map(ToString::to_string);
            tracing::warn!(app_id, kind, error, "the record in Redis cannot be read");
        }
        RedisEvent::EndlessTurn { key } => {
            let (app_id, kind) = of(key);
            tracing::warn!(app_id, kind, "the turn to issue had no end in Redis; it has one now");
        }
        RedisEvent::Forgiven { key, drift } => {
            let (app_id, kind) = of(key);
            tracing::info!(app_id, kind, ?drift, "the record in Redis is not as it should be");
        }
        _ => tracing::info!(name = event.name(), "something happened in Redis"),
    }
}

/// A transport that is counted.
pub(super) struct Counted<T> {
    inner: T,
    metrics: Metrics,
    clock: SystemClock,
}

impl<T> Counted<T> {
    pub(super) fn new(inner: T, metrics: Metrics) -> Self {
        Self { inner, metrics, clock: SystemClock::new() }
    }
}

impl<T: Transport> Transport for Counted<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let path = request.uri().path().to_owned();
        let begun = self.clock.now().monotonic;
        let outcome = self.inner.send(request).await;
        let took = self.clock.now().monotonic.since(begun);
        let name = match &outcome {
            Ok(response) => response.status().as_str().to_owned(),
            Err(error) => error.kind().name().to_owned(),
        };
        self.metrics.request(&path, name, took);
        outcome
    }
}
