//! Asking the platform about a code, which changes nothing.

use yzb::transport::Retry as Repeating;
use yzb::{App, CheckedCode, Code, Error, HyperTransport, JsTicket, Retry, UnixSeconds, Validity};

use super::{Shared, Slot};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::setup;

/// The way to the platform.
#[derive(Clone)]
pub(super) struct Platform {
    pub(super) transport: Repeating<HyperTransport>,
}

/// What the platform says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opinion {
    /// It was not asked.
    Unasked,
    ValidUntil(UnixSeconds),
    /// Somebody else issued another, or it was taken back.
    Refused,
}

impl Platform {
    /// # Errors
    ///
    /// The proxy or an authority cannot be used.
    pub(super) fn open(shared: &Shared, environment: &Environment) -> anyhow::Result<Self> {
        let http = setup::http(&shared.loaded, environment);
        let http = http.map_err(|error| Ended::new(Exit::Configuration, error))?;
        Ok(Self { transport: Repeating::new(http) })
    }

    /// Whether this code is valid.
    ///
    /// # Errors
    ///
    /// The platform cannot be reached, or refuses to say: to this address, for instance.
    pub(super) async fn ask(
        &self,
        shared: &Shared,
        slot: &Slot,
        code: &Code,
    ) -> Result<Opinion, Error> {
        let checked = match code {
            Code::ServerToken(token) => CheckedCode::ServerToken(token),
            Code::JsTicket(ticket) => CheckedCode::JsTicket(ticket),
            _ => return Ok(Opinion::Unasked),
        };
        Ok(match self.app(shared, slot)?.check(checked).await? {
            Validity::ValidUntil(until) => Opinion::ValidUntil(until),
            _ => Opinion::Refused,
        })
    }

    /// Whether it answers this address for this app at all: asks about a ticket that cannot be one.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub(super) async fn greet(&self, shared: &Shared, slot: &Slot) -> Result<(), Error> {
        let ticket = JsTicket::new("yzb-takeover")?;
        self.app(shared, slot)?.check(CheckedCode::JsTicket(&ticket)).await.map(|_| ())
    }

    fn app(&self, shared: &Shared, slot: &Slot) -> Result<App, Error> {
        let secret = shared.app(slot).map(|app| shared.loaded.secret(&app.secret));
        App::builder(slot.key.app_id().as_str(), secret.unwrap_or_default())
            .origin(shared.loaded.config.platform.origin.clone())
            .transport(self.transport.clone())
            .build()
    }
}

/// The exit code that goes with this advice.
pub(super) const fn exit_of(retry: Retry) -> Exit {
    match retry {
        Retry::Later(_) => Exit::Later,
        _ => Exit::Refused,
    }
}
