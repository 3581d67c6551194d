//! The HTTP side: where it listens, and how it ends.

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use yzb_axum::{
    BearerToken, Gateway, Listener, ServeLimits, Server, Service, ServiceBuilder, Stopped,
};

use super::descriptors::connections;
use super::metrics::Metrics;
use super::watching::Watching;
use crate::config::{Listen, Loaded};

/// Whoever may read the configuration's socket: its user and group.
const SOCKET_MODE: u32 = 0o660;

/// Listeners at work.
pub(super) struct Http {
    stop: watch::Sender<bool>,
    tasks: JoinSet<Result<Stopped, yzb_axum::ServeError>>,
}

/// Addresses that are ours, and not served yet.
pub(super) struct Bound {
    listeners: Vec<Listener>,
    /// As people write them.
    pub(super) addresses: Vec<String>,
}

impl Bound {
    /// Binds all addresses.
    ///
    /// # Errors
    ///
    /// One of them cannot be listened on.
    pub(super) async fn bind(loaded: &Loaded) -> anyhow::Result<Self> {
        let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
        for listen in &loaded.config.service.listen {
            let listener =
                bind(listen).await.with_context(|| format!("cannot serve on {listen}"))?;
            addresses.push(match listener.address()? {
                Some(address) => address.to_string(),
                None => listen.to_string(),
            });
            listeners.push(listener);
        }
        Ok(Self { listeners, addresses })
    }
}

impl Http {
    /// Serves on all addresses.
    ///
    /// # Errors
    ///
    /// A token cannot be one.
    pub(super) fn begin(
        bound: Bound,
        loaded: &Loaded,
        watching: &Watching,
        gateway: &Gateway,
    ) -> anyhow::Result<Self> {
        let service = service(loaded, watching, gateway)?.build();
        let ((stop, _), mut tasks) = (watch::channel(false), JoinSet::new());
        let mut limits = ServeLimits::default();
        limits.stop_time = super::DEADLINE;
        limits.connections = connections(bound.listeners.len());
        for listener in bound.listeners {
            let mut stopping = stop.subscribe();
            let stop = async move {
                let _ = stopping.wait_for(|stopping| *stopping).await;
            };
            tasks.spawn(Server::new(service.clone()).limits(limits).run(listener, stop));
        }
        Ok(Self { stop, tasks })
    }

    /// Ready when a listener ends that nobody stopped: it failed.
    pub(super) async fn failed(&mut self) -> String {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(error)) => error.to_string(),
            Some(Ok(Ok(_))) => "it ended by itself".to_owned(),
            // It listens nowhere.
            None => std::future::pending().await,
        }
    }

    /// Accepts nothing any more, and waits for requests under way; how many were cut off.
    pub(super) async fn finish(mut self) -> usize {
        self.stop.send_replace(true);
        let mut cut_off = 0;
        while let Some(ended) = self.tasks.join_next().await {
            cut_off += ended.ok().and_then(Result::ok).map_or(0, |stopped| stopped.cut_off);
        }
        cut_off
    }
}

/// The routes over these apps.
///
/// # Errors
///
/// A token cannot be one.
pub(super) fn service(
    loaded: &Loaded,
    watching: &Watching,
    gateway: &Gateway,
) -> anyhow::Result<ServiceBuilder> {
    let configured = &loaded.config.service;
    let mut service = Service::builder(gateway.clone()).recorder(watching.recorder.clone());
    for bearer in &configured.bearer_tokens {
        let token = BearerToken::new(loaded.secret(&bearer.token))?;
        service = service.token(token.named(&bearer.name));
    }
    for host in &configured.hosts {
        service = service.host(without_port(host));
    }
    let (metrics, apps) = (watching.metrics.clone(), gateway.clone());
    Ok(service.metrics(move || text(&metrics, &apps)))
}

fn text(metrics: &Metrics, gateway: &Gateway) -> String {
    let apps: Vec<_> = gateway.apps().into_iter().map(|served| served.app().clone()).collect();
    metrics.text(apps.iter())
}

async fn bind(listen: &Listen) -> anyhow::Result<Listener> {
    Ok(match listen {
        Listen::Tcp(address) => Listener::tcp(*address).await?,
        #[cfg(unix)]
        Listen::Unix(path) => Listener::unix(path, SOCKET_MODE).await?,
        #[cfg(not(unix))]
        Listen::Unix(_) => anyhow::bail!("there are such sockets on Unix only"),
    })
}

/// The routes compare hosts without their ports.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
