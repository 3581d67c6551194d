//! A whole session as clients in other languages put it on the wire: their header lines, their
//! order of fields, their way to escape. Every call of every session must be accepted.

use std::net::TcpStream;

use yzb_emulator::{AuthCode, Emulator, SCOPE_BASE_INFO, User, World};

use crate::raw::{connect, exchange};
use crate::scene::{ACCESS, ADDED, CHECK, COUNT, INFO, LIST, REFRESH, TICKET, TOKEN};

/// An open id and a code on which the ways to escape differ.
const OPEN_ID: &str = "T3Blb~klk/LUF+saWNl=*(a b)";
const CODE: &str = "auth~code 1*";

/// How one client writes.
struct Client {
    name: &'static str,
    /// Header lines, `PATH` and `HOST` to be filled in.
    head: &'static str,
    /// Characters left as they are, beside letters and digits.
    plain: &'static str,
    /// What a space becomes.
    space: &'static str,
    /// Whether hexadecimal digits are upper case.
    upper: bool,
    /// What "nothing" looks like: the field `open_id` of a check of the server's own code.
    nothing: Option<&'static str>,
    /// What follows the name of `load_more_count`.
    list: &'static str,
    reversed: bool,
}

/// `requests.post(url, data={...})`: quote_plus; a list of one repeats the name once.
const PYTHON: Client = Client {
    name: "python requests",
    head: "POST PATH HTTP/1.1\nHost: HOST\nUser-Agent: python-requests/2.28.0\n\
           Accept-Encoding: gzip, deflate\nAccept: */*\nConnection: keep-alive\n\
           Content-Type: application/x-www-form-urlencoded",
    plain: "_.-~",
    space: "+",
    upper: true,
    nothing: None,
    list: "",
    reversed: false,
};

/// `http_build_query`, which writes `~` as `%7E` under RFC 1738, behind an HTTP proxy: the target
/// is the whole URL. A list of one has its index.
const PHP: Client = Client {
    name: "php curl",
    head: "POST http://HOST_PATH HTTP/1.1\nHost: HOST\nAccept: */*\nProxy-Connection: Keep-Alive\n\
           Content-Type: application/x-www-form-urlencoded",
    plain: "_.-",
    space: "+",
    upper: true,
    nothing: Some(""),
    list: "%5B0%5D",
    reversed: false,
};

/// `querystring.stringify` with `http.request`: encodeURIComponent, so `%20` and a raw `*()`; null
/// is an empty field. The label is the one that has no boundary.
const NODE: Client = Client {
    name: "node http",
    head: "POST PATH HTTP/1.1\ncontent-type: multipart/form-data\nHost: HOST\n\
           Connection: keep-alive",
    plain: "_.-~!'()*",
    space: "%20",
    upper: true,
    nothing: Some(""),
    list: "",
    reversed: true,
};

/// A form library that escapes all it can, in lower case, and spells lists `name[]`.
const CAREFUL: Client = Client {
    name: "everything escaped",
    head: "POST PATH?ts=1 HTTP/1.1\nhost: HOST\ncontent-type: application/x-www-form-urlencoded; \
           charset=UTF-8\naccept: application/json",
    plain: "",
    space: "%20",
    upper: false,
    nothing: Some(""),
    list: "[]",
    reversed: true,
};

#[test]
fn python_requests_is_accepted_for_every_call() {
    session(&PYTHON);
}

#[test]
fn php_curl_through_a_proxy_is_accepted_for_every_call() {
    session(&PHP);
}

#[test]
fn node_http_with_the_wrong_label_is_accepted_for_every_call() {
    session(&NODE);
}

#[test]
fn a_client_that_escapes_everything_is_accepted_for_every_call() {
    session(&CAREFUL);
}

