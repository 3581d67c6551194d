//! Writing requests: a login's form has a secret, a code and two plain fields.
#![expect(clippy::unwrap_used, reason = "a benchmark whose input is refused should stop")]

use std::hint::black_box;
use std::process::ExitCode;

use form_urlencoded::Serializer;
use http::header::{ACCEPT, CONTENT_TYPE};
use yzb_bench::Bench;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode, Body, EndpointExt, Origin};

const APP_ID: &str = "100027";
const SECRET: &str = "4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e4f2d8c0e5b7a91c36d8e4f0a2b5c7d9e";
const CODE: &str = "a3f1c95e7b2d48c06f9a1e3d5c7b9f02a3f1c95e7b2d48c06f9a1e3d5c7b9f02";

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Encoding");
    let origin = Origin::production();
    let app_id = AppId::new(APP_ID).unwrap();
    let secret = AppSecret::new(SECRET).unwrap();
    let code = AuthCode::new(CODE).unwrap();
    let call = LogInUser { app_id: &app_id, secret: &secret, code: &code };

    let mut group = bench.group("a login's request, against the form alone");
    group.floor("floor: form_urlencoded by hand, body only", form_by_hand);
    group
        .row("LogInUser::to_request, whole", || black_box(&call).to_request(black_box(&origin)))
        .at_most(1.2);
    group.run();

    let mut group = bench.group("a login's request, against the same by hand");
    group.floor("floor: http::Request and form by hand", request_by_hand);
    group
        .row("LogInUser::to_request, whole", || black_box(&call).to_request(black_box(&origin)))
        .at_most(1.2);
    group.run();
    bench.finish()
}

fn form_by_hand() -> String {
    Serializer::new(String::new())
        .append_pair("app_id", black_box(APP_ID))
        .append_pair("secret", black_box(SECRET))
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", black_box(CODE))
        .finish()
}

fn request_by_hand() -> http::Request<Body> {
    http::Request::post("https://oauth.yuanzhibang.com/OAuth2/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(form_by_hand().into())
        .unwrap()
}
