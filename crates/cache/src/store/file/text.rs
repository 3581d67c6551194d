//! What is in a record's file: a line that says what it is, its key, the record as the shared store
//! has it, and what that has no place for.

use std::str;

use yzb_proto::{JsTicket, Record, ServerAccessToken, StoredCode, UnixSeconds};

use super::name;
use crate::{Code, Kind, SlotKey, Stored};

const FIRST: &str = "yzb-cache 1";

/// More often than any code was ever replaced; a record that says so would be the newest for ever.
const ABSURD: u64 = 1 << 53;

pub(super) fn write(key: &SlotKey, stored: &Stored) -> String {
    let record = match &stored.code {
        Code::ServerToken(token) => Record::new(token.clone(), stored.expires_at).to_json(),
        Code::JsTicket(ticket) => Record::new(ticket.clone(), stored.expires_at).to_json(),
    };
    // It was text a moment ago.
    let record = str::from_utf8(record.as_ref()).unwrap_or_default();
    let issued_at = stored.issued_at.map_or(0, UnixSeconds::as_secs);
    format!("{FIRST}\n{}\n{record}\n{issued_at} {}\nend\n", name::whole(key), stored.generation)
}

/// None if it is no whole record of this key.
pub(super) fn read(key: &SlotKey, bytes: &[u8]) -> Option<Stored> {
    let mut lines = str::from_utf8(bytes).ok()?.lines();
    if lines.next()? != FIRST || lines.next()? != name::whole(key) {
        return None;
    }
    let record = lines.next()?;
    let (issued_at, generation) = lines.next()?.split_once(' ')?;
    if lines.next()? != "end" {
        return None;
    }
    let (code, expires_at) = match key.kind() {
        Kind::ServerToken => code(record, Code::ServerToken as fn(ServerAccessToken) -> Code)?,
        Kind::JsTicket => code(record, Code::JsTicket as fn(JsTicket) -> Code)?,
    };
    let issued_at = Some(issued_at.parse().ok()?).filter(|seconds| *seconds > 0);
    let stored = Stored::new(code, expires_at).issued_at(issued_at.map(UnixSeconds::new));
    let generation = generation.parse().ok().filter(|count| *count < ABSURD)?;
    Some(stored.generation(generation))
}

fn code<T: StoredCode>(record: &str, wrap: fn(T) -> Code) -> Option<(Code, UnixSeconds)> {
    let (record, _) = Record::<T>::read(record.as_bytes()).ok()?;
    Some((wrap(record.code), record.expires_at))
}
