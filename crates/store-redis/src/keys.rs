//! The keys in Redis.

use sha1::{Digest, Sha1};
use yzb_cache::{Kind, SlotKey};
use yzb_proto::{AppId, JsTicket, Record, ServerAccessToken, WriterName};

/// The keys of one slot. None holds a secret. Those that are rarely wanted are written when they are: a
/// process looks at each of its codes once a minute.
pub(crate) struct Keys<'a> {
    prefix: &'a str,
    key: &'a SlotKey,
    /// Where the published readers look.
    pub(crate) published: String,
    /// The fleet: everybody with this app secret at this platform.
    pub(crate) owner: WriterName,
}

impl<'a> Keys<'a> {
    /// None for a kind that this store does not know.
    pub(crate) fn of(prefix: &'a str, key: &'a SlotKey) -> Option<Self> {
        let published: fn(&AppId) -> String = match key.kind() {
            Kind::ServerToken => Record::<ServerAccessToken>::key,
            Kind::JsTicket => Record::<JsTicket>::key,
            _ => return None,
        };
        let published = format!("{prefix}{}", published(key.app_id()));
        Some(Self { prefix, key, published, owner: owner(key)? })
    }

    /// Where a fleet keeps its record while the published key holds that of another.
    pub(crate) fn aside(&self) -> String {
        format!("{}/owner/{}", self.published, self.owner)
    }

    /// Whose turn it is to issue.
    pub(crate) fn turn(&self) -> String {
        let Self { prefix, key, owner, .. } = self;
        format!("{prefix}yzb/turn/{}/app_id/{}/owner/{owner}", key.kind(), key.app_id())
    }
}

/// Platform and secret in sixteen hexadecimal digits, which tell neither.
fn owner(key: &SlotKey) -> Option<WriterName> {
    let mut hash = Sha1::new();
    hash.update(key.origin().to_string());
    hash.update([0]);
    hash.update(key.secret().to_bytes());
    WriterName::new(hex(&hash.finalize()).get(..16)?).ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xf));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_small_and_two_for_each_byte() {
        assert_eq!(hex(&[0x00, 0x09, 0x0a, 0x9f, 0xf0, 0xff]), "00090a9ff0ff");
    }
    use yzb_proto::{AppSecret, Origin};

    fn slot(origin: &str, secret: &str, kind: Kind) -> SlotKey {
        let secret = AppSecret::new(secret).unwrap().fingerprint();
        let app_id = AppId::new("100027").unwrap();
        SlotKey::new(origin.parse::<Origin>().unwrap(), app_id, secret, kind)
    }

    #[test]
    fn the_published_key_is_the_published_one_behind_the_prefix() {
        let origin = Origin::production().to_string();
        let keys = |slot| Keys::of("p:", slot).unwrap();
        let (ours, ticket) =
            (slot(&origin, "planted", Kind::ServerToken), slot(&origin, "planted", Kind::JsTicket));
        let (ours, ticket) = (keys(&ours), keys(&ticket));
        assert_eq!(ours.published, "p:type/server_access_token_info/app_id/100027");
        assert_eq!(ticket.published, "p:type/js_ticket_info/app_id/100027");
        assert_ne!(ours.turn(), ticket.turn());
        for key in [&ours.published, &ours.aside(), &ours.turn()] {
            assert!(!key.contains("planted"), "{key}");
        }
    }

    #[test]
    fn another_secret_or_platform_is_another_fleet_with_keys_of_its_own() {
        let ours = slot("https://a.example", "one", Kind::ServerToken);
        let ours = Keys::of("p:", &ours).unwrap();
        for other in [
            slot("https://a.example", "two", Kind::ServerToken),
            slot("https://b.example", "one", Kind::ServerToken),
        ] {
            let other = Keys::of("p:", &other).unwrap();
            assert_eq!(ours.published, other.published);
            assert_ne!(ours.owner, other.owner);
            assert_ne!(ours.aside(), other.aside());
            assert_ne!(ours.turn(), other.turn());
        }
    }
}
