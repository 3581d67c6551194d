//! Something between the store and a server that can be turned against both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// An address behind which servers can change, and where connections break.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

struct State {
    target: AtomicU16,
    /// The next answer is cut off instead of handed on.
    loses_answer: AtomicBool,
    /// The next answer is swallowed, and the connection stays.
    swallows_answer: AtomicBool,
    /// After so many answers nothing goes through any more; zero for never.
    freezes_after: AtomicU32,
    /// While this is so, nothing goes either way.
    frozen: watch::Sender<bool>,
    connections: AtomicU32,
}

impl Proxy {
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            target: AtomicU16::new(target),
            loses_answer: AtomicBool::new(false),
            swallows_answer: AtomicBool::new(false),
            freezes_after: AtomicU32::new(0),
            frozen: watch::Sender::new(false),
            connections: AtomicU32::new(0),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&state)));
        Self { port, state, listening }
    }

    /// From now on new connections go there; open ones stay where they are.
    pub(crate) fn switch(&self, target: u16) {
        self.state.target.store(target, Ordering::SeqCst);
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> u32 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// The next command arrives, and its answer does not.
    pub(crate) fn lose_next_answer(&self) {
        self.state.loses_answer.store(true, Ordering::SeqCst);
    }

    /// Likewise, and nobody learns that it did not.
    pub(crate) fn swallow_next_answer(&self) {
        self.state.swallows_answer.store(true, Ordering::SeqCst);
    }

    /// The answer of this number from now on is held back, and all that follows, until it is thawed.
    pub(crate) fn freeze_at_answer(&self, number: u32) {
        self.state.freezes_after.store(number, Ordering::SeqCst);
    }

    pub(crate) fn is_frozen(&self) -> bool {
        *self.state.frozen.borrow()
    }

    pub(crate) fn has_swallowed_it(&self) -> bool {
        !self.state.swallows_answer.load(Ordering::SeqCst)
    }

    pub(crate) fn has_lost_it(&self) -> bool {
        !self.state.loses_answer.load(Ordering::SeqCst)
    }

    /// Whether nothing goes through, as behind a broken cable: no connection breaks.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.state.frozen.send_replace(frozen);
    }
}

impl State {
    fn count_answer(&self) {
        if self.freezes_after.load(Ordering::SeqCst) > 0
            && self.freezes_after.fetch_sub(1, Ordering::SeqCst) == 1
        {
            self.frozen.send_replace(true);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(join(client, Arc::clone(&state)));
    }
}

async fn join(client: TcpStream, state: Arc<State>) -> std::io::Result<()> {
    let target = state.target.load(Ordering::SeqCst);
    let server = TcpStream::connect(("127.0.0.1", target)).await?;
    let (mut client, mut server) = (client, server);
    let (mut frozen, mut up, mut down) = (state.frozen.subscribe(), [0; 4096], [0; 4096]);
    loop {
        let _ = frozen.wait_for(|frozen| !frozen).await;
        tokio::select! {
            _ = frozen.changed() => {}
            read = client.read(&mut up) => match read? {
                0 => return Ok(()),
                length => server.write_all(&up[..length]).await?,
            },
            read = server.read(&mut down) => match read? {
                0 => return Ok(()),
                _ if state.loses_answer.swap(false, Ordering::SeqCst) => return Ok(()),
                _ if state.swallows_answer.swap(false, Ordering::SeqCst) => {}
                length => {
                    state.count_answer();
                    let _ = frozen.wait_for(|frozen| !frozen).await;
                    client.write_all(&down[..length]).await?;
                }
            },
        }
    }
}
