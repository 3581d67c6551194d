//! Rules broken on purpose, so that the simulation can show that it would notice. Only tests can
//! break one; elsewhere the switch is a constant that the compiler removes.

/// A rule that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At most one renewal runs.
    OneFlight,
    /// Nobody waits for another's renewal while a live code is held.
    NobodyWaits,
    /// Work that was left is taken over.
    TakeOver,
    /// A late complaint does nothing.
    LateComplaint,
    /// A failure displaces nothing.
    Displace,
    /// At most one request that may have issued a code in so long.
    Budget,
    /// Attempts are no closer than the floor.
    Floor,
    /// Every failure is followed by another attempt.
    NeverGiveUp,
    /// Nothing lives longer than the monotonic clock says.
    BothClocks,
    /// An answer that is older than a complaint does not bring the refused code back.
    Refused,
    /// Whoever was woken to take over and goes away wakes another.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only the driver keeps it"))]
    PassOn,
    /// A ticket that was replaced is over in ten minutes, whatever a store says.
    Replaced,
    /// A shared ticket is trusted for less than 600 s after it was known to be current.
    TicketTrust,
    /// A moment by another's clock is not believed to the second.
    Skew,
    /// A store refuses what its writer did not mean to replace.
    Fence,
    /// What was lost is written again as carefully as what is new.
    HealFenced,
    /// Whoever got the turn looks into the store once more.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only the driver keeps it"))]
    LookAgain,
    /// Nothing is sent late in a turn.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only the driver keeps it"))]
    LateSend,
    /// Nothing is locked while the platform is asked.
    #[cfg(schedules)]
    LockAcrossAwait,
}

/// What is locked while the platform is asked: nothing, unless that rule is broken.
#[cfg(schedules)]
pub(crate) use switch::{Locked, pass};

/// What is locked while the platform is asked: nothing.
#[cfg(all(not(schedules), feature = "tokio"))]
pub(crate) struct Locked;

#[cfg(all(not(schedules), feature = "tokio"))]
impl Locked {
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self
    }
}

/// Waits for that lock.
#[cfg(all(not(schedules), feature = "tokio"))]
#[inline(always)]
pub(crate) const fn pass() {}

#[cfg(not(any(test, schedules)))]
#[inline(always)]
pub(crate) const fn broken(_: Rule) -> bool {
    false
}

#[cfg(any(test, schedules))]
pub(crate) use switch::broken;
#[cfg(any(test, schedules))]
pub use switch::while_broken;

#[cfg(any(test, schedules))]
mod switch {
    use std::cell::Cell;

    use super::Rule;

    thread_local! {
        static BROKEN: Cell<Option<Rule>> = const { Cell::new(None) };
    }

    pub(crate) fn broken(rule: Rule) -> bool {
        BROKEN.get() == Some(rule)
    }

    /// Does `work` with this rule broken.
    pub fn while_broken<T>(rule: Rule, work: impl FnOnce() -> T) -> T {
        BROKEN.set(Some(rule));
        let result = work();
        BROKEN.set(None);
        result
    }

    #[cfg(schedules)]
    thread_local! {
        static LOCKED: Cell<bool> = const { Cell::new(false) };
    }

    #[cfg(schedules)]
    pub(crate) struct Locked;

    #[cfg(schedules)]
    impl Locked {
        pub(crate) fn new() -> Self {
            LOCKED.set(broken(Rule::LockAcrossAwait));
            Self
        }
    }

    #[cfg(schedules)]
    impl Drop for Locked {
        fn drop(&mut self) {
            LOCKED.set(false);
        }
    }

    #[cfg(schedules)]
    pub(crate) fn pass() {
        while LOCKED.get() {
            shuttle::thread::yield_now();
        }
    }
}
