//! Who may come in, and do what.

use yzb_cache::{Store as _, StoreErrorKind};

use crate::support::server::{PASSWORD, at, patient, text};
use crate::support::{Server, eventually, failure, key, token, works};

#[tokio::test]
async fn a_wrong_password_and_a_missing_one_are_an_operators_business() {
    let server = Server::start();
    server.command(&["ACL", "SETUSER", "default", "resetpass", ">planted-default"]);
    let url = |login: &str| format!("redis://{login}127.0.0.1:{}", server.port);
    for login in ["yzb:planted-wrong@", "nobody:planted@", ":planted-wrong@", ""] {
        let store = at(&url(login));
        let error = store.load(&key()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Denied, "{login}");
        assert_eq!(failure(Err::<(), _>(error)), "wrong-password", "{login}");
    }
    // Only the password, as an old server wants it.
    let store = at(&url(":planted-default@"));
    store.load(&key()).await.unwrap();
}

#[tokio::test]
async fn a_user_without_a_password_is_not_taken_for_nobody() {
    let server = Server::start();
    server.command(&["ACL", "SETUSER", "open", "on", "nopass", "allkeys", "+@all"]);
    let entered = |user: &str| at(&format!("redis://{user}@127.0.0.1:{}", server.port));
    let store = entered("open");
    store.load(&key()).await.unwrap();
    let clients = text(&server.command(&["CLIENT", "LIST"]));
    assert!(clients.lines().any(|line| line.contains("user=open")), "{clients}");
    // Everybody may come in here, and `yzb` may not without a password.
    assert_eq!(failure(entered("yzb").load(&key()).await), "wrong-password");
}

#[tokio::test]
async fn a_password_of_any_characters_lets_us_in_escaped_in_a_url_or_as_it_is() {
    let server = Server::start();
    let password = "p@s:s/w?o#r[d]% &=+\\\"'{}|é猿~`^<>;,";
    let escaped: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    server.command(&[
        "ACL",
        "SETUSER",
        "us:er@é",
        "on",
        &format!(">{password}"),
        "allkeys",
        "+@all",
    ]);
    let user = "us%3Aer%40%C3%A9";
    at(&format!("redis://{user}:{escaped}@127.0.0.1:{}", server.port)).load(&key()).await.unwrap();
    let socket = server.folder.path().join("socket");
    let url = format!("redis+unix://{}?user={user}&pass={escaped}", socket.display());
    at(&url).load(&key()).await.unwrap();
    let told = patient().server(format!("redis://127.0.0.1:{}", server.port));
    told.user("us:er@é").password(password).build().unwrap().load(&key()).await.unwrap();
}

#[tokio::test]
async fn a_password_is_changed_without_a_moment_in_which_nobody_comes_in() {
    let server = Server::start();
    let old = server.store();
    old.load(&key()).await.unwrap();
    // As the page for operators says: the new one first, then the processes, then the old one goes.
    server.command(&["ACL", "SETUSER", "yzb", ">planted-new"]);
    let new = server.builder().password("planted-new").build().unwrap();
    new.load(&key()).await.unwrap();
    server.command(&["ACL", "SETUSER", "yzb", &format!("<{PASSWORD}")]);
    // Who is in stays in, and comes in no more.
    old.save(&key(), &token("t", 1)).await.unwrap();
    server.kill_clients();
    assert_eq!(failure(old.load(&key()).await), "wrong-password");
    new.load(&key()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_know_a_command_and_quotes_what_came_with_it_is_not_repeated() {
    let server = Server::with("rename-command AUTH \"\"\nrename-command EVALSHA \"\"");
    // `failure` looks for what was planted, the password in it.
    assert_eq!(failure(server.store().load(&key()).await), "refused");
    server.command(&["ACL", "SETUSER", "default", "on", "nopass", "allkeys", "+@all"]);
    let nameless = at(&format!("redis://127.0.0.1:{}", server.port));
    let planted = nameless.save(&key(), &token("planted-code", 1)).await;
    assert_eq!(failure(planted), "refused");
}

#[tokio::test]
async fn a_permission_that_is_missing_is_told_from_a_wrong_password() {
    let server = Server::start();
    let reader = format!("redis://reader:{PASSWORD}@127.0.0.1:{}", server.port);
    let reader = at(&reader);
    assert_eq!(failure(reader.load(&key()).await), "no-permission");
    // In a script, too.
    server.command(&["ACL", "SETUSER", "yzb", "-set"]);
    let store = server.store();
    let error = store.save(&key(), &token("t", 1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Denied);
    assert_eq!(failure(store.turn(&key()).await), "no-permission");
    server.command(&["ACL", "SETUSER", "yzb", "+set"]);
    store.save(&key(), &token("t", 1)).await.unwrap();
}

#[tokio::test]
async fn too_many_clients_are_told_from_a_wrong_password() {
    let server = Server::start();
    let store = server.store();
    store.load(&key()).await.unwrap();
    server.command(&["CONFIG", "SET", "maxclients", "1"]);
    eventually("there is no room", async || server.store().load(&key()).await.is_err()).await;
    assert_eq!(failure(server.store().load(&key()).await), "too-many-clients");
    // Who is in stays in.
    store.load(&key()).await.unwrap();
    drop(store);
    works(&server.store()).await;
}
