//! What the server's token can ask about users.

use serde_json::json;
use yzb_emulator::{Rule, SCOPE_BASE_INFO, User, World, demo};

use crate::scene::{ACCESS, ADDED, COUNT, INFO, LIST, Reply, Scene, TOKEN};

fn page(scene: &mut Scene, token: &str, after: &str, count: &str) -> Reply {
    let fields = [("access_token", token), ("load_more_id", after), ("load_more_count", count)];
    scene.app_asks(LIST, &fields)
}

#[test]
fn base_info_of_one_who_granted_it() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let info = scene.about_user(INFO, &token, demo::ANGEL);
    assert_eq!(info.rule, Rule::BaseInfoRead);
    let expected =
        json!({"nick": "天使😀", "avatar": "https://upload.example.invalid/a/b.jpeg", "sex": "1"});
    assert_eq!(info.at("/data"), expected);
}

#[test]
fn base_info_without_the_scope_is_4103() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let refused = scene.about_user(INFO, &token, demo::RESERVED);
    assert_eq!((refused.rule, refused.status().as_str()), (Rule::ScopeNotGranted, "4103"));
}

#[test]
fn another_scope_is_not_this_scope() {
    let world = World::demo().user(User::new("u").adds(demo::APP_ID, ["user/else"]));
    let mut scene = Scene::of(world);
    let token = scene.server_token();
    assert_eq!(scene.about_user(INFO, &token, "u").rule, Rule::ScopeNotGranted);
    assert_eq!(scene.about_user(ACCESS, &token, "u").at("/data"), json!(["user/else"]));
}

#[test]
fn one_who_has_not_added_the_app_is_4104_and_so_is_nobody() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    for open_id in [demo::STRANGER, "nobody"] {
        for path in [INFO, ACCESS] {
            let refused = scene.about_user(path, &token, open_id);
            assert_eq!((refused.rule, refused.status().as_str()), (Rule::NotAdded, "4104"));
        }
        assert_eq!(
            scene.about_user(ADDED, &token, open_id).at("/data"),
            json!({"is_added": false})
        );
    }
    let added = scene.about_user(ADDED, &token, demo::RESERVED);
    assert_eq!(added.at("/data"), json!({"is_added": true}));
}

#[test]
fn scopes_are_a_list_of_strings_and_2011_when_there_are_none() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let scopes = scene.about_user(ACCESS, &token, demo::ANGEL);
    assert_eq!(scopes.at("/data"), json!([SCOPE_BASE_INFO]));
    let none = scene.about_user(ACCESS, &token, demo::RESERVED);
    assert_eq!(none.body, r#"{"status":"2011","message":"ok","data":[]}"#);
}

#[test]
fn the_count_is_of_those_who_added_the_app() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let count = scene.app_asks(COUNT, &[("access_token", &token)]);
    assert_eq!(count.at("/data"), json!({"user_count": 252}));
}

#[test]
fn the_list_has_three_pages_and_then_2011() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let (mut after, mut sizes, mut open_ids) = ("0".to_owned(), Vec::new(), Vec::new());
    let end = loop {
        let page = page(&mut scene, &token, &after, "100");
        if page.rule != Rule::UsersListed {
            break page;
        }
        let entries = page.at("/data");
        let entries = entries.as_array().unwrap();
        sizes.push(entries.len());
        open_ids.extend(entries.iter().map(|e| e["open_id"].as_str().unwrap().to_owned()));
        after = entries.last().unwrap()["id"].as_str().unwrap().to_owned();
    };
    assert_eq!(sizes, [100, 100, 52]);
    assert_eq!(end.body, r#"{"status":"2011","message":"ok","data":[]}"#);
    assert_eq!(open_ids[..3], [demo::ANGEL, demo::RESERVED, "demo-user-001"]);
    open_ids.sort();
    open_ids.dedup();
    assert_eq!(open_ids.len(), 252, "each user once");
}

#[test]
fn ids_have_gaps_and_a_page_may_start_after_one() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let first = page(&mut scene, &token, "0", "3").at("/data");
    assert_eq!(
        first,
        json!([
            {"id": "1", "open_id": demo::ANGEL},
            {"id": "2", "open_id": demo::RESERVED},
            {"id": "4", "open_id": "demo-user-001"},
        ])
    );
    // Id 3 is the stranger's.
    assert_eq!(page(&mut scene, &token, "3", "1").text("/data/0/id"), "4");
    assert_eq!(page(&mut scene, &token, "2", "1").text("/data/0/id"), "4");
    assert_eq!(page(&mut scene, &token, "252", "100").text("/data/0/id"), "253");
}

#[test]
fn a_page_has_at_most_100_and_takes_only_numbers() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let all = page(&mut scene, &token, "0", "1000000");
    assert_eq!(all.at("/data").as_array().unwrap().len(), 100);
    assert_eq!(page(&mut scene, &token, "99999999999999999999999", "1").rule, Rule::NoUsers);

    let refused = |after, count| page(&mut Scene::new(), "x", after, count).rule;
    assert_eq!(refused("-1", "100"), Rule::FieldInvalid("load_more_id"));
    assert_eq!(refused("x", "100"), Rule::FieldInvalid("load_more_id"));
    assert_eq!(refused("0", "0"), Rule::FieldInvalid("load_more_count"));
    assert_eq!(refused("0", "1e2"), Rule::FieldInvalid("load_more_count"));
    assert_eq!(refused("0", ""), Rule::FieldMissing("load_more_count"));
}

#[test]
fn an_app_without_users_counts_zero_and_lists_nothing() {
    let mut scene = Scene::new();
    let app = ("app_id", demo::EMPTY_APP_ID);
    let grant = ("grant_type", "client_credential");
    let token = scene.ask(TOKEN, &[app, ("secret", demo::EMPTY_APP_SECRET), grant]);
    let token = token.text("/data/access_token");
    let token = ("access_token", token.as_str());
    let count = scene.ask(COUNT, &[app, token]);
    assert_eq!(count.body, r#"{"status":"2000","message":"ok","data":{"user_count":0}}"#);
    let list = scene.ask(LIST, &[app, token, ("load_more_id", "0"), ("load_more_count", "100")]);
    assert_eq!((list.rule, list.status().as_str()), (Rule::NoUsers, "2011"));
}
