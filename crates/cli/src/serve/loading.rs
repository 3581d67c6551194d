//! The configuration, at the start and again: a service waits for it, and goes on while it does.

use tokio::task::JoinHandle;

use super::signals::{Signal, Signals};
use crate::config::{Loaded, Origin, Unusable, lines};
use crate::environment::Environment;

/// The configuration to begin with; none if a signal says to stop first.
pub(super) async fn first(
    origin: &Origin,
    environment: &Environment,
    signals: &mut Signals,
) -> Option<Result<Loaded, Unusable>> {
    loop {
        tokio::select! {
            loaded = Loaded::load(origin, environment) => return Some(loaded),
            // It is read anew: what it says may have changed since it was.
            signal = signals.next() => if signal != Signal::Reload { return None },
        }
    }
}

/// Ready when the configuration that is being read has been.
pub(super) async fn read(
    loading: &mut Option<JoinHandle<Result<Loaded, Unusable>>>,
) -> Result<Loaded, Unusable> {
    let Some(handle) = loading else { return std::future::pending().await };
    let loaded = handle.await;
    *loading = None;
    match loaded {
        Ok(loaded) => loaded,
        // It was given up for a later one.
        Err(_) => std::future::pending().await,
    }
}

/// What a configuration that can be used is suspected of.
pub(super) fn warn(loaded: &Loaded) {
    for line in lines(&loaded.name, &loaded.warnings) {
        tracing::warn!("{line}");
    }
}
