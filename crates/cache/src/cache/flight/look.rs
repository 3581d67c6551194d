//! What the store holds, and what other clocks say.

use super::{Run, is_late};
use crate::broken::{Rule, broken};
use crate::{
    Checked, Event, Finding, Issuer, Operation, Replaces, Store, StoreError, StoreErrorKind,
    Stored, Witness,
};

impl<I: Issuer, S: Store> Run<I, S> {
    /// Looks into the store, and adopts or mends what is there.
    pub(super) async fn look(&mut self) -> Result<(), StoreError> {
        if !self.cell.setting.shared && self.cell.current.read(|lease| lease.is_some()) {
            // Nobody but this slot writes there: it has nothing better.
            return Ok(());
        }
        let asked = self.now();
        let found = self.load().await;
        let random = self.cell.setting.random();
        match found {
            Ok(found) => {
                self.seen = Replaces::seen(found.as_ref());
                let finding = self.slot(|state, policy, now| {
                    state.slot.find(policy, (asked, now), found, random)
                });
                match finding {
                    Finding::Rewrite(record) => Box::pin(self.rewrite(record)).await,
                    Finding::Adopted => {
                        self.has_news = true;
                        self.watch(false).await;
                    }
                    _ => {}
                }
                Ok(())
            }
            // What cannot be read is as good as absent, and may be replaced.
            Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                self.seen = Replaces::Nothing;
                let _ = self
                    .slot(|state, policy, now| state.slot.find(policy, (asked, now), None, random));
                Ok(())
            }
            Err(error) => {
                self.slot(|state, policy, now| state.slot.find_failed(policy, now, random));
                Err(error)
            }
        }
    }

    /// With the turn, once more.
    pub(super) async fn look_again(&mut self) -> Result<(), StoreError> {
        if broken(Rule::LookAgain) { Ok(()) } else { self.look().await }
    }

    pub(super) async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let loading = async { self.cell.setting.store.load(&self.cell.key).await };
        self.limited(Operation::Load, loading).await
    }

    /// Writes a record. One that does not arrive leaves the next who has the turn without it.
    pub(super) async fn save(&self, record: &Stored) -> Result<(), StoreError> {
        let saved = self.save_once(record).await;
        if is_late(&saved) { self.save_once(record).await } else { saved }
    }

    async fn save_once(&self, record: &Stored) -> Result<(), StoreError> {
        let saving = async { self.cell.setting.store.save(&self.cell.key, record).await };
        self.limited(Operation::Save, saving).await
    }

    /// What is held was lost, or never arrived. If somebody else wrote meanwhile, the next look finds
    /// that.
    async fn rewrite(&mut self, record: Stored) {
        let serial = self.slot(|state, _, _| state.slot.held().map(|lease| lease.serial()));
        let record = if broken(Rule::HealFenced) { record } else { record.replaces(self.seen) };
        let saved = self.save(&record).await;
        let unstored = saved.as_ref().is_err_and(|error| error.kind() != StoreErrorKind::Conflict);
        self.slot(|state, policy, now| state.slot.keeps_unstored(policy, now, unstored));
        if saved.is_ok() {
            self.seen = Replaces::seen(Some(&record));
            self.cell.tell(&Event::Rewritten { serial: serial.unwrap_or_default() });
        }
    }

    /// Asks the platform whether the held ticket is still the current one, where the store cannot tell.
    pub(super) async fn watch(&self, store_failed: bool) {
        let asked = self.now();
        let held = self.slot(|state, policy, now| {
            let wanted = state.slot.wants_check(policy, now, store_failed);
            state.slot.held().filter(|_| wanted).cloned()
        });
        let Some(lease) = held else { return };
        // Without a definite answer, the next look asks again.
        let Ok(checked) = self.cell.issuer.check(lease.token()).await else { return };
        self.slot(|state, policy, now| {
            state.slot.checked(policy, lease.serial(), (asked, now), checked);
        });
    }

    /// What the platform says of a code, if it says anything.
    pub(super) async fn check(&self, token: &I::Token) -> Checked {
        self.cell.issuer.check(token).await.unwrap_or(Checked::CannotTell)
    }

    /// Once in a renewal: the store's clock is a witness against ours.
    pub(super) async fn ask_the_store_for_the_time(&self) {
        if !self.cell.setting.shared {
            return;
        }
        let asked = self.now();
        let asking = async { self.cell.setting.store.time().await };
        if let Ok(Some(time)) = self.limited(Operation::Time, asking).await {
            self.slot(|state, policy, now| {
                state.slot.witness(policy, (asked, now), time, Witness::Store);
            });
        }
    }
}
