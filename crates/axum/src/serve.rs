//! Serving, so that slow clients cost little and a stop comes to an end.

mod connection;
mod error;
mod listener;
mod table;

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Service;
use connection::{Connection, Place};
pub use error::{ServeError, ServeErrorKind};
pub use listener::Listener;
use table::Table;

/// How many connections there may be, and how long they may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeLimits {
    /// The most connections at once: 1024 unless said. If there are more, one that waits for nothing
    /// is closed: first those on which no request ever came.
    pub connections: usize,
    /// How long a head may take to arrive, and how long a connection may wait for the next one: 10 s
    /// unless said.
    pub head_time: Duration,
    /// How long requests under way may take to end after the stop: 30 s unless said. Then they are
    /// cut off.
    pub stop_time: Duration,
}

/// Serves a [`Service`] over HTTP/1.1.
///
/// ```no_run
/// # async fn example(service: yzb_axum::Service) -> Result<(), Box<dyn std::error::Error>> {
/// use yzb_axum::{Listener, Server};
/// let listener = Listener::tcp("127.0.0.1:7070".parse()?).await?;
/// let (tell, told) = tokio::sync::oneshot::channel::<()>();
/// // … whoever hears a signal: `tell.send(())`.
/// # let _ = tell;
/// let stopped = Server::new(service).run(listener, async { _ = told.await }).await?;
/// assert_eq!(stopped.cut_off, 0);
/// # Ok(())
/// # }
/// ```
///
/// A client that sends its head or body slowly is closed after a while; one that reads its answer
/// slowly keeps its connection, which is the first to go once there are too many.
#[derive(Clone, Debug)]
#[must_use = "nothing is served before `run`"]
pub struct Server {
    service: Service,
    limits: ServeLimits,
}

/// How serving came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// How many connections had a request under way that was cut off.
    pub cut_off: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            head_time: Duration::from_secs(10),
            stop_time: Duration::from_secs(30),
        }
    }
}

impl Server {
    /// Serves this, with the default limits.
    pub fn new(service: Service) -> Self {
        Self { service, limits: ServeLimits::default() }
    }

    /// With these limits.
    pub fn limits(mut self, limits: ServeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Serves until `stop` is ready; then no connection is accepted any more, idle ones are closed,
    /// and requests under way may end within the limit. Dropping it cuts all at once. It runs on
    /// Tokio, with a task for each connection.
    ///
    /// # Errors
    ///
    /// The listener is not a loopback address and the service wants no token
    /// ([`ServeErrorKind::OpenAddress`]), or it is not usable.
    pub async fn run(
        self,
        listener: Listener,
        stop: impl Future<Output = ()>,
    ) -> Result<Stopped, ServeError> {
        listener.check(self.service.wants_token())?;
        let (stopping, is_stopping) = watch::channel(false);
        let most = self.limits.connections.max(1);
        let (table, room) = (Arc::new(Table::new(most)), Room::of(most));
        let router = self.service.router();
        let (mut tasks, mut stop) = (JoinSet::new(), pin!(stop));
        let mut failures = Failures::default();
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = reap(&mut tasks) => {}
                (place, accepted) = room.take(listener.accept()) => match accepted {
                    Ok((stream, peer)) => {
                        // Without room all of them are at work, and one more would be too many.
                        let Some(seat) = table.take_seat() else { continue };
                        let connection = Connection {
                            peer,
                            seat,
                            place,
                            router: router.clone(),
                            head_time: self.limits.head_time,
                            is_stopping: is_stopping.clone(),
                        };
                        tasks.spawn(connection.serve(stream));
                    }
                    Err(error) => {
                        failures.tell(&error);
                        if !is_of_one_peer(&error) {
                            // No descriptors or no memory are left: neither is better for haste.
                            table.make_room();
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                    }
                },
            }
        }
        drop(listener);
        stopping.send_replace(true);
        let ending = async { while tasks.join_next().await.is_some() {} };
        let in_time = tokio::time::timeout(self.limits.stop_time, ending).await;
        let cut_off = in_time.map_or_else(|_| table.at_work(), |()| 0);
        tasks.shutdown().await;
        Ok(Stopped { cut_off })
    }
}

/// Bounds what is open. Who was asked to leave is out of the table before it has gone, and many may come
/// meanwhile.
struct Room(Arc<Semaphore>);

impl Room {
    fn of(most: usize) -> Self {
        let on_their_way = most / 8 + 1;
        Self(Arc::new(Semaphore::new(
            most.saturating_add(on_their_way).min(Semaphore::MAX_PERMITS),
        )))
    }

    /// What `accepting` gives, once there is a place for it.
    async fn take<T>(&self, accepting: impl Future<Output = T>) -> (Place, T) {
        // Nobody closes it.
        let place = Arc::clone(&self.0).acquire_owned().await.ok();
        (place, accepting.await)
    }
}

/// Failures to accept, of which there are many where there are any: whoever makes them must not fill a
/// log.
#[derive(Default)]
struct Failures {
    untold: u64,
    told: Option<Instant>,
}

/// So long after one such line the next is written.
const TOLD_EVERY: Duration = Duration::from_secs(10);

impl Failures {
    fn tell(&mut self, error: &io::Error) {
        self.untold += 1;
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            let failures = std::mem::take(&mut self.untold);
            tracing::warn!(%error, failures, "connections could not be accepted");
        }
    }
}

/// Whether it says nothing of the next connection: the peer was gone already.
fn is_of_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Lets go of a task that has ended.
async fn reap(tasks: &mut JoinSet<()>) {
    if tasks.join_next().await.is_none() {
        pending::<()>().await;
    }
}
