//! How an emulator is started.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{DEFAULT_NOW, Emulator, Reader, Shared};
use crate::clock::{Clock, ClockMode};
use crate::fault::FaultPlan;
use crate::journal::Entry;
use crate::platform::Platform;
use crate::quirk::Quirks;
use crate::server::{PATIENCE, Server};
use crate::world::World;

/// How to start an [`Emulator`] that is not the ordinary one.
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    world: World,
    listen: SocketAddr,
    clock: ClockMode,
    begins: Option<u64>,
    quirks: Quirks,
    faults: FaultPlan,
    reader: Option<Reader>,
    patience: Duration,
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
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: ClockMode::Frozen,
            begins: Some(DEFAULT_NOW),
            quirks: Quirks::none(),
            faults: FaultPlan::none(),
            reader: None,
            patience: PATIENCE,
        }
    }

    /// Listens here instead. Port 0 is any free one. Beyond loopback anyone who reaches the
    /// address may ask anything: the emulator guards nothing.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Begins at this moment, in unix seconds. Unless [`clock`](Self::clock) said otherwise, time
    /// stands still there and moves by [`Emulator::advance`] only.
    pub fn now(mut self, moment: u64) -> Self {
        self.begins = Some(moment);
        self
    }

    /// Lets the clock run with the computer's: `clock(ClockMode::Real)`.
    pub fn real_clock(self) -> Self {
        self.clock(ClockMode::Real)
    }

    /// Lets time pass like this, beginning at the computer's moment unless [`now`](Self::now) says
    /// another after this.
    pub fn clock(mut self, mode: ClockMode) -> Self {
        (self.clock, self.begins) = (mode, None);
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

    /// Gives a client so long for the body of a request, 30 seconds unless said; then it is 408.
    pub fn body_deadline(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts the server; when this returns, it listens.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on (in use, not this machine's, not permitted), or the
    /// system has no thread or descriptors left for a server.
    pub fn start(self) -> io::Result<Emulator> {
        let Self { world, listen, clock, begins, quirks, faults, reader, patience } = self;
        let mut platform = Platform::new(world);
        platform.set_quirks(quirks);
        let clock = Clock::new(clock, begins);
        platform.set_faults(clock.now(), faults);
        let shared = Arc::new(Shared { platform: Mutex::new(platform), clock, reader, patience });
        let server = Server::start(listen, Arc::clone(&shared))?;
        Ok(Emulator { origin: format!("http://{}", server.address()), shared, _server: server })
    }
}
