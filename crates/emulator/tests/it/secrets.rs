//! Nothing secret shows in Debug output.

use yzb_emulator::{AuthCode, Emulator, User, World, demo};

use crate::scene::Scene;

#[test]
fn no_secret_token_ticket_or_code_is_printed() {
    let world = World::demo()
        .app("planted-app", "planted-secret")
        .user(User::new("planted-user"))
        .code(AuthCode::new("planted-code", "planted-app", "planted-user"));
    let planted = AuthCode::new("planted-code-too", "planted-app", "planted-user");
    let mut shown = format!("{world:?} {world:#?} {planted:?}");
    let emulator = Emulator::start(world.clone()).unwrap();
    let mut hidden = vec![
        "planted-secret".to_owned(),
        "planted-code".to_owned(),
        demo::APP_SECRET.to_owned(),
        demo::AUTH_CODE.to_owned(),
        emulator.issue_code(demo::APP_ID, demo::ANGEL),
    ];

    let mut scene = Scene::of(world);
    let token = scene.server_token();
    let login = scene.login(demo::AUTH_CODE);
    hidden.extend([scene.ticket(&token), scene.ticket(&token), token]);
    hidden.extend([login.text("/data/access_token"), login.text("/data/refresh_token")]);
    hidden.push(scene.platform.issue_code(scene.now, demo::APP_ID, demo::ANGEL));
    hidden.push(scene.server_token());

    let builder = Emulator::builder(World::demo());
    shown += &format!("{:?} {:#?} {emulator:?} {builder:?}", scene.platform, scene.platform);
    for secret in hidden {
        assert!(!shown.contains(&secret), "{secret} shows");
    }
    assert!(shown.contains("planted-app") && shown.contains("planted-user"), "ids may show");
}
