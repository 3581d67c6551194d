//! The platform behind a socket.

mod builder;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use builder::Builder;

use crate::call::Call;
use crate::clock::{Clock, ClockMode};
use crate::control;
use crate::dials::Dials;
use crate::fault::FaultPlan;
use crate::in_flight::Flight;
use crate::journal::Entry;
use crate::platform::Platform;
use crate::quirk::Quirks;
use crate::rule::Rule;
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

/// What the server's thread and the handle have in common.
pub(crate) struct Shared {
    platform: Mutex<Platform>,
    clock: Clock,
    reader: Option<Reader>,
    patience: Duration,
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
        Builder::new(world)
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

    /// Lets this many seconds pass at once, for a frozen clock and a running one alike.
    pub fn advance(&self, seconds: u64) {
        self.shared.clock.step(seconds.into());
    }

    /// Moves the clock by this many seconds, back if negative.
    pub fn step(&self, seconds: i64) {
        self.shared.clock.step(seconds.into());
    }

    /// Moves the clock to this moment, in unix seconds.
    pub fn set_now(&self, moment: u64) {
        self.shared.clock.set(moment);
    }

    /// Lets time pass at another rate from now on.
    pub fn set_clock(&self, mode: ClockMode) {
        self.shared.clock.set_mode(mode);
    }

    /// How fast time passes.
    #[must_use]
    pub fn clock(&self) -> ClockMode {
        self.shared.clock.mode()
    }

    /// Answers a request in process, as the loopback server would: with the same clock, journal,
    /// quirks and faults, and the control API. What a fault does to the connection cannot be shown
    /// without one; it is in the response's extensions as a [`Delivery`](crate::Delivery).
    ///
    /// This makes a client's transport of the emulator in one line, whatever a transport is there:
    ///
    /// ```
    /// use yzb_emulator::{Emulator, World};
    ///
    /// let emulator = Emulator::start(World::demo())?;
    /// let transport = |request: http::Request<Vec<u8>>| emulator.call(&request);
    ///
    /// let form = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
    /// let request = http::Request::post("https://oauth.yuanzhibang.com/OAuth2/token");
    /// let response = transport(request.body(form.into())?);
    /// assert_eq!(response.status(), 200);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the answer is the point, but the platform has changed too"]
    pub fn call<B: AsRef<[u8]>>(&self, request: &http::Request<B>) -> http::Response<Vec<u8>> {
        let (response, flight) = self.shared.answer(request);
        if let Some(flight) = flight {
            self.shared.platform().land(flight);
        }
        response
    }

    /// [`Platform::issue_code`], now.
    #[must_use]
    pub fn issue_code(&self, app_id: &str, open_id: &str) -> String {
        self.shared.issue_code(app_id, open_id)
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

    /// [`Platform::calls`].
    #[must_use]
    pub fn calls(&self, call: Call, app_id: Option<&str>) -> usize {
        self.shared.platform().calls(call, app_id)
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

impl Shared {
    /// A panic elsewhere does not make the platform unusable.
    pub(crate) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How long a client may take for a body.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Notes what did not get as far as the platform.
    pub(crate) fn turn_away(
        &self,
        source: IpAddr,
        request: Option<&http::Request<&[u8]>>,
        rule: Rule,
        http_status: u16,
    ) {
        let mut platform = self.platform();
        platform.turn_away(self.clock.now(), source, request, rule, http_status);
        self.tell(&platform);
    }

    fn tell(&self, platform: &Platform) {
        if let Some(reader) = &self.reader {
            platform.journal(0).next_back().iter().for_each(reader);
        }
    }

    pub(crate) fn issue_code(&self, app_id: &str, open_id: &str) -> String {
        self.platform().issue_code(self.clock.now(), app_id, open_id)
    }

    /// Answers a request now. The clock is read once the platform is ours, so that answers are
    /// given in the order of their moments.
    pub(crate) fn answer<B: AsRef<[u8]>>(
        &self,
        request: &http::Request<B>,
    ) -> (http::Response<Vec<u8>>, Option<Flight>) {
        if let Some(response) = control::answer(self, request) {
            return (response, None);
        }
        let mut platform = self.platform();
        let answered = platform.take_off(self.clock.now(), request);
        self.tell(&platform);
        answered
    }
}
