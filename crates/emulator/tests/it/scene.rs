//! A platform, a clock, and short ways to ask.

use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use yzb_emulator::{DEFAULT_NOW, Platform, Rule, World, demo};

pub(crate) const TOKEN: &str = "/OAuth2/token";
pub(crate) const REFRESH: &str = "/OAuth2/refreshtoken";
pub(crate) const TICKET: &str = "/OAuth2/ticket";
pub(crate) const CHECK: &str = "/OAuth2/checkCode";
pub(crate) const COUNT: &str = "/CommonResource/getUserCount";
pub(crate) const LIST: &str = "/CommonResource/getUserList";
pub(crate) const ACCESS: &str = "/UserResource/getAppAccess";
pub(crate) const ADDED: &str = "/UserResource/getAppIsAdded";
pub(crate) const INFO: &str = "/UserResource/getUserBaseInfo";

pub(crate) struct Scene {
    pub(crate) platform: Platform,
    pub(crate) now: u64,
}

/// One answer, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) rule: Rule,
    pub(crate) http: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(World::demo())
    }

    pub(crate) fn of(world: World) -> Self {
        Self { platform: Platform::new(world), now: DEFAULT_NOW }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += seconds;
    }

    pub(crate) fn send(&mut self, request: &Request<impl AsRef<[u8]>>) -> Reply {
        let (head, body) = self.platform.answer(self.now, request).into_parts();
        Reply {
            rule: *head.extensions.get().expect("every answer has its rule"),
            http: head.status,
            headers: head.headers,
            body: String::from_utf8(body).unwrap(),
        }
    }

    pub(crate) fn ask(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(&Request::post(path).body(form(fields)).unwrap())
    }

    /// As the demo app, with these further fields.
    pub(crate) fn app_asks(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.ask(path, &[&[("app_id", demo::APP_ID)], fields].concat())
    }

    pub(crate) fn ask_server_token(&mut self) -> Reply {
        let fields = [("secret", demo::APP_SECRET), ("grant_type", "client_credential")];
        self.app_asks(TOKEN, &fields)
    }

    pub(crate) fn server_token(&mut self) -> String {
        self.ask_server_token().text("/data/access_token")
    }

    pub(crate) fn ask_ticket(&mut self, token: &str) -> Reply {
        self.app_asks(TICKET, &[("access_token", token), ("type", "js_ticket")])
    }

    pub(crate) fn ticket(&mut self, token: &str) -> String {
        self.ask_ticket(token).text("/data/ticket")
    }

    pub(crate) fn login(&mut self, code: &str) -> Reply {
        self.app_asks(
            TOKEN,
            &[("secret", demo::APP_SECRET), ("grant_type", "authorization_code"), ("code", code)],
        )
    }

    pub(crate) fn check_ticket(&mut self, ticket: &str) -> Reply {
        self.app_asks(CHECK, &[("type", "js_ticket"), ("code", ticket)])
    }

    pub(crate) fn check_token(&mut self, token: &str) -> Reply {
        self.app_asks(CHECK, &[("type", "access_token"), ("code", token)])
    }

    pub(crate) fn check_user_token(&mut self, open_id: &str, token: &str) -> Reply {
        let fields = [("type", "access_token"), ("code", token), ("open_id", open_id)];
        self.app_asks(CHECK, &fields)
    }

    pub(crate) fn about_user(&mut self, path: &str, token: &str, open_id: &str) -> Reply {
        self.app_asks(path, &[("access_token", token), ("open_id", open_id)])
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Value {
        let json = self.json();
        json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {json}")).clone()
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap().to_owned()
    }

    pub(crate) fn number(&self, pointer: &str) -> u64 {
        self.at(pointer).as_u64().unwrap()
    }

    pub(crate) fn status(&self) -> String {
        self.text("/status")
    }
}

/// Every byte but letters and digits escaped: dull, and right.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

pub(crate) fn escape(value: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(one).collect()
}
