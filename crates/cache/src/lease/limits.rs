//! Until when a lease may be used, by both clocks.
//!
//! They change while the lease is held (a re-read confirms it, a lost answer shortens it, a running
//! renewal silences it) and are read without a lock, so they are atomics. Each is sound alone: a
//! reader between two of them sees a limit that held a moment ago.
//!
//! A program may hold a million of these. So moments are kept as seconds before the expiry, in half
//! the space.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use yzb_proto::{Lifetime, UnixSeconds};

use super::Source;
use crate::broken::{Rule, broken};
use crate::{Monotonic, Now};

/// The limits of one lease.
#[derive(Debug)]
pub(crate) struct Limits {
    expires_at: UnixSeconds,
    birth: Birth,
    /// Seconds before the expiry from which on somebody should ask the slot. Never behind the end.
    quiet_before: AtomicU32,
    quiet_monotonic: AtomicU64,
    /// Seconds before the expiry from which on it is no longer handed out.
    end_before: AtomicU32,
    end_monotonic: AtomicU64,
    /// Seconds before the expiry at which it was last known to be the current one; zero while nobody
    /// else can have replaced it.
    known_before: AtomicU32,
    /// How many times the code was replaced, as far as the store knows.
    generation: AtomicU64,
}

/// How long before its expiry a code was asked for, and by whom: the highest bit says that it comes
/// from a store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth(u32);

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

const STORED: u32 = 1 << 31;
const NOT_SAID: u32 = STORED - 1;

impl Birth {
    pub(crate) fn new(
        source: Source,
        issued_at: Option<UnixSeconds>,
        expires: UnixSeconds,
    ) -> Self {
        let lived = issued_at.filter(|issued| *issued <= expires).map_or(NOT_SAID, |issued| {
            u32::try_from(expires.since(issued).as_secs())
                .map_or(NOT_SAID, |lived| lived.min(NOT_SAID))
        });
        Self(if source == Source::Stored { lived | STORED } else { lived })
    }
}

impl Limits {
    /// With this expiry and these ends, which are not behind it; nothing is quiet yet.
    pub(crate) fn ending(expires_at: UnixSeconds, birth: Birth, end: Now) -> Self {
        Self {
            expires_at,
            birth,
            quiet_before: AtomicU32::new(u32::MAX),
            quiet_monotonic: AtomicU64::new(0),
            end_before: AtomicU32::new(before(expires_at, end.wall)),
            end_monotonic: AtomicU64::new(end.monotonic.as_millis()),
            known_before: AtomicU32::new(0),
            generation: AtomicU64::new(0),
        }
    }

    pub(crate) const fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }

    pub(crate) const fn source(&self) -> Source {
        if self.birth.0 & STORED == 0 { Source::Issued } else { Source::Stored }
    }

    pub(crate) const fn issued_at(&self) -> Option<UnixSeconds> {
        match self.birth.0 & NOT_SAID {
            NOT_SAID => None,
            lived => Some(self.expires_at.minus(Lifetime::from_secs(lived as u64))),
        }
    }

    #[inline]
    pub(crate) fn is_quiet(&self, now: Now) -> bool {
        let wall = now.wall.as_secs().saturating_add(self.quiet_before.load(Relaxed).into());
        wall < self.expires_at.as_secs()
            && now.monotonic.as_millis() < self.quiet_monotonic.load(Relaxed)
    }

    pub(crate) fn standing(&self, now: Now) -> Standing {
        let end = self.end();
        if now.monotonic >= end.monotonic && !broken(Rule::BothClocks) {
            Standing::Over
        } else if now.wall >= end.wall {
            Standing::Doubtful
        } else {
            Standing::Live
        }
    }

    pub(crate) fn end(&self) -> Now {
        Now::new(
            self.moment(self.end_before.load(Relaxed)),
            Monotonic::from_millis(self.end_monotonic.load(Relaxed)),
        )
    }

    /// Nobody needs to ask before this, nor before the end.
    pub(crate) fn quiet_until(&self, until: Now) {
        let end = self.end();
        self.quiet_before.store(before(self.expires_at, until.wall.min(end.wall)), Relaxed);
        self.quiet_monotonic.store(until.monotonic.min(end.monotonic).as_millis(), Relaxed);
    }

    /// The next user asks the slot.
    pub(crate) fn wake(&self) {
        self.quiet_monotonic.store(0, Relaxed);
    }

    /// Ends it at these, if they are nearer. What was quiet is so no longer than that.
    pub(crate) fn shorten(&self, to: Now) {
        let wall = before(self.expires_at, to.wall);
        self.end_before.fetch_max(wall, Relaxed);
        self.quiet_before.fetch_max(wall, Relaxed);
        self.end_monotonic.fetch_min(to.monotonic.as_millis(), Relaxed);
        self.quiet_monotonic.fetch_min(to.monotonic.as_millis(), Relaxed);
    }

    /// Moves the end by the monotonic clock: what a confirmation is worth.
    pub(crate) fn move_end(&self, monotonic: Monotonic) {
        self.end_monotonic.store(monotonic.as_millis(), Relaxed);
    }

    /// When it was last known to be the current one; its expiry while nobody can have replaced it.
    pub(crate) fn known_current(&self) -> UnixSeconds {
        self.moment(self.known_before.load(Relaxed))
    }

    pub(crate) fn set_known_current(&self, moment: UnixSeconds) {
        self.known_before.store(before(self.expires_at, moment), Relaxed);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    /// The store counts further than was known.
    pub(crate) fn raise_generation(&self, generation: u64) {
        self.generation.fetch_max(generation, Relaxed);
    }

    fn moment(&self, before: u32) -> UnixSeconds {
        self.expires_at.minus(Lifetime::from_secs(before.into()))
    }
}

/// The seconds from a moment to the expiry; it counts as the expiry if it is behind it.
fn before(expires_at: UnixSeconds, moment: UnixSeconds) -> u32 {
    u32::try_from(expires_at.since(moment).as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lease_knows_comes_back_as_it_was() {
        let expires = UnixSeconds::new(1_700_000_000);
        let end = Now::new(UnixSeconds::new(1_699_999_990), Monotonic::from_millis(9));
        for source in [Source::Issued, Source::Stored] {
            for issued in [None, Some(UnixSeconds::new(1_699_992_800)), Some(expires)] {
                let limits = Limits::ending(expires, Birth::new(source, issued, expires), end);
                assert_eq!((limits.source(), limits.issued_at()), (source, issued));
                assert_eq!((limits.end(), limits.known_current()), (end, expires));
            }
        }
        let later = Some(UnixSeconds::new(1_700_000_001));
        let limits = Limits::ending(expires, Birth::new(Source::Stored, later, expires), end);
        assert_eq!(limits.issued_at(), None, "nothing is issued after its expiry");
    }
}
