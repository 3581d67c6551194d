//! The name of a record's file.

use std::fmt::Write as _;

use crate::SlotKey;

/// Unique for the key, safe in a directory, and without a secret: of the app's secret it has the
/// fingerprint.
pub(super) fn of(key: &SlotKey) -> String {
    let mut name = format!("{}.{}.", key.kind(), key.app_id());
    for byte in key.secret().to_bytes() {
        let _ = write!(name, "{byte:02x}");
    }
    name.push('.');
    for byte in key.origin().to_string().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
            // No origin has a `+`, so two origins never meet here.
            _ => {
                let _ = write!(name, "+{byte:02x}");
            }
        }
    }
    name
}
