//! Reading answers: everything that the platform may do to a value is looked for, and tokens end
//! up in types that are wiped. The floor does none of it: it is a plain derive into owned strings.
#![expect(clippy::unwrap_used, reason = "a benchmark whose input is refused should stop")]

use std::hint::black_box;
use std::process::ExitCode;

use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use yzb_bench::Bench;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode, EndpointExt};

/// The document's own answer to a login, in 484 bytes.
const LOGIN: &str = r#"{"status":2000,"message":"ok","data":{"open_id":"bkNhRE1LN2FGb3pnWEJKS2l0MzZ0OCt3cVMwRkE0SXJTaDd6T2FNSWp0UjhhMUt1N29Db3ltcEZabXFMaGp0d0c1WDU3czk5QVkwbmlTSHVoblZ0elZoMWhXT2tFYW1FSElzaFZuU3VRSWhzM1VKd3RxL3ozSU1rUWMwaUt2TGk4OHA5c21lS3pRTmV1YTRRTEJ6L0c1N3pyU3NVYlUwM01qd203WTRVUDZBPQ","access_token":"5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de","expires_in":7200,"refresh_token":"1503c423d5303ccab35cb26792f403fcae48eec2bedca99b2e9259683f2a31ac","scope":"sns_base"}}"#;

/// The document's own refusal of a code.
const REFUSED: &str = r#"{"status":"4102","message":"authorization_code is invalid","data":[]}"#;

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
struct PlainLogin {
    status: u16,
    message: String,
    data: PlainData,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
struct PlainData {
    open_id: String,
    access_token: String,
    expires_in: u64,
    refresh_token: String,
    scope: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
struct PlainRefusal {
    status: String,
    message: String,
    data: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
struct RawEnvelope<'a> {
    status: u16,
    message: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Decoding");
    login(&mut bench);
    refusal(&mut bench);
    bench.finish()
}

fn login(bench: &mut Bench) {
    let answer = answer(LOGIN);
    let (app_id, secret, code) = parameters();
    let call = LogInUser { app_id: &app_id, secret: &secret, code: &code };
    let bytes = || black_box(LOGIN.as_bytes());

    let mut group = bench.group("the document's answer to a login, 484 bytes");
    group.floor("floor: plain owned derive, from bytes", || {
        serde_json::from_slice::<PlainLogin>(bytes()).unwrap()
    });
    group
        .row("LogInUser::read_answer", || call.read_answer(black_box(&answer)).unwrap())
        .at_most(1.0)
        .allocates(4);
    group.row("plain owned derive, from a checked text", || {
        serde_json::from_str::<PlainLogin>(black_box(LOGIN)).unwrap()
    });
    group.row("derived envelope, RawValue, derived data", || {
        let envelope: RawEnvelope<'_> = serde_json::from_slice(bytes()).unwrap();
        serde_json::from_str::<PlainData>(envelope.data.get()).unwrap()
    });
    group.row("serde_json::Value, then derived data", || {
        let mut value: Value = serde_json::from_slice(bytes()).unwrap();
        serde_json::from_value::<PlainData>(value["data"].take()).unwrap()
    });
    group.run();
}

fn refusal(bench: &mut Bench) {
    let answer = answer(REFUSED);
    let (app_id, secret, code) = parameters();
    let call = LogInUser { app_id: &app_id, secret: &secret, code: &code };

    let mut group = bench.group("the document's refusal of a code (4102), 69 bytes");
    group.floor("floor: plain owned derive, from bytes", || {
        serde_json::from_slice::<PlainRefusal>(black_box(REFUSED.as_bytes())).unwrap()
    });
    group
        .row("LogInUser::read_answer", || call.read_answer(black_box(&answer)).unwrap_err())
        .at_most(1.0)
        .allocates(1);
    group.row("serde_json::Value", || {
        serde_json::from_slice::<Value>(black_box(REFUSED.as_bytes())).unwrap()
    });
    group.run();
}

fn answer(body: &'static str) -> http::Response<&'static [u8]> {
    let mut answer = http::Response::new(body.as_bytes());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn parameters() -> (AppId, AppSecret, AuthCode) {
    (
        AppId::new("100027").unwrap(),
        AppSecret::new("4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e").unwrap(),
        AuthCode::new("a3f1c95e7b2d48c06f9a1e3d5c7b9f02").unwrap(),
    )
}
