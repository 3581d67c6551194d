//! The configuration, at the start and again: a service waits for it, and goes on while it does.

use std::pin::pin;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::signals::{Signal, Signals};
use crate::config::{Loaded, Origin, Unusable, lines};
use crate::environment::Environment;

/// After so long a reload is told to take long: longer than a command may take.
const PATIENCE: Duration = Duration::from_secs(15);

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

/// The configuration again. What takes long is told: nobody else says that a pipe or a disk hangs.
pub(super) async fn again(origin: &Origin, environment: &Environment) -> Result<Loaded, Unusable> {
    let mut loading = pin!(Loaded::load(origin, environment));
    if let Ok(loaded) = timeout(PATIENCE, &mut loading).await {
        return loaded;
    }
    tracing::warn!(
        "the configuration is still being read: a pipe, a disk or a command does not answer"
    );
    loading.await
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
