//! The server at a path.

use std::os::unix::fs::PermissionsExt as _;

use tokio::net::UnixStream;
use yzb_axum::{Listener, ServeErrorKind, ServeLimits};

use crate::scene::{APP, Scene};
use crate::serving::{Running, exchange, request};

#[tokio::test]
async fn a_unix_socket_has_its_permissions_and_replaces_a_dead_one() {
    let folder = std::env::temp_dir().join(format!("yzb-axum-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("socket");
    let _ = std::fs::remove_file(&path);
    // As a process that was killed leaves it.
    drop(tokio::net::UnixListener::bind(&path).unwrap());
    let scene = Scene::new();
    let listener = Listener::unix(&path, 0o600).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let running = Running::start(scene.service().build(), listener, ServeLimits::default());
    let mut stream = UnixStream::connect(&path).await.unwrap();
    let answer = exchange(&mut stream, &request(&format!("{APP}/user-count"))).await;
    assert!(answer.ends_with(r#"{"count":252}"#), "{answer}");
    let error = Listener::unix(&path, 0o600).await.unwrap_err();
    assert_eq!(error.kind(), ServeErrorKind::Bind);
    running.stop().await;
    assert!(!path.exists(), "it is removed at the end");
    std::fs::write(&path, "not a socket").unwrap();
    assert_eq!(Listener::unix(&path, 0o600).await.unwrap_err().kind(), ServeErrorKind::Bind);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left behind");
    std::fs::remove_dir_all(&folder).unwrap();
}
