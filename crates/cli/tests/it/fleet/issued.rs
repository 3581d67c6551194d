//! A code that the platform issued to the story itself.

use http::Request;
use serde_json::Value;
use yzb::{
    AppId, AppSecret, Code, JsTicket, Origin, ServerAccessToken, SlotKey, Stored, UnixSeconds,
};
use yzb_emulator::Emulator;

use super::counts::{APP, Kind};

impl Kind {
    /// Has the platform issue one, as the first of its kind.
    pub(super) fn issue(self, platform: &Emulator, secret: &str) -> Stored {
        let now = UnixSeconds::new(platform.now());
        let token = format!("app_id={APP}&secret={secret}&grant_type=client_credential");
        let mut issued = ask(platform, "/OAuth2/token", token);
        if self == Self::Ticket {
            let token = issued["access_token"].as_str().unwrap();
            let ticket = format!("app_id={APP}&access_token={token}&type=js_ticket");
            issued = ask(platform, "/OAuth2/ticket", ticket);
        }
        let text = |field: &str| issued[field].as_str().unwrap();
        let code = match self {
            Self::Token => Code::ServerToken(ServerAccessToken::new(text("access_token")).unwrap()),
            Self::Ticket => Code::JsTicket(JsTicket::new(text("ticket")).unwrap()),
        };
        let end = UnixSeconds::new(platform.now() + issued["expires_in"].as_u64().unwrap());
        Stored::new(code, end).issued_at(Some(now)).generation(1)
    }

    /// The same, and as if it were so old that it is to be renewed; the platform knows better.
    pub(super) fn issue_old(self, platform: &Emulator, secret: &str) -> Stored {
        let (stored, now) = (self.issue(platform, secret), platform.now());
        Stored::new(stored.code, UnixSeconds::new(now + 300))
            .issued_at(Some(UnixSeconds::new(now - 6900)))
            .generation(1)
    }

    /// Where it is kept, by whoever has this secret at this platform.
    pub(super) fn slot(self, origin: &str, secret: &str) -> SlotKey {
        let kind = match self {
            Self::Token => yzb::Kind::ServerToken,
            Self::Ticket => yzb::Kind::JsTicket,
        };
        let (origin, app_id) = (origin.parse::<Origin>().unwrap(), AppId::new(APP).unwrap());
        SlotKey::new(origin, app_id, AppSecret::new(secret).unwrap().fingerprint(), kind)
    }
}

fn ask(platform: &Emulator, path: &str, form: String) -> Value {
    let answer = platform.call(&Request::post(path).body(form).unwrap());
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    answer["data"].clone()
}
