//! A code and until when it may be used.

mod limits;

use core::fmt;

use yzb_proto::{Fingerprint, JsTicket, Lifetime, UnixSeconds};

pub(crate) use limits::{Birth, Limits, Standing};

use crate::{Now, Token};

/// What an issuer got: a code and the span that it lives from when it was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued<T> {
    /// The code.
    pub token: T,
    /// The span that it lives, in seconds from before the request was sent; zero means that the
    /// platform did not say.
    pub lifetime: Lifetime,
    /// The moment of the platform's answer by its own clock (the `Date` header), in unix seconds, if
    /// it said so: a witness for whether ours is right.
    pub date: Option<UnixSeconds>,
}

/// A code, the moment at which it expires, and where it came from.
///
/// It is shared between everyone who uses the code. Its serial names it: complain about a code by
/// handing its lease to `invalidate`.
pub struct Lease<T> {
    pub(crate) token: T,
    pub(crate) serial: u64,
    pub(crate) previous: Option<Box<Previous<T>>>,
    pub(crate) limits: Limits,
}

/// Where a lease came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Issued for this process, by its own issuer.
    Issued,
    /// Found in the store.
    Stored,
}

/// The ticket that was replaced by a lease's own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Previous<T> {
    /// The replaced code.
    pub token: T,
    /// Until when it surely is still accepted, in unix seconds: its own expiry, and at the latest
    /// 600 s after the request that replaced it was sent.
    pub valid_until: UnixSeconds,
}

impl<T> Issued<T> {
    /// A code and the span that it lives from when it was asked for.
    #[must_use]
    pub const fn new(token: T, lifetime: Lifetime) -> Self {
        Self { token, lifetime, date: None }
    }

    /// Adds the moment of the answer by the platform's clock, in unix seconds.
    #[must_use]
    pub fn dated(self, date: Option<UnixSeconds>) -> Self {
        Self { date, ..self }
    }
}

impl<T> Previous<T> {
    /// A replaced code, and until when it surely is accepted, in unix seconds.
    #[must_use]
    pub const fn new(token: T, valid_until: UnixSeconds) -> Self {
        Self { token, valid_until }
    }
}

impl<T> Lease<T> {
    /// The code.
    #[must_use]
    pub const fn token(&self) -> &T {
        &self.token
    }

    /// The lease's number: no two leases of a slot have the same, and later ones are greater.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// How many times the code was replaced as far as the store knows.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.limits.generation()
    }

    /// When the code expires, in unix seconds. It is not handed out in its last seconds.
    #[must_use]
    pub const fn expires_at(&self) -> UnixSeconds {
        self.limits.expires_at()
    }

    /// When the code was asked for, in unix seconds; none if the store did not say.
    #[must_use]
    pub const fn issued_at(&self) -> Option<UnixSeconds> {
        self.limits.issued_at()
    }

    /// Where it came from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.limits.source()
    }

    /// Whether it may be used now, by both clocks: what a `peek` checks.
    #[must_use]
    pub fn is_live(&self, now: Now) -> bool {
        self.limits.standing(now) == Standing::Live
    }

    /// Whether it may be used and nothing needs to be done about it.
    #[must_use]
    pub fn is_fresh(&self, now: Now) -> bool {
        self.limits.is_quiet(now)
    }
}

impl Lease<JsTicket> {
    /// The ticket that this one replaced, as far as this process knows.
    #[must_use]
    pub fn previous(&self) -> Option<&Previous<JsTicket>> {
        self.previous.as_deref()
    }

    /// Until when a signature made now with this ticket is sure to verify, in unix seconds: the
    /// ticket's expiry, and at the latest 600 s after the last moment at which the ticket was known
    /// to be the current one. Where nobody else can replace it that moment is now.
    #[must_use]
    pub fn sure_until(&self, now: Now) -> UnixSeconds {
        let known_current = self.limits.known_current().min(now.wall);
        self.expires_at().min(known_current + Lifetime::TICKET_GRACE)
    }
}

impl<T: Token> Lease<T> {
    /// By what the code may be told apart in logs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.token.fingerprint()
    }
}

impl<T> fmt::Debug for Lease<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("serial", &self.serial)
            .field("generation", &self.generation())
            .field("expires_at", &self.expires_at())
            .field("source", &self.source())
            .finish_non_exhaustive()
    }
}
