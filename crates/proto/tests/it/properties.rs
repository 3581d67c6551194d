//! Properties: any bytes in, no panic and no secret out; what is encoded is what arrives; a scan
//! accepts exactly what a browser's own rules leave alone.

use proptest::prelude::*;
use url::Url;
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::{
    Credential, Data, DecodeErrorKind, Endpoint, EndpointExt, Error, Form, JsTicket, Nonce, Origin,
    PageUrl, Record, ServerAccessToken, Signer, UnixSeconds,
};

use crate::support::{Cast, answer, shown};

/// Text that is nearly an answer: pieces of JSON, a planted secret, and noise.
fn nearly_an_answer() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{\"status\":".to_owned()),
        Just("\"2000\",".to_owned()),
        Just("2000,".to_owned()),
        Just("4102,".to_owned()),
        Just("\"message\":\"planted-code\",".to_owned()),
        Just("\"data\":{\"ticket\":\"planted-ticket\",".to_owned()),
        Just("\"expires_in\":".to_owned()),
        Just("\"open_id\":\"planted-ticket\"".to_owned()),
        Just("[]".to_owned()),
        Just("}".to_owned()),
        Just("}}".to_owned()),
        Just("null".to_owned()),
        Just("\\ud800".to_owned()),
        Just("\u{feff}".to_owned()),
        "[-0-9.eE]{1,30}",
        "\\PC{0,5}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn look_at(body: &[u8], http: u16) {
    let cast = Cast::new();
    let response = answer(http, "text/html", body);
    let errors: [Option<Error>; 3] = [
        cast.login().read_answer(&response).err(),
        cast.issue_ticket().read_answer(&response).err(),
        cast.check_ticket().read_answer(&response).err(),
    ];
    for error in errors.into_iter().flatten() {
        let text = shown(&error);
        assert!(!text.contains("planted"), "{text}");
        assert!(text.len() < 4000, "{text}");
    }
    let _ = Record::<ServerAccessToken>::read(body);
}

/// A call with fields of any text, to see what arrives.
struct AnyFields<'a>(&'a [(&'static str, String)]);

impl Endpoint for AnyFields<'_> {
    const PATH: &'static str = "/any";
    const CREDENTIAL: Credential = Credential::ServerToken;
    type Output = ();

    fn form(&self, form: &mut Form) {
        for (name, value) in self.0 {
            form.field(name, value);
        }
    }

    fn read(_: &mut Data<'_>) -> Result<(), DecodeErrorKind> {
        Ok(())
    }
}

fn any_fields() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec!["app_id", "code", "open_id", "a b", "猿&=+%"]);
    let value = prop_oneof![any::<String>(), "[ +&%=;~\\r\\n\\x00猿😀a]{0,20}"];
    prop::collection::vec((name, value), 0..6)
}

/// Somewhere near a URL: the characters that mean something, in likely places.
fn nearly_a_url() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["https://", "http://", "HTTP://", "https:/", "ftp://"]);
    let host = prop_oneof![
        "[a-z]{1,6}(\\.[a-z]{1,3}){0,2}\\.?",
        "[a-zA-Z0-9._~!$&'()*+,;=%-]{1,10}",
        "[0-9x.]{1,12}",
        "\\[[0-9a-f:.]{2,12}\\]",
        Just("[::ffff:102:304]".to_owned()),
        "xn--[a-z0-9-]{1,8}",
        "\\PC{0,4}",
    ];
    let port = prop_oneof![Just(String::new()), ":[0-9]{0,6}", Just(":443".to_owned())];
    let path = prop_oneof![
        "(/[a-z.]{0,3}){0,4}",
        "(/(\\.|\\.\\.|%2e|%2E\\.|a)){0,4}/?",
        "/[ -~]{0,8}",
        "/\\PC{0,4}",
    ];
    let tail = prop_oneof![Just(String::new()), "\\?[ -~]{0,8}", "#[ -~]{0,8}", "\\PC{0,4}"];
    (scheme, host, port, path, tail)
        .prop_map(|(scheme, host, port, path, tail)| format!("{scheme}{host}{port}{path}{tail}"))
}

fn is_web_page(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none();
    matches!(url.scheme(), "http" | "https") && plain
}

