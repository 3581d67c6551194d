//! Slots by key, in parts, so that one who adds an app does not hold up those who read others.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher, RandomState};
use std::sync::Arc;

use super::super::cell::Cell;
use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, read, write};
use crate::{Issuer, SlotKey};

/// Parts of a set. Ids of apps come from outside, so the sets are hashed with a key that nobody
/// knows; the part is chosen by something cheaper, because having them all in one part is no harm
/// but that one lock.
pub(super) struct Table<I: Issuer, S> {
    parts: Vec<Part<I, S>>,
}

/// A line of its own for each lock.
#[repr(align(64))]
struct Part<I: Issuer, S>(RwLock<Set<I, S>>);

type Set<I, S> = HashSet<Entry<I, S>>;

/// A slot, found by its own key.
struct Entry<I: Issuer, S>(Arc<Cell<I, S>>);

/// A prime, so that whatever is regular in ids is spread.
const PARTS: usize = 73;

impl<I: Issuer, S> Table<I, S> {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        let part = |_| Part(RwLock::new(HashSet::with_hasher(random.clone())));
        Self { parts: (0..PARTS).map(part).collect() }
    }

    /// Does something quick with the slot of this key.
    pub(super) fn find<R>(
        &self,
        key: &SlotKey,
        found: impl FnOnce(&Arc<Cell<I, S>>) -> R,
    ) -> Option<R> {
        let part = self.read(key)?;
        part.get(key).map(|entry| found(&entry.0))
    }

    /// Adds a slot, unless there is one of its key: that is returned then.
    pub(super) fn add(&self, cell: Arc<Cell<I, S>>) -> Arc<Cell<I, S>> {
        let Some(mut part) = self.write(&cell.key) else { return cell };
        if let Some(entry) = part.get(&cell.key) {
            return Arc::clone(&entry.0);
        }
        part.insert(Entry(Arc::clone(&cell)));
        cell
    }

    pub(super) fn remove(&self, key: &SlotKey) -> Option<Arc<Cell<I, S>>> {
        self.write(key)?.take(key).map(|entry| entry.0)
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| read(&part.0).len()).sum()
    }

    /// Calls this with each slot, while nothing is locked.
    pub(super) fn for_each(&self, each: impl FnMut(&Arc<Cell<I, S>>) + Copy) {
        for part in &self.parts {
            let all: Vec<_> = read(&part.0).iter().map(|entry| Arc::clone(&entry.0)).collect();
            all.iter().for_each(each);
        }
    }

    /// Takes out the slots of which this says so, while nobody can find any in their part.
    pub(super) fn take_if(
        &self,
        mut condition: impl FnMut(&Arc<Cell<I, S>>) -> bool,
    ) -> Vec<Arc<Cell<I, S>>> {
        let mut all = Vec::new();
        for part in &self.parts {
            let mut part = write(&part.0);
            let from = all.len();
            let chosen = part.iter().filter(|entry| condition(&entry.0));
            all.extend(chosen.map(|entry| Arc::clone(&entry.0)));
            for cell in all.iter().skip(from) {
                // Not the last reference, so nothing is dropped under the lock.
                part.remove(&cell.key);
            }
            if part.len() * 4 < part.capacity() {
                part.shrink_to_fit();
            }
        }
        all
    }

    fn read(&self, key: &SlotKey) -> Option<RwLockReadGuard<'_, Set<I, S>>> {
        self.parts.get(part_of(key)).map(|part| read(&part.0))
    }

    fn write(&self, key: &SlotKey) -> Option<RwLockWriteGuard<'_, Set<I, S>>> {
        self.parts.get(part_of(key)).map(|part| write(&part.0))
    }
}

fn part_of(key: &SlotKey) -> usize {
    let secret = u64::from_le_bytes(key.secret().to_bytes());
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let sum = key.app_id().as_str().as_bytes().iter().fold(secret, mix);
    usize::try_from((sum >> 8) % PARTS as u64).unwrap_or_default()
}

impl<I: Issuer, S> Borrow<SlotKey> for Entry<I, S> {
    fn borrow(&self) -> &SlotKey {
        &self.0.key
    }
}

impl<I: Issuer, S> Hash for Entry<I, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl<I: Issuer, S> PartialEq for Entry<I, S> {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl<I: Issuer, S> Eq for Entry<I, S> {}