fn session(client: &Client) {
    let user = User::new(OPEN_ID).nick("天使😀").sex("1").adds("990001", [SCOPE_BASE_INFO]);
    let world = World::new()
        .app("990001", "peer secret~+/&=1")
        .user(user)
        .code(AuthCode::new(CODE, "990001", OPEN_ID));
    let emulator = Emulator::start(world).unwrap();
    let mut wire = Wire { client, stream: connect(&emulator), host: emulator.origin()[7..].into() };
    let (app, secret) = (("app_id", "990001"), ("secret", "peer secret~+/&=1"));
    let open_id = ("open_id", OPEN_ID);

    let grant = ("grant_type", "client_credential");
    let token = wire.ask(TOKEN, &[app, secret, grant])["access_token"].clone();
    let token = token.as_str().unwrap();
    let access = ("access_token", token);

    let grant = ("grant_type", "authorization_code");
    let login = wire.ask(TOKEN, &[app, secret, grant, ("code", CODE)]);
    assert_eq!(login["open_id"], OPEN_ID, "{}", client.name);
    let refresh = ("refresh_token", login["refresh_token"].as_str().unwrap());
    let grant = ("grant_type", "refresh_token");
    let user_token = wire.ask(REFRESH, &[app, grant, open_id, refresh])["access_token"].clone();

    let ticket = wire.ask(TICKET, &[app, access, ("type", "js_ticket")])["ticket"].clone();
    let ticket = ("code", ticket.as_str().unwrap());
    wire.check(&[app, ("type", "js_ticket"), ticket]);
    wire.check(&[app, ("type", "access_token"), ("code", token)]);
    let user_token = ("code", user_token.as_str().unwrap());
    wire.ask(CHECK, &[app, ("type", "access_token"), user_token, open_id]);

    assert_eq!(wire.ask(COUNT, &[app, access])["user_count"], 1);
    let count = &*format!("load_more_count{}", client.list);
    let page = wire.ask(LIST, &[app, access, ("load_more_id", "0"), (count, "100")]);
    assert_eq!(page[0]["open_id"], OPEN_ID);
    assert_eq!(wire.ask(ACCESS, &[app, open_id, access])[0], SCOPE_BASE_INFO);
    assert_eq!(wire.ask(ADDED, &[app, open_id, access])["is_added"], true);
    assert_eq!(wire.ask(INFO, &[app, open_id, access])["nick"], "天使😀");
}

/// One connection, as the client keeps it.
struct Wire<'c> {
    client: &'c Client,
    stream: TcpStream,
    host: String,
}

impl Wire<'_> {
    /// Asks, insists on success, and gives the data.
    fn ask(&mut self, path: &str, fields: &[(&str, &str)]) -> serde_json::Value {
        let mut fields: Vec<_> = fields.iter().map(|(n, v)| self.client.pair(n, v)).collect();
        if self.client.reversed {
            fields.reverse();
        }
        let head = self.client.head.replace("_PATH", path).replace("PATH", path);
        let head = head.replace("HOST", &self.host);
        let seen = exchange(&mut self.stream, &head, fields.join("&").as_bytes());
        assert_eq!(seen.status(), "2000", "{} {path}: {seen:?}", self.client.name);
        seen.json()["data"].take()
    }

    /// A check of what has no user, as this client writes "no user".
    fn check(&mut self, fields: &[(&str, &str)]) {
        let nothing = self.client.nothing.map(|nothing| ("open_id", nothing));
        let fields: Vec<_> = fields.iter().copied().chain(nothing).collect();
        self.ask(CHECK, &fields);
    }
}

impl Client {
    /// Names are written as they are: whoever escapes them has done so.
    fn pair(&self, name: &str, value: &str) -> String {
        let mut out = format!("{name}=");
        for byte in value.bytes() {
            match byte {
                b' ' => out.push_str(self.space),
                _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
                _ if self.plain.as_bytes().contains(&byte) => out.push(char::from(byte)),
                _ if self.upper => out.push_str(&format!("%{byte:02X}")),
                _ => out.push_str(&format!("%{byte:02x}")),
            }
        }
        out
    }
}
