//! Storing what was issued; and if the store refuses, finding out whose code is the current one.

use super::Run;
use crate::{Checked, Event, Finding, Issuer, Replaces, Store, StoreErrorKind, Stored, Token as _};

/// How often a record may change under the hands of whoever issued before the next look goes on.
const TRIES: usize = 3;

impl<I: Issuer, S: Store> Run<I, S> {
    /// Stores what was issued, in place of what was seen before. Without the turn, or after it, somebody
    /// else may have written meanwhile: then that is looked at first. Where the store fails, it is tried
    /// again after the next looks.
    pub(super) async fn keep(&mut self, record: Stored, has_turn: bool) {
        let is_stored = self.store_or_yield(record, has_turn).await;
        self.slot(|state, policy, now| state.slot.keeps_unstored(policy, now, !is_stored));
        if is_stored {
            self.mark(|stage| stage.unstored = false);
        }
    }

    /// Whether others can see what is held now; not if the store failed.
    async fn store_or_yield(&mut self, record: Stored, has_turn: bool) -> bool {
        let mut record = record;
        let is_seen = has_turn && self.seen != Replaces::NotSaid;
        let mut looks_first = self.cell.setting.shared && !is_seen;
        for _ in 0..TRIES {
            let refused = !core::mem::take(&mut looks_first);
            if refused {
                record = follow(record, self.seen);
                match self.save(&record).await {
                    Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                    saved => return saved.is_ok(),
                }
            }
            let asked = self.now();
            let Ok(found) = self.load().await else { return false };
            let before = core::mem::replace(&mut self.seen, Replaces::seen(found.as_ref()));
            let Some(found) = found else { continue };
            let code = found.code.fingerprint();
            if code == record.code.fingerprint() {
                return true;
            }
            if !refused && before == self.seen {
                // Nobody wrote.
                continue;
            }
            let kept = self.is_ours_current(&record, &found).await;
            let random = self.cell.setting.random();
            let again = self.slot(|state, policy, now| match kept {
                Some(true) => Some(record.clone()),
                Some(false) => {
                    state.slot.yield_to(policy, (asked, now), found, random);
                    None
                }
                // Nobody can tell: as at any look.
                None => match state.slot.find(policy, (asked, now), Some(found), random) {
                    Finding::Rewrite(record) => Some(record),
                    _ => None,
                },
            });
            self.cell.tell(&Event::Refused {
                code: record.code.fingerprint(),
                stored: code,
                kept: again.is_some(),
            });
            match again {
                Some(again) => record = again,
                None => return true,
            }
        }
        false
    }

    /// Whether the platform says that ours is the current one of two codes; none if it does not say.
    /// The one that is replaced is either over, or ends before the other does.
    async fn is_ours_current(&self, ours: &Stored, theirs: &Stored) -> Option<bool> {
        let ours = I::Token::from_code(ours.code.clone())?;
        let theirs = I::Token::from_code(theirs.code.clone())?;
        match (self.check(&ours).await, self.check(&theirs).await) {
            (Checked::Valid { until: ours }, Checked::Valid { until: theirs }) => {
                (ours != theirs).then_some(ours > theirs)
            }
            (Checked::Valid { .. }, Checked::Invalid) => Some(true),
            (Checked::Invalid, Checked::Valid { .. }) => Some(false),
            _ => None,
        }
    }
}

/// As the successor of what was seen.
fn follow(record: Stored, seen: Replaces) -> Stored {
    let generation = match seen {
        Replaces::Record { generation, .. } => record.generation.max(generation.saturating_add(1)),
        _ => record.generation,
    };
    record.generation(generation).replaces(seen)
}