/// An IPv4 address inside an IPv6 one, which a scan leaves to the parser.
fn is_mapped(url: &Url) -> bool {
    let segments = |host: url::Host<&str>| match host {
        url::Host::Ipv6(address) => Some(address.to_string()),
        _ => None,
    };
    url.host().and_then(segments).is_some_and(|text| text.contains('.'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_in_and_no_panic_out(body in prop::collection::vec(any::<u8>(), 0..200)) {
        look_at(&body, 200);
    }

    #[test]
    fn anything_like_an_answer_in_and_no_secret_out(
        body in nearly_an_answer(),
        http in prop::sample::select(vec![200_u16, 302, 404, 502]),
    ) {
        look_at(body.as_bytes(), http);
    }

    #[test]
    fn what_is_encoded_is_what_the_emulator_reads(fields in any_fields()) {
        let request = AnyFields(&fields).to_request(&Origin::production());
        let read = yzb_emulator::read_form(request.body().as_ref()).unwrap();
        let sent: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn every_secret_arrives_as_it_was(text in "[!-%'-~]{1,60}") {
        let cast = Cast::new();
        let ticket = JsTicket::new(&text).unwrap();
        let call = CheckCode { app_id: &cast.app_id, code: CheckedCode::JsTicket(&ticket) };
        let request = call.to_request(&Origin::production());
        let read = yzb_emulator::read_form(request.body().as_ref()).unwrap();
        prop_assert!(read.contains(&("code".to_owned(), text)));
    }

    #[test]
    fn a_record_survives_the_way_through_the_store(text in "[!-%'-~]{1,60}", moment in 1_000_000_000_u64..100_000_000_000) {
        let record = Record::new(JsTicket::new(&text).unwrap(), UnixSeconds::new(moment));
        let json = record.to_json();
        let (back, drift) = Record::<JsTicket>::read(json.as_ref()).unwrap();
        prop_assert!(back.code.same_as(&record.code) && drift.is_empty());
        prop_assert_eq!(back.expires_at, record.expires_at);
        // And as the published clients read it: parse, take one field.
        let parsed: serde_json::Value = serde_json::from_slice(json.as_ref()).unwrap();
        prop_assert_eq!(parsed["js_ticket"].as_str(), Some(text.as_str()));
        prop_assert_eq!(parsed["expires_in"].as_u64(), Some(moment));
    }

    #[test]
    fn what_a_scan_accepts_a_browser_leaves_alone(text in nearly_a_url()) {
        if let Ok(page) = PageUrl::scan(&text) {
            match Url::parse(&text) {
                Ok(url) => prop_assert_eq!(url.as_str(), &text),
                Err(error) => prop_assert!(text.contains("xn--"), "{}: {}", text, error),
            }
            prop_assert!(text.starts_with(page.as_str()));
        }
    }

    #[test]
    fn what_a_browser_reports_a_scan_accepts(text in nearly_a_url()) {
        let reported = Url::parse(&text).ok().filter(|url| is_web_page(url) && !is_mapped(url));
        if let Some(url) = reported {
            prop_assert!(PageUrl::scan(url.as_str()).is_ok(), "{:?}", PageUrl::scan(url.as_str()));
        }
    }

    #[cfg(feature = "url")]
    #[test]
    fn a_rewrite_is_what_a_browser_reports_and_names_its_changes(text in nearly_a_url()) {
        match (PageUrl::rewrite(&text), Url::parse(&text)) {
            (Ok(rewritten), Ok(url)) => {
                let changed = url.as_str() != text || !is_web_page(&url);
                prop_assert_eq!(changed, !rewritten.lints.is_empty(), "{:?}", rewritten);
                let again = PageUrl::scan(url.as_str());
                if is_web_page(&url) && !is_mapped(&url) {
                    prop_assert_eq!(again, Ok(rewritten.page.clone()));
                }
            }
            (Err(_), Ok(url)) => prop_assert!(!matches!(url.scheme(), "http" | "https")),
            (Ok(_), Err(error)) => prop_assert!(false, "{text}: {error}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn a_signature_is_the_hash_of_the_documented_string(
        ticket in "[!-%'-~]{1,140}",
        nonce in "[A-Za-z0-9_-]{4,128}",
        timestamp in any::<u64>(),
        path in "(/[a-z0-9]{0,30}){0,6}",
    ) {
        let href = format!("https://h.example{path}/");
        let page = PageUrl::scan(&href).unwrap();
        let signer = Signer::new(&JsTicket::new(&ticket).unwrap());
        let signature = signer.sign(&Nonce::new(&nonce).unwrap(), UnixSeconds::new(timestamp), &page);
        let text = format!("js_ticket={ticket}&nonce_str={nonce}&timestamp={timestamp}&url=https://h.example{path}");
        prop_assert_eq!(signature.to_string(), sha1_hex(text.as_bytes()));
    }
}

fn sha1_hex(bytes: &[u8]) -> String {
    use sha1::{Digest, Sha1};
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
