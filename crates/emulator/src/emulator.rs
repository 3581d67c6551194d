//! The platform behind a socket.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::call::Call;
use crate::clock::{Base, Clock};
use crate::dials::Dials;
use crate::fault::FaultPlan;
use crate::in_flight::Flight;
use crate::journal::Entry;
use crate::platform::Platform;
use crate::quirk::Quirks;
use crate::server::Server;
use crate::signature::Verdict;
use crate::world::World;

/// Where a frozen clock stands unless told otherwise: a server token issued now ends at
/// 1654576906, the moment in the documents' check code example.
pub const DEFAULT_NOW: u64 = 1_654_569_706;

/// A running platform on a loopback address. Dropping it stops the server, cuts the connections
/// and waits for the thread to end.
///
/// Nothing here is async and no runtime is needed: the server has a thread and a runtime of its
/// own. All methods take `&self`; share it by reference or in an `Arc`.
pub struct Emulator {
    origin: String,
    shared: Arc<Shared>,
    _server: Server,
}

/// How to start an [`Emulator`] that is not the ordinary one.
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    world: World,
    listen: SocketAddr,
    clock: Base,
    quirks: Quirks,
    faults: FaultPlan,
    reader: Option<Reader>,
}

/// What the server's thread and the handle have in common.
pub(crate) struct Shared {
    platform: Mutex<Platform>,
    clock: Clock,
    reader: Option<Reader>,
}

/// Who is told each entry of the journal.
type Reader = Box<dyn Fn(&Entry) + Send + Sync>;

impl Emulator {
    /// Starts on a free port of 127.0.0.1, the clock frozen at [`DEFAULT_NOW`].
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub fn start(world: World) -> io::Result<Self> {
        Self::builder(world).start()
    }

    /// Starts otherwise: another address, another clock.
    pub fn builder(world: World) -> Builder {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let clock = Base::Frozen(DEFAULT_NOW);
        Builder {
            world,
            listen,
            clock,
            quirks: Quirks::none(),
            faults: FaultPlan::none(),
            reader: None,
        }
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The moment the platform believes it is, in unix seconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.shared.clock.now()
    }

    /// Lets this many seconds pass at once, for a frozen clock and a real one alike.
    pub fn advance(&self, seconds: u64) {
        self.shared.clock.advance(seconds);
    }

    /// [`Platform::issue_code`], now.
    #[must_use]
    pub fn issue_code(&self, app_id: &str, open_id: &str) -> String {
        self.shared.platform().issue_code(self.now(), app_id, open_id)
    }

    /// [`Platform::revoke_server_token`], now.
    pub fn revoke_server_token(&self, app_id: &str) -> bool {
        self.shared.platform().revoke_server_token(self.now(), app_id)
    }

    /// [`Platform::journal`].
    #[must_use]
    pub fn journal(&self, after: u64) -> Vec<Entry> {
        self.shared.platform().journal(after).collect()
    }

    /// [`Platform::clear_journal`].
    pub fn clear_journal(&self) {
        self.shared.platform().clear_journal();
    }

    /// [`Platform::most_in_flight`].
    #[must_use]
    pub fn most_in_flight(&self, call: Call, app_id: &str) -> usize {
        self.shared.platform().most_in_flight(call, app_id)
    }

    /// [`Platform::set_faults`], now.
    pub fn set_faults(&self, plan: impl Into<FaultPlan>) {
        self.shared.platform().set_faults(self.now(), plan);
    }

    /// [`Platform::set_quirks`].
    pub fn set_quirks(&self, quirks: impl Into<Quirks>) {
        self.shared.platform().set_quirks(quirks);
    }

    /// [`Platform::set_dials`].
    pub fn set_dials(&self, dials: Dials) {
        self.shared.platform().set_dials(dials);
    }

    /// [`Platform::set_allow_list`].
    pub fn set_allow_list(&self, addresses: impl IntoIterator<Item = IpAddr>) {
        self.shared.platform().set_allow_list(addresses);
    }

    /// [`Platform::verify_signature`], now.
    pub fn verify_signature(
        &self,
        app_id: &str,
        nonce: &str,
        timestamp: u64,
        url: &str,
        signature: &str,
    ) -> Verdict {
        let platform = self.shared.platform();
        platform.verify_signature(self.now(), app_id, nonce, timestamp, url, signature)
    }

    /// [`Platform::requests`]: how often this path was asked for.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.shared.platform().requests(path)
    }
}

/// Shows where it listens and what time it is there.
impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Emulator");
        shown.field("origin", &self.origin).field("now", &self.now()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { world, listen, clock, quirks, faults, .. } = self;
        let mut shown = f.debug_struct("Builder");
        shown.field("world", world).field("listen", listen).field("clock", clock);
        shown.field("quirks", quirks).field("faults", faults).finish_non_exhaustive()
    }
}

impl Builder {
    /// Listens here instead. Port 0 is any free one. Beyond loopback anyone who reaches the
    /// address may ask anything: the emulator guards nothing.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Freezes the clock at this moment, in unix seconds; it moves by [`Emulator::advance`] only.
    pub fn now(mut self, moment: u64) -> Self {
        self.clock = Base::Frozen(moment);
        self
    }

    /// Lets the clock run with the computer's.
    pub fn real_clock(mut self) -> Self {
        self.clock = Base::Real;
        self
    }

    /// Spells every answer with these quirks, until [`Emulator::set_quirks`] says otherwise.
    pub fn quirks(mut self, quirks: impl Into<Quirks>) -> Self {
        self.quirks = quirks.into();
        self
    }

    /// Lets these faults strike, until [`Emulator::set_faults`] says otherwise.
    pub fn faults(mut self, plan: impl Into<FaultPlan>) -> Self {
        self.faults = plan.into();
        self
    }

    /// Tells each entry of the journal to this function, in the order of the requests. The platform
    /// waits for it, so hand the entry on rather than work on it, and do not ask the emulator
    /// anything from in there: that would wait for itself.
    pub fn on_entry(mut self, reader: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        self.reader = Some(Box::new(reader));
        self
    }

    /// Starts the server; when this returns, it listens.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on (in use, not this machine's, not permitted), or the
    /// system has no thread or descriptors left for a server.
    pub fn start(self) -> io::Result<Emulator> {
        let Self { world, listen, clock, quirks, faults, reader } = self;
        let mut platform = Platform::new(world);
        platform.set_quirks(quirks);
        let clock = Clock::new(clock);
        platform.set_faults(clock.now(), faults);
        let shared = Arc::new(Shared { platform: Mutex::new(platform), clock, reader });
        let server = Server::start(listen, Arc::clone(&shared))?;
        Ok(Emulator { origin: format!("http://{}", server.address()), shared, _server: server })
    }
}

impl Shared {
    /// A panic elsewhere does not make the platform unusable.
    pub(crate) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request now. The clock is read once the platform is ours, so that answers are
    /// given in the order of their moments.
    pub(crate) fn answer<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
    ) -> (http::Response<Vec<u8>>, Option<Flight>) {
        let mut platform = self.platform();
        let answered = platform.take_off(self.clock.now(), request);
        if let (Some(reader), Some(entry)) = (&self.reader, platform.journal(0).next_back()) {
            reader(&entry);
        }
        answered
    }
}
