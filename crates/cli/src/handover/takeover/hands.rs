//! What writes: issuing a code in turn, and writing a record again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use yzb::cache::{Issuer, Token};
use yzb::{
    App, Error, Event, Fingerprint, InvalidPolicy, Kind, Policy, SharedStore, SlotKey, Source,
    Store as _, StoreError, StoreErrorKind, Stored, TokenCache,
};

use super::super::platform::{Platform, exit_of};
use super::super::{Shared, Slot, store_words};
use super::step::Way;
use crate::exit::{Ended, Exit};
use crate::setup;

/// Everything that a takeover writes with.
pub(super) struct Hands<'a> {
    pub(super) shared: &'a Shared,
    pub(super) platform: &'a Platform,
    pub(super) way: Way,
}

/// What was issued, or what somebody else had issued meanwhile.
pub(super) struct Got {
    pub(super) code: Fingerprint,
    pub(super) by_us: bool,
}

/// How often to ask, where one answer came too early: another process issues, or the platform is slow.
const TRIES: usize = 3;

impl Hands<'_> {
    /// Gets another code for this slot as programs of ours do: in turn, after another look, and written
    /// only over what was seen. `refused` is the code that is not to be taken from the store again.
    ///
    /// # Errors
    ///
    /// The platform or the store does not let it. The record that is there stays.
    pub(super) async fn issue(
        &self,
        slot: &Slot,
        refused: Option<Fingerprint>,
    ) -> Result<Got, Ended> {
        let failure = Arc::<Mutex<Option<Ended>>>::default();
        let app =
            self.app(slot, &failure).map_err(|error| Ended::new(exit_of(error.retry()), error))?;
        let got = match slot.key.kind() {
            Kind::JsTicket => self.renew(app.tickets(), refused).await,
            _ => self.renew(app.server_tokens(), refused).await,
        };
        let told = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (got, told) {
            (Ok(got), _) => Ok(got),
            (Err(_), Some(told)) => Err(told),
            (Err(ended), None) => Err(ended),
        }
    }

    async fn renew<I: Issuer + 'static>(
        &self,
        cache: &TokenCache<I, SharedStore>,
        refused: Option<Fingerprint>,
    ) -> Result<Got, Ended>
    where
        I::Token: Token,
    {
        for _ in 0..TRIES {
            let lease = cache.lease().await;
            let lease = lease.map_err(|error| Ended::new(exit_of(error.retry()), error))?;
            let code = Token::fingerprint(lease.token());
            if Some(code) == refused {
                cache.invalidate(&lease);
                continue;
            }
            let by_us = lease.source() == Source::Issued;
            let left = lease.expires_at().since(self.shared.now()).as_secs();
            // Of a new one more is not to be had, however short it lives.
            if by_us || left > self.way.least {
                return Ok(Got { code, by_us });
            }
        }
        Err(Ended::new(Exit::Later, "no longer-lived code is to be had now"))
    }

    /// The app, so that everything is due that has no more left than it must have.
    fn app(&self, slot: &Slot, failure: &Arc<Mutex<Option<Ended>>>) -> Result<App, Error> {
        let Shared { loaded, of_apps, clock, .. } = self.shared;
        let secret = self.shared.app(slot).map(|app| loaded.secret(&app.secret));
        let policy = &loaded.config.policy;
        let noted = Arc::clone(failure);
        App::builder(slot.key.app_id().as_str(), secret.unwrap_or_default())
            .origin(loaded.config.platform.origin.clone())
            .policy(eager(policy, self.way.least).unwrap_or_else(|_| policy.clone()))
            .store(of_apps.clone())
            .clock(Arc::clone(clock))
            .transport(self.platform.transport.clone())
            .observer(move |key: &SlotKey, event: &Event| note(&noted, key, event))
            .build()
    }

    /// Writes a record again with the same code, in the published spelling with our fields behind it.
    /// False if it is another one by now.
    ///
    /// # Errors
    ///
    /// The store cannot be asked, or refuses. The record that is there stays.
    pub(super) async fn write(&self, slot: &Slot, sighted: &Stored) -> Result<bool, StoreError> {
        let store = &self.shared.store;
        // What the store has seen is what it lets itself be told to replace.
        let Some(found) = store.load(&slot.key).await? else { return Ok(false) };
        if found.code.fingerprint() != sighted.code.fingerprint() {
            return Ok(false);
        }
        let ours = found.generation.max(1);
        match store.save(&slot.key, &found.generation(ours)).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// These limits, so that what has no more left than so many seconds is due.
fn eager(policy: &Policy, least: u64) -> Result<Policy, InvalidPolicy> {
    // A process that was killed in its turn, perhaps an earlier one of this command, leaves it to expire.
    let turn_wait = policy.send_within() * setup::TURNS + Duration::from_secs(5);
    policy
        .to_builder()
        .refresh_ahead(Duration::from_secs(least))
        .refresh_spread(0.0)
        .turn_wait(turn_wait)
        .renewal_limit(policy.renewal_limit() + turn_wait)
        // Without the store nobody would know of the code.
        .issue_without_store(false)
        .build()
}

/// Why a renewal failed is told to observers only, while the code that is there still works.
fn note(noted: &Mutex<Option<Ended>>, key: &SlotKey, event: &Event) {
    let ended = match event {
        Event::Failed { error, .. } => Ended::new(exit_of(error.retry()), error),
        Event::StoreFailed { error, .. } if error.kind() != StoreErrorKind::Corrupt => {
            Ended::new(Exit::Later, store_words(error))
        }
        _ => return,
    };
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    // That of the token explains that of the ticket.
    if noted.is_none() || key.kind() == Kind::ServerToken {
        *noted = Some(ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_a_killed_process_left_is_waited_out_and_nothing_is_issued_without_the_store() {
        for policy in [
            Policy::default(),
            Policy::builder()
                .send_within(Duration::from_secs(60))
                .renewal_limit(Duration::from_secs(200))
                .build()
                .unwrap(),
        ] {
            let eager = eager(&policy, 1800).unwrap();
            assert!(eager.turn_wait() > policy.send_within() * 3);
            assert_eq!(eager.refresh_ahead(), Duration::from_secs(1800));
            assert_eq!(eager.issue_without_store(), Some(false));
        }
    }
}
