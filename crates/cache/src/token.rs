//! What is kept: the server token and the ticket.

use core::fmt;

use yzb_proto::{Fingerprint, JsTicket, ServerAccessToken};

/// The kinds of code that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// The server's access token.
    ServerToken,
    /// The ticket with which pages are signed.
    JsTicket,
}

/// A code of either kind, for stores, which keep both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Code {
    /// The server's access token.
    ServerToken(ServerAccessToken),
    /// The ticket with which pages are signed.
    JsTicket(JsTicket),
}

/// A type of code that can be kept. Sealed: there are the server token and the ticket.
pub trait Token: Clone + fmt::Debug + Send + Sync + sealed::Sealed + 'static {
    /// Which kind it is.
    const KIND: Kind;

    /// By what it may be told apart in events.
    fn fingerprint(&self) -> Fingerprint;

    /// Whether both hold the same text.
    fn same_as(&self, other: &Self) -> bool;

    /// As a store keeps it.
    fn to_code(&self) -> Code;

    /// Out of what a store gave back; none if it is of the other kind.
    fn from_code(code: Code) -> Option<Self>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
}

macro_rules! tokens {
    ($($Type:ty = $Kind:ident;)+) => {$(
        impl sealed::Sealed for $Type {}

        impl Token for $Type {
            const KIND: Kind = Kind::$Kind;

            fn fingerprint(&self) -> Fingerprint {
                Self::fingerprint(self)
            }

            fn same_as(&self, other: &Self) -> bool {
                Self::same_as(self, other)
            }

            fn to_code(&self) -> Code {
                Code::$Kind(self.clone())
            }

            fn from_code(code: Code) -> Option<Self> {
                match code {
                    Code::$Kind(code) => Some(code),
                    _ => None,
                }
            }
        }
    )+};
}

tokens! {
    ServerAccessToken = ServerToken;
    JsTicket = JsTicket;
}

impl Kind {
    /// A stable name in kebab case, for labels of metrics and for file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerToken => "server-token",
            Self::JsTicket => "js-ticket",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Code {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::ServerToken(_) => Kind::ServerToken,
            Self::JsTicket(_) => Kind::JsTicket,
        }
    }

    /// By what it may be told apart in events.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::ServerToken(token) => token.fingerprint(),
            Self::JsTicket(ticket) => ticket.fingerprint(),
        }
    }
}
