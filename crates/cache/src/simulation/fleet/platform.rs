//! The platform: which codes it accepts.

use super::world::{BASE, index};
use crate::Kind;
use yzb_proto::UnixSeconds;

#[derive(Default)]
pub(super) struct Platform {
    codes: [Vec<Made>; 2],
    pub(super) requests: Vec<Request>,
    /// How long a code lives, in milliseconds.
    pub(super) lifetime: u64,
    pub(super) can_check: bool,
}

/// A code that was issued. Its number is its place.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) issued: u64,
    /// When it really is over.
    pub(super) end: u64,
}

/// A request for a code, on its way.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) process: usize,
    /// The claim under which it was sent; none if without the store.
    pub(super) holder: Option<u64>,
    /// With which token, of a request for a ticket.
    pub(super) token: usize,
    pub(super) lost: bool,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    UnderWay,
    Code { number: usize, at: u64 },
    DeadToken,
}

/// A replaced ticket lives on so long.
const GRACE: u64 = 600_000;

impl Platform {
    pub(super) fn issue(&mut self, kind: Kind, now: u64) -> usize {
        let end = now + self.lifetime;
        let codes = &mut self.codes[index(kind)];
        if let Some(last) = codes.last_mut() {
            let grace = if kind == Kind::JsTicket { GRACE } else { 0 };
            last.end = last.end.min(now + grace);
        }
        codes.push(Made { issued: now, end });
        codes.len() - 1
    }

    pub(super) fn code(&self, kind: Kind, number: usize) -> Made {
        self.codes[index(kind)][number]
    }

    pub(super) fn is_alive(&self, kind: Kind, number: usize, now: u64) -> bool {
        now < self.code(kind, number).end
    }

    /// How many were issued.
    pub(super) fn issued(&self) -> usize {
        self.codes[0].len() + self.codes[1].len()
    }

    /// The last that was issued.
    pub(super) fn current(&self, kind: Kind) -> Option<usize> {
        self.codes[index(kind)].len().checked_sub(1)
    }

    pub(super) fn revoke(&mut self, kind: Kind, now: u64) {
        if let Some(last) = self.codes[index(kind)].last_mut() {
            last.end = last.end.min(now);
        }
    }

    pub(super) fn arrive(&mut self, id: usize, now: u64) -> Request {
        let request = self.requests[id];
        let refused =
            request.kind == Kind::JsTicket && !self.is_alive(Kind::ServerToken, request.token, now);
        let outcome = if refused {
            Outcome::DeadToken
        } else {
            Outcome::Code { number: self.issue(request.kind, now), at: now }
        };
        self.requests[id].outcome = outcome;
        self.requests[id]
    }
}

/// The moment by the platform's clock.
pub(super) const fn wall(millis: u64) -> UnixSeconds {
    UnixSeconds::new(BASE + millis / 1000)
}
