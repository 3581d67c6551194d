//! The loopback server: one thread, one runtime, HTTP/1.1 with keep-alive.

mod connection;
mod outgoing;
mod raw;

pub(crate) use connection::PATIENCE;

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::emulator::Shared;

/// A server that runs until dropped.
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropping the sender is the signal to stop.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds here and now, so that the address is known and its errors are the caller's.
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("yzb-emulator".to_owned())
            .spawn(move || run(listener, shared, stopped, &ready))?;
        match is_ready.recv() {
            Ok(started) => started?,
            Err(_) => return Err(io::Error::other("the emulator's thread ended at once")),
        }
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread: says whether it could begin, then serves until told to stop. The runtime is built
/// and dropped here, away from any runtime the user may be in; dropping it cuts the connections.
fn run(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<Infallible>,
    ready: &mpsc::Sender<io::Result<()>>,
) {
    match begin(listener, shared) {
        Ok(runtime) => {
            let _ = ready.send(Ok(()));
            // The error is the signal: the sender is gone.
            let _ = runtime.block_on(stopped);
        }
        Err(error) => _ = ready.send(Err(error)),
    }
}

fn begin(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(accept(listener, shared));
    drop(entered);
    Ok(runtime)
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(connection::serve(stream, peer.ip(), Arc::clone(&shared)));
            }
            // A peer gone already, or no descriptors left: neither is better for haste.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
