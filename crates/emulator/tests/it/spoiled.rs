//! Faults and quirks together: what spoils the content does so before it is compressed.

use yzb_emulator::{Emulator, Fault, FaultKind, Quirk, User, World, demo};

use crate::raw::{Seen, post};
use crate::scene::{INFO, Scene, TOKEN};

const ASK: &str = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";

fn ask(quirk: Quirk, fault: Fault) -> Seen {
    let builder = Emulator::builder(World::demo()).quirks(quirk).faults(fault);
    post(&builder.start().unwrap(), TOKEN, ASK)
}

/// Undoes the packing: one gzip member of stored blocks.
fn unpacked(seen: &Seen) -> Vec<u8> {
    assert_eq!(seen.header("content-encoding"), Some("gzip"));
    let (mut body, mut rest) = (Vec::new(), &seen.body[10..]);
    loop {
        let length = usize::from(rest[1]) | usize::from(rest[2]) << 8;
        body.extend_from_slice(&rest[5..5 + length]);
        let last = rest[0] == 1;
        rest = &rest[5 + length..];
        if last {
            assert_eq!(rest.len(), 8, "nothing but checksum and length is left");
            let told = u32::from_le_bytes(rest[4..].try_into().unwrap());
            assert_eq!(told as usize, body.len());
            return body;
        }
    }
}

#[test]
fn an_oversized_body_is_compressed_whole() {
    let body = unpacked(&ask(Quirk::Gzip, Fault::new(FaultKind::Oversized).bytes(100_000)));
    assert!(body.len() > 100_000);
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["status"], "2000");
}

#[test]
fn malformed_json_is_malformed_when_it_is_unpacked() {
    let body = unpacked(&ask(Quirk::Gzip, Fault::new(FaultKind::MalformedJson)));
    assert!(body.starts_with(b"{\"status\":"));
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
}

#[test]
fn a_gateways_page_and_an_empty_body_are_not_compressed() {
    let page = ask(Quirk::Gzip, Fault::new(FaultKind::ServerError).acts(true));
    assert_eq!((page.http(), page.header("content-encoding")), (502, None));
    assert!(page.text().starts_with("<html>"));
    let empty = ask(Quirk::Gzip, Fault::new(FaultKind::EmptyBody));
    assert_eq!(
        (empty.header("content-length"), empty.header("content-encoding")),
        (Some("0"), None)
    );
}

#[test]
fn an_oversized_padded_body_has_one_key_more() {
    let seen = ask(Quirk::Padded, Fault::new(FaultKind::Oversized).bytes(1000));
    assert_eq!(seen.json()["padding"].as_str().unwrap().len(), 1000 - 13);
    assert!(seen.text().ends_with("\r\n \n"));
}

#[test]
fn a_redirect_has_the_status_it_is_given() {
    for status in [300, 307, 399] {
        let fault = Fault::new(FaultKind::Redirect).http_status(status);
        assert_eq!(ask(Quirk::Bom, fault).http(), status);
    }
}

#[test]
fn a_sex_that_is_no_number_stays_a_text() {
    let user = User::new("u").sex("x").adds(demo::APP_ID, ["user/get_user_base_info"]);
    let mut scene = Scene::of(World::demo().user(user));
    scene.platform.set_quirks(Quirk::SexNumber);
    let token = scene.server_token();
    assert_eq!(scene.about_user(INFO, &token, "u").at("/data/sex"), "x");
    assert_eq!(scene.about_user(INFO, &token, demo::ANGEL).at("/data/sex"), 1);
}
