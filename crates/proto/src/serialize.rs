//! How what is not secret is serialised, for programs that print JSON: texts as texts, moments, spans
//! and statuses as numbers, objects with the platform's own field names.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::common_resource::user_list::ListedUser;
use crate::user_resource::base_info::BaseInfo;
use crate::{Fingerprint, Lifetime, Nonce, PageUrl, Sex, Signature, Status, UnixSeconds};

macro_rules! serialize_as {
    ($($Type:ty: $method:ident($value:expr);)+) => {$(
        impl Serialize for $Type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$method($value(self))
            }
        }
    )+};
}

serialize_as! {
    Status: serialize_u16(|status: &Status| status.number());
    UnixSeconds: serialize_u64(|moment: &UnixSeconds| moment.as_secs());
    Lifetime: serialize_u64(|span: &Lifetime| span.as_secs());
    Fingerprint: collect_str(|fingerprint| fingerprint);
    Sex: serialize_str(Sex::as_str);
    Signature: serialize_str(Signature::as_str);
    Nonce<'_>: collect_str(Nonce::as_str);
    PageUrl<'_>: collect_str(PageUrl::as_str);
}

impl Serialize for ListedUser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("ListedUser", 2)?;
        row.serialize_field("id", &self.id)?;
        row.serialize_field("open_id", &self.open_id)?;
        row.end()
    }
}

impl Serialize for BaseInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut info = serializer.serialize_struct("BaseInfo", 3)?;
        info.serialize_field("nick", &self.nick)?;
        info.serialize_field("avatar", &self.avatar)?;
        info.serialize_field("sex", &self.sex)?;
        info.end()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Drift, Lifetime, Nonce, PageUrl, Sex, Status, Tolerance, UnixSeconds};

    #[test]
    fn values_look_as_the_platform_writes_them() {
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(json(&Status::SUCCESS), "2000");
        assert_eq!(json(&UnixSeconds::new(7)), "7");
        assert_eq!(json(&Lifetime::from_secs(7)), "7");
        assert_eq!(json(&Sex::Male), "\"1\"");
        assert_eq!(json(&Nonce::new("1234").unwrap()), "\"1234\"");
        assert_eq!(json(&PageUrl::scan("https://h.example/").unwrap()), "\"https://h.example\"");
        let drift = Drift::from_iter([Tolerance::Padding]);
        assert_eq!(json(&drift), "[\"padding\"]");
    }

    mod erased {
        pub(super) trait Json {
            fn json(&self) -> String;
        }

        impl<T: serde::Serialize> Json for T {
            fn json(&self) -> String {
                serde_json::to_string(self).unwrap()
            }
        }
    }
}
