//! What may go wrong, each by name. A quirk spells an answer otherwise; a fault spoils it, loses
//! it, or changes the platform behind the client's back.

mod plan;
mod script;
mod strike;
mod written;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use plan::{Fault, FaultPlan};
pub(crate) use script::Script;
pub(crate) use strike::Strike;
pub use written::BadFault;

/// One line here is a fault: its variant, its name, its documentation.
macro_rules! faults {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// What goes wrong.
        ///
        /// Where the answer alone is spoiled or lost, the platform has acted all the same: a
        /// ticket was issued although nobody got it. Where somebody else answers in the platform's
        /// place it has not. [`Fault::acts`] turns either round. As text, a kind is its
        /// [name](Self::name).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        #[non_exhaustive]
        pub enum FaultKind {
            $(#[doc = concat!("`", $name, "`: ", $doc)] $variant,)*
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in fault plans, in the journal and at the control API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it does, in one line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

faults! {
    Delay "delay" "The answer comes `milliseconds` late (1000)."
    Silence "silence" "No answer comes, and the connection stays open."
    ResetBefore "reset-before" "The connection is reset before the first byte of the answer."
    ResetDuring "reset-during" "The connection is reset in the middle of the body."
    ResetAfter "reset-after" "The connection is reset after the last byte of the answer. (`oversized` adds at most 32768 bytes then: more would be lost on its way.)"
    Truncated "truncated" "The connection is closed in the middle of the body."
    LengthTooLong "length-too-long" "The length promises 64 bytes more than there are, then the connection is closed."
    LengthTooShort "length-too-short" "The length promises half the bytes that come."
    Drip "drip" "The answer comes byte by byte, `milliseconds` apart (20)."
    MalformedJson "malformed-json" "The body ends in the middle, and its length says so."
    EmptyBody "empty-body" "The body is empty."
    Oversized "oversized" "The envelope is `bytes` longer (1048576) by a key nobody asked for."
    ServerError "server-error" "A gateway answers with an HTML page under `http_status` (502); the platform is not asked."
    TooManyRequests "too-many-requests" "A gateway answers 429 with `Retry-After` of `seconds` (1); the platform is not asked."
    Redirect "redirect" "A gateway answers `http_status` (302) with a `location` elsewhere; the platform is not asked."
    Outage "outage" "The connection is closed without an answer; the platform is not asked."
    IpRefused "ip-refused" "The platform refuses the address, whatever the allow-list says."
    TokenRevoked "token-revoked" "The app's server token is taken back just before the request is looked at."
    TicketRotated "ticket-rotated" "Somebody else gets a new ticket for the app just before the request is looked at."
}

impl FaultKind {
    /// Whether the platform acts on a request that this strikes, unless the plan says otherwise.
    pub(crate) fn acts(self) -> bool {
        !matches!(self, Self::ServerError | Self::TooManyRequests | Self::Redirect | Self::Outage)
    }
}

/// There is no fault of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(());

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        write!(f, "no fault has this name; there are: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for FaultKind {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        let found = Self::ALL.iter().find(|kind| kind.name() == name);
        found.copied().ok_or(UnknownFault(()))
    }
}

impl TryFrom<String> for FaultKind {
    type Error = UnknownFault;

    fn try_from(name: String) -> Result<Self, UnknownFault> {
        name.parse()
    }
}

impl From<FaultKind> for &'static str {
    fn from(kind: FaultKind) -> Self {
        kind.name()
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_each_is_used_once() {
        for (n, kind) in FaultKind::ALL.iter().enumerate() {
            assert_eq!(kind.name().parse(), Ok(*kind));
            assert!(!FaultKind::ALL[..n].iter().any(|other| other.name() == kind.name()));
        }
        let error = "x".parse::<FaultKind>().unwrap_err().to_string();
        assert!(error.contains("there are: delay, silence"), "{error}");
    }
}
