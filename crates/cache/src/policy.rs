//! How early, how often, how long: the limits of one slot.

mod invalid;

use core::time::Duration;

pub use invalid::InvalidPolicy;

/// The limits by which a slot renews, waits and serves. The default is what most programs want.
///
/// ```
/// use std::time::Duration;
/// use yzb_cache::Policy;
/// let eager = Policy::builder().refresh_ahead(Duration::from_secs(1800)).build()?;
/// assert_eq!(eager.refresh_ahead(), Duration::from_secs(1800));
/// assert_eq!(eager.retry_pauses(), (Duration::from_secs(1), Duration::from_secs(30)));
///
/// // What cannot work is refused when it is made, with the reason.
/// let error = Policy::builder().refresh_ahead(Duration::from_secs(5)).build().unwrap_err();
/// assert!(error.to_string().contains("refresh_ahead must be longer than serve_margin"));
/// # Ok::<(), yzb_cache::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    refresh_ahead: Duration,
    refresh_spread: f64,
    serve_margin: Duration,
    retry: Pauses,
    refused: Pauses,
    issue_interval: Duration,
    longest_lifetime: Duration,
    unknown_lifetime: Duration,
    ticket_margin: Duration,
    reread_every: Duration,
    store_timeout: Duration,
    turn_wait: Duration,
    send_within: Duration,
    renewal_limit: Duration,
    clock_tolerance: Duration,
    clock_bound: Duration,
    alone_interval: Duration,
    watch_every: Duration,
    other_issuers: bool,
    serve_doubtful: bool,
    issue_without_store: Option<bool>,
    /// What the store says of that, if it was asked.
    store_is_optional: Option<bool>,
}

/// The shortest pause between attempts, and the longest that it grows to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pauses {
    pub(crate) floor: Duration,
    pub(crate) ceiling: Duration,
}

/// Makes a [`Policy`]. What is not said keeps its default.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PolicyBuilder {
    policy: Policy,
}

/// How long a replaced ticket stays valid.
pub(crate) const TICKET_GRACE: Duration = Duration::from_secs(600);

impl Default for Policy {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            refresh_ahead: seconds(900),
            refresh_spread: 0.1,
            serve_margin: seconds(10),
            retry: Pauses { floor: seconds(1), ceiling: seconds(30) },
            refused: Pauses { floor: seconds(5), ceiling: seconds(300) },
            issue_interval: seconds(30),
            longest_lifetime: seconds(14_400),
            unknown_lifetime: seconds(60),
            ticket_margin: seconds(60),
            reread_every: seconds(60),
            store_timeout: Duration::from_millis(500),
            turn_wait: seconds(25),
            send_within: seconds(20),
            renewal_limit: seconds(90),
            clock_tolerance: seconds(5),
            clock_bound: seconds(30),
            alone_interval: seconds(300),
            watch_every: seconds(240),
            other_issuers: false,
            serve_doubtful: true,
            issue_without_store: None,
            store_is_optional: None,
        }
    }
}

impl Policy {
    /// Begins with the defaults.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// Begins with these limits, to change some of them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use yzb_cache::Policy;
    /// let patient = Policy::builder().turn_wait(Duration::from_secs(40)).build()?;
    /// let eager = patient.to_builder().refresh_ahead(Duration::from_secs(1800)).build()?;
    /// assert_eq!(eager.turn_wait(), Duration::from_secs(40));
    /// # Ok::<(), yzb_cache::InvalidPolicy>(())
    /// ```
    pub fn to_builder(&self) -> PolicyBuilder {
        PolicyBuilder { policy: self.clone() }
    }
}

/// Writes a field's reader and the builder's setter, so that each is described once.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $Type:ty;)+) => {
        impl Policy {$(
            $(#[$doc])*
            #[must_use]
            pub const fn $name(&self) -> $Type {
                self.$name
            }
        )+}

        impl PolicyBuilder {$(
            $(#[$doc])*
            pub const fn $name(mut self, value: $Type) -> Self {
                self.policy.$name = value;
                self
            }
        )+}
    };
}

