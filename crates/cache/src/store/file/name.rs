//! The name of a record's file.

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};

use crate::SlotKey;

/// What a file's name may have is 255 bytes almost everywhere; endings come behind it.
const LONGEST: usize = 200;
/// How much is kept of a longer one, before its hash.
const KEPT: usize = 150;

/// Unique for the key, safe in a directory, and without a secret: of the app's secret it has the
/// fingerprint.
pub(super) fn of(key: &SlotKey) -> String {
    let name = whole(key);
    if name.len() <= LONGEST {
        return name;
    }
    // No whole name has a `~`.
    let mut short = format!("{}~", name.get(..KEPT).unwrap_or_default());
    for byte in Sha1::digest(name.as_bytes()) {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

/// All of it, however long.
pub(super) fn whole(key: &SlotKey) -> String {
    let mut name = format!("{}.", key.kind());
    escape(&mut name, key.app_id().as_str());
    name.push('.');
    for byte in key.secret().to_bytes() {
        let _ = write!(name, "{byte:02x}");
    }
    name.push('.');
    escape(&mut name, &key.origin().to_string());
    name
}

/// Capital letters too, for the sake of file systems that take them for small ones. Neither an id nor
/// an origin has a `+`, so two of them never meet here.
fn escape(name: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => name.push(char::from(byte)),
            _ => {
                let _ = write!(name, "+{byte:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use yzb_proto::{AppId, AppSecret, Origin};

    use super::*;
    use crate::Kind;

    fn key(app_id: &str, origin: &str) -> SlotKey {
        let secret = AppSecret::new("secret").unwrap().fingerprint();
        SlotKey::new(
            origin.parse::<Origin>().unwrap(),
            AppId::new(app_id).unwrap(),
            secret,
            Kind::JsTicket,
        )
    }

    #[test]
    fn a_name_is_readable_where_it_is_short() {
        let name = of(&key("100027", &Origin::production().to_string()));
        let (start, end) = ("js-ticket.100027.", ".https+3a+2f+2foauth.yuanzhibang.com");
        assert!(name.starts_with(start) && name.ends_with(end), "{name}");
        assert_eq!(name.len(), start.len() + 16 + end.len());
    }

    #[test]
    fn long_keys_fit_into_a_name_and_stay_apart() {
        let host = |last: &str| format!("https://{}{last}:8443", "label_1.".repeat(40));
        let long = "X".repeat(128);
        let keys = [
            key(&long, &host("a")),
            key(&long, &host("b")),
            key(&"x".repeat(128), &host("a")),
            key("X", &host("a")),
            key("x", &host("a")),
        ];
        let names: std::collections::HashSet<_> =
            keys.iter().map(|key| of(key).to_ascii_lowercase()).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| name.len() <= LONGEST));
    }
}
