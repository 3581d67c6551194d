//! Forms as different clients write them, read as one.

use http::Request;
use proptest::prelude::*;
use yzb_emulator::{Rule, User, World, demo};

use crate::scene::{INFO, Scene, TOKEN, escape};

#[test]
fn the_label_of_the_body_does_not_matter() {
    let body = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
    for label in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""] {
        let request = Request::post(TOKEN).header("content-type", label).body(body).unwrap();
        assert_eq!(Scene::new().send(&request).rule, Rule::ServerTokenIssued, "{label}");
    }
}

#[test]
fn neither_the_order_nor_unknown_fields_nor_the_spelling_matter() {
    for body in [
        "grant_type=client_credential&secret=peer-secret-0001&app_id=990001",
        "x=1&app_id=990001&secret=peer-secret-0001&grant_type=client_credential&y",
        "&app_id=%39%390001&&secret=peer%2Dsecret%2d0001&grant_type=client%5Fcredential&",
        "app_id=1&app_id=990001&secret=peer-secret-0001&grant_type=client_credential",
    ] {
        let request = Request::post(TOKEN).body(body).unwrap();
        assert_eq!(Scene::new().send(&request).rule, Rule::ServerTokenIssued, "{body}");
    }
}

#[test]
fn an_absolute_target_is_the_same_path() {
    let body = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
    let request = Request::post(format!("http://oauth.example{TOKEN}")).body(body).unwrap();
    assert_eq!(Scene::new().send(&request).rule, Rule::ServerTokenIssued);
}

#[test]
fn an_open_id_with_plus_and_slash_survives_only_if_it_is_encoded() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    assert_eq!(scene.about_user(INFO, &token, demo::RESERVED).rule, Rule::ScopeNotGranted);
    let raw = format!("app_id={}&access_token={token}&open_id={}", demo::APP_ID, demo::RESERVED);
    let asked = scene.send(&Request::post(INFO).body(raw).unwrap());
    assert_eq!(asked.rule, Rule::NotAdded, "a raw + is a space, and nobody is called that");
}

proptest! {
    #[test]
    fn whatever_bytes_come_there_is_an_answer(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        path in 0_usize..9,
        now in any::<u64>(),
    ) {
        use crate::scene::*;
        let path = [TOKEN, REFRESH, TICKET, CHECK, COUNT, LIST, ACCESS, ADDED, INFO][path];
        let mut scene = Scene::new();
        scene.now = now;
        let reply = scene.send(&Request::post(path).body(body).unwrap());
        prop_assert_eq!(reply.http.as_u16(), 200);
        prop_assert_eq!(reply.at("/data"), serde_json::json!([]));
    }

    #[test]
    fn any_text_goes_in_by_a_form_and_comes_out_in_json(
        open_id in "\\PC{1,30}",
        nick in any::<String>(),
        secret in any::<String>().prop_filter("an empty field is absent", |s| !s.is_empty()),
    ) {
        let user = User::new(&open_id).nick(&nick).adds("a", [yzb_emulator::SCOPE_BASE_INFO]);
        let mut scene = Scene::of(World::new().app("a", &secret).user(user));
        let secret = escape(&secret);
        let body = format!("app_id=a&secret={secret}&grant_type=client_credential");
        let token = scene.send(&Request::post(TOKEN).body(body).unwrap());
        let token = token.text("/data/access_token");
        let body = format!("app_id=a&access_token={token}&open_id={}", escape(&open_id));
        let info = scene.send(&Request::post(INFO).body(body).unwrap());
        prop_assert_eq!(info.text("/data/nick"), nick);
    }
}
