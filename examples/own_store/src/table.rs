//! A table of a database, were there one: texts by texts, and which rows are locked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use yzb::{
    Code, JsTicket, Kind, ServerAccessToken, SlotKey, Store, StoreError, StoreErrorKind, Stored,
    Turn, UnixSeconds,
};

/// Cloning it is another connection to the same table.
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    texts: BTreeMap<String, String>,
    locked: BTreeSet<String>,
}

impl Store for Table {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let row = self.rows().texts.get(&name(key)).cloned();
        // A row that cannot be read is never given back in part.
        row.map(|row| read(key.kind(), &row).ok_or(StoreErrorKind::Corrupt.into())).transpose()
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        // A kind that a later version adds has no row before this program knows it.
        let row = write(record).ok_or(StoreErrorKind::Other)?;
        self.rows().texts.insert(name(key), row);
        Ok(())
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let name = name(key);
        if !self.rows().locked.insert(name.clone()) {
            return Ok(Turn::taken());
        }
        Ok(Turn::held(Unlock { table: self.clone(), name }))
    }
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.rows().texts.len()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands the turn back. In a database a lock has an end, for processes that die with it.
struct Unlock {
    table: Table,
    name: String,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        self.table.rows().locked.remove(&self.name);
    }
}

/// All of the key: two apps, two secrets or two platforms must never share a row. The fingerprint is
/// that of the app's secret, of all its bytes, and tells nothing of it.
fn name(key: &SlotKey) -> String {
    let secret = u64::from_be_bytes(key.secret().to_bytes());
    format!("{} {} {secret:016x} {}", key.origin(), key.app_id(), key.kind())
}

/// The code comes last, because it may have any visible character. Here, and nowhere else, a secret
/// is exposed: protect the table.
fn write(record: &Stored) -> Option<String> {
    let code = match &record.code {
        Code::ServerToken(token) => token.expose_secret(),
        Code::JsTicket(ticket) => ticket.expose_secret(),
        _ => return None,
    };
    let issued_at = record.issued_at.map_or(0, UnixSeconds::as_secs);
    Some(format!("{} {issued_at} {} {code}", record.expires_at, record.generation))
}

fn read(kind: Kind, row: &str) -> Option<Stored> {
    let mut parts = row.splitn(4, ' ');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (expires_at, issued_at, generation) = (number()?, number()?, number()?);
    let text = parts.next()?;
    let code = match kind {
        Kind::ServerToken => Code::ServerToken(ServerAccessToken::new(text).ok()?),
        Kind::JsTicket => Code::JsTicket(JsTicket::new(text).ok()?),
        _ => return None,
    };
    let issued_at = (issued_at > 0).then(|| UnixSeconds::new(issued_at));
    let record = Stored::new(code, UnixSeconds::new(expires_at));
    Some(record.issued_at(issued_at).generation(generation))
}
