//! Until when a lease may be used, by both clocks.
//!
//! They change while the lease is held (a re-read confirms it, a lost answer shortens it, a running
//! renewal silences it) and are read without a lock, so they are atomics. Each is sound alone: a
//! reader between two of them sees a limit that held a moment ago.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use yzb_proto::UnixSeconds;

use crate::broken::{Rule, broken};
use crate::{Monotonic, Now};

/// The limits of one lease.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Before these nobody needs to ask the slot. Never behind the ends.
    quiet_wall: AtomicU64,
    quiet_monotonic: AtomicU64,
    /// At these it is no longer handed out.
    end_wall: AtomicU64,
    end_monotonic: AtomicU64,
    /// Unix seconds of the last moment at which it was known to be the current one; the maximum
    /// while nobody else can have replaced it.
    known_current: AtomicU64,
}

/// How a lease stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Both clocks say that it lives.
    Live,
    /// The wall clock says that it is over, the monotonic one that it is not: the wall clock jumped,
    /// or the machine slept.
    Doubtful,
    /// It is over.
    Over,
}

impl Limits {
    /// With both ends; nothing is quiet yet.
    pub(crate) const fn ending(end: Now) -> Self {
        Self {
            quiet_wall: AtomicU64::new(0),
            quiet_monotonic: AtomicU64::new(0),
            end_wall: AtomicU64::new(end.wall.as_secs()),
            end_monotonic: AtomicU64::new(end.monotonic.as_millis()),
            known_current: AtomicU64::new(u64::MAX),
        }
    }

    #[inline]
    pub(crate) fn is_quiet(&self, now: Now) -> bool {
        now.wall.as_secs() < self.quiet_wall.load(Relaxed)
            && now.monotonic.as_millis() < self.quiet_monotonic.load(Relaxed)
    }

    pub(crate) fn standing(&self, now: Now) -> Standing {
        if now.monotonic >= self.end().monotonic && !broken(Rule::BothClocks) {
            Standing::Over
        } else if now.wall >= self.end().wall {
            Standing::Doubtful
        } else {
            Standing::Live
        }
    }

    pub(crate) fn end(&self) -> Now {
        Now::new(
            UnixSeconds::new(self.end_wall.load(Relaxed)),
            Monotonic::from_millis(self.end_monotonic.load(Relaxed)),
        )
    }

    /// Nobody needs to ask before this, nor before the end.
    pub(crate) fn quiet_until(&self, until: Now) {
        let end = self.end();
        self.quiet_wall.store(until.wall.min(end.wall).as_secs(), Relaxed);
        self.quiet_monotonic.store(until.monotonic.min(end.monotonic).as_millis(), Relaxed);
    }

    /// The next user asks the slot.
    pub(crate) fn wake(&self) {
        self.quiet_wall.store(0, Relaxed);
        self.quiet_monotonic.store(0, Relaxed);
    }

    /// Ends it at these, if they are nearer. What was quiet is so no longer than that.
    pub(crate) fn shorten(&self, to: Now) {
        self.end_wall.fetch_min(to.wall.as_secs(), Relaxed);
        self.end_monotonic.fetch_min(to.monotonic.as_millis(), Relaxed);
        self.quiet_wall.fetch_min(to.wall.as_secs(), Relaxed);
        self.quiet_monotonic.fetch_min(to.monotonic.as_millis(), Relaxed);
    }

    /// Moves the end by the monotonic clock: what a confirmation is worth.
    pub(crate) fn move_end(&self, monotonic: Monotonic) {
        self.end_monotonic.store(monotonic.as_millis(), Relaxed);
    }

    pub(crate) fn known_current(&self) -> UnixSeconds {
        UnixSeconds::new(self.known_current.load(Relaxed))
    }

    pub(crate) fn set_known_current(&self, moment: UnixSeconds) {
        self.known_current.store(moment.as_secs(), Relaxed);
    }
}