limits! {
    /// How long before its end a code is due for renewal. By default 900 s: ahead of the published
    /// renewer's 600 s, so that one running beside us finds nothing to do. A code that lives less
    /// than twice as long is due at half of its life.
    refresh_ahead: Duration;
    /// The part of it by which that moment is moved at random, either way, so that programs started
    /// together do not stay together: 0.1 by default.
    refresh_spread: f64;
    /// A code is not handed out in its last seconds, because it has a way to go: 10 s by default,
    /// and at most a quarter of what it lives.
    serve_margin: Duration;
    /// At most one request that may have issued a code is sent in so long: 30 s by default. This is
    /// the budget that keeps a broken store or a confused program from burning the platform's
    /// patience.
    issue_interval: Duration;
    /// The longest life that is believed, 14,400 s by default: twice the documented one. A longer one
    /// is reported, and renewed as if it were this; a record with more left is due at once.
    longest_lifetime: Duration;
    /// How long a code is trusted whose lifetime the platform did not say or said to be zero: 60 s by
    /// default. It is reported, due at once, and not stored.
    unknown_lifetime: Duration;
    /// How much earlier than 600 s after it was last known to be current a shared ticket is
    /// distrusted: 60 s by default.
    ticket_margin: Duration;
    /// How often what is held is compared with a shared store, ±20 %: 60 s by default. The moments are
    /// whole tenths of it by the monotonic clock, so that the codes of a process come due together and
    /// a store can look at many of them with one command.
    reread_every: Duration;
    /// After which one operation of the store is given up: 500 ms by default.
    store_timeout: Duration;
    /// How long to wait while another process has its turn to issue: 25 s by default.
    turn_wait: Duration;
    /// How long after asking for its turn a request may still be sent: 20 s by default. It is a third of
    /// the turn where that is less.
    send_within: Duration;
    /// After which a renewal is given up that has come to nothing, as one that perhaps issued a code:
    /// 90 s by default. An issuer has a shorter time-out of its own; this is for work that is dead,
    /// such as a request begun on a runtime that is gone.
    renewal_limit: Duration;
    /// By how much the two clocks may drift apart between two looks before it is called a jump: 5 s
    /// by default.
    clock_tolerance: Duration;
    /// Whether a code is served that the wall clock calls expired and the monotonic clock does not,
    /// after a renewal failed: yes by default. The observer is told each time a renewal fails so.
    serve_doubtful: bool;
    /// A process that cannot reach the shared store issues at most once in so long, for each code:
    /// 300 s by default. Longer means fewer codes taken away from others in the same position, and a
    /// longer wait for the next if ours is taken away.
    alone_interval: Duration;
    /// By how much the clocks of two machines may differ without any harm: 30 s by default. A code that
    /// another process stored ends so much sooner here. What differs by more is reported.
    clock_bound: Duration;
    /// Whether somebody may issue codes for this app who does not take turns in the store, such as a
    /// program of an older kind or a person at a console: no by default. With yes, the platform is
    /// asked about a shared ticket every [`watch_every`](Self::watch_every), where the issuer can
    /// [check](crate::Issuer::check) codes: one request for each app in so long. So it is where
    /// [`issue_without_store`](Self::issue_without_store) says that processes may issue alone.
    other_issuers: bool;
    /// How often the platform is asked whether a shared ticket is still the current one, where others
    /// may replace it or the store cannot be read: 240 s by default.
    watch_every: Duration;
}

impl Policy {
    /// Whether to issue although the store cannot be reached. None, the default, leaves that to
    /// [the store](crate::Store::is_optional).
    #[must_use]
    pub const fn issue_without_store(&self) -> Option<bool> {
        self.issue_without_store
    }

    /// The shortest pause after a passing failure, and the longest that it grows to.
    #[must_use]
    pub const fn retry_pauses(&self) -> (Duration, Duration) {
        (self.retry.floor, self.retry.ceiling)
    }

    /// The shortest pause after a refusal that only an operator can mend, and the longest.
    #[must_use]
    pub const fn refused_pauses(&self) -> (Duration, Duration) {
        (self.refused.floor, self.refused.ceiling)
    }

    /// The same with what this store says where the policy says nothing.
    #[cfg(feature = "tokio")]
    pub(crate) fn over_store(self, is_optional: bool) -> Self {
        Self { store_is_optional: Some(is_optional), ..self }
    }

    /// Whether to issue although the store cannot be reached.
    pub(crate) fn goes_alone(&self, is_shared: bool) -> bool {
        self.issue_without_store.or(self.store_is_optional).unwrap_or(!is_shared)
    }

    pub(crate) const fn retry(&self) -> Pauses {
        self.retry
    }

    pub(crate) const fn refused(&self) -> Pauses {
        self.refused
    }

    /// How long a shared ticket is trusted after it was known to be the current one.
    pub(crate) const fn ticket_trust(&self) -> Duration {
        TICKET_GRACE.saturating_sub(self.ticket_margin)
    }
}

impl PolicyBuilder {
    /// Whether to issue although the store cannot be reached. Not said,
    /// [the store](crate::Store::is_optional) decides: yes for the file store, whose failure is a full disk
    /// and should cost nobody a code; no for what machines share, such as Redis.
    ///
    /// With yes, a process that shares its store and is cut off from it serves what it holds nearly to
    /// its end, and issues then, at most once in [`alone_interval`](Self::alone_interval). The
    /// consequence: every process that is cut off does so, and the platform knows of no turns. A server
    /// token that one gets ends those of all the others at once: their calls fail with 4102 until each
    /// has got another in turn, and so on until the store is back. A ticket leaves the previous one
    /// valid for 600 s, which is longer than a process that cannot read the store trusts it; one that
    /// can read the store learns of it from the platform, which is asked about each shared ticket every
    /// [`watch_every`](Self::watch_every), and only where the issuer can
    /// [check](crate::Issuer::check) codes. Say yes where a code that fails now and then is better than
    /// none.
    ///
    /// With no, nothing is issued without the store, so a process never harms another: callers are
    /// served from what is held to its end, at least the time that is left when a code is
    /// [due](Self::refresh_ahead), and then get an error until the store is back. A ticket is trusted for
    /// [some minutes](Self::ticket_margin) after the store was last read, or longer where the issuer can
    /// check codes. Say no where others depend on the same token.
    pub const fn issue_without_store(mut self, yes: bool) -> Self {
        self.policy.issue_without_store = Some(yes);
        self
    }

    /// The pauses after a passing failure: random, no shorter than the floor, growing up to the
    /// ceiling. 1 s and 30 s by default.
    pub const fn retry_pauses(mut self, floor: Duration, ceiling: Duration) -> Self {
        self.policy.retry = Pauses { floor, ceiling };
        self
    }

    /// The pauses after a refusal that only an operator can mend (a wrong secret): 5 s and 300 s by
    /// default.
    pub const fn refused_pauses(mut self, floor: Duration, ceiling: Duration) -> Self {
        self.policy.refused = Pauses { floor, ceiling };
        self
    }

    /// The policy, if it can work.
    ///
    /// # Errors
    ///
    /// Two limits contradict each other; the error says which, and why.
    pub fn build(self) -> Result<Policy, InvalidPolicy> {
        InvalidPolicy::find(&self.policy).map_or(Ok(self.policy), Err)
    }
}
