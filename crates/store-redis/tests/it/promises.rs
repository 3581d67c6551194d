//! The suite that every store passes, on each kind of Redis, with the permissions that the page for
//! operators wants and no others.

use std::time::Duration;

use yzb_cache::{Store as _, conformance};
use yzb_store_redis::Builder;

use crate::support::cluster::Cluster;
use crate::support::folder::Folder;
use crate::support::process::free_port;
use crate::support::sentinel::{Sentinel, Watched};
use crate::support::server::{PASSWORD, at, patient};
use crate::support::tls::Authority;
use crate::support::{Server, failure, key, token};

async fn keeps_its_promises(builder: impl Fn() -> Builder) {
    let (one, other) = (builder().build().unwrap(), builder().build().unwrap());
    let report = conformance::check(&one, &other).await.unwrap();
    assert!(report.gives_turns() && report.refuses_older_records(), "{report:?}");
    assert!(report.refuses_who_saw_something_else(), "{report:?}");
    assert!(report.keeps_generations() && report.keeps_moments_of_issue(), "{report:?}");
}

#[tokio::test]
async fn a_single_server_keeps_the_promises_of_a_store() {
    let server = Server::start();
    keeps_its_promises(|| server.builder()).await;
    // And behind a prefix, in a database of its own, to whom it is given.
    server.command(&["ACL", "SETUSER", "yzb", "resetkeys", "~staging:*"]);
    keeps_its_promises(|| server.builder().key_prefix("staging:").database(7)).await;
}

#[tokio::test]
async fn a_unix_socket_keeps_them() {
    let server = Server::start();
    let socket = server.folder.path().join("socket");
    let url = format!("redis+unix://{}?user=yzb&pass={PASSWORD}", socket.display());
    keeps_its_promises(|| patient().server(&url)).await;
}

#[tokio::test]
async fn sentinels_keep_them() {
    let watched = Watched::start().await;
    keeps_its_promises(|| watched.builder()).await;
}

#[tokio::test]
async fn a_cluster_of_one_node_keeps_them() {
    let cluster = Cluster::start(1).await;
    keeps_its_promises(|| cluster.builder()).await;
}

#[tokio::test]
async fn a_server_with_tls_keeps_them() {
    let (authority, folder, port) = (Authority::new(), Folder::new(), free_port());
    let lines = authority.lines(&folder, &["127.0.0.1"], port);
    let _server = Server::with(&lines);
    let url = format!("rediss://yzb:{PASSWORD}@127.0.0.1:{port}");
    // The server asks for a certificate, too.
    let nameless = patient().server(&url).trust(authority.pem()).build().unwrap();
    assert!(nameless.load(&key()).await.is_err());
    let (certificate, secret) = authority.issue(&["client.example"]);
    keeps_its_promises(|| {
        patient().server(&url).trust(authority.pem()).identity(certificate.clone(), secret.clone())
    })
    .await;
}

#[tokio::test]
async fn a_cluster_with_tls_keeps_them() {
    let (authority, folder, port) = (Authority::new(), Folder::new(), free_port());
    let tls = authority.lines(&folder, &["127.0.0.1"], port);
    let lines = format!("{tls}tls-auth-clients no\ntls-cluster yes");
    let cluster = Cluster::with(1, &lines).await;
    let url = format!("rediss://yzb:{PASSWORD}@127.0.0.1:{port}");
    keeps_its_promises(|| patient().cluster([&url]).trust(authority.pem())).await;
    drop(cluster);
}

#[tokio::test]
async fn sentinels_with_tls_keep_them() {
    let (authority, folder, port) = (Authority::new(), Folder::new(), free_port());
    let lines = authority.lines(&folder, &["127.0.0.1"], port);
    let _master = Server::with(&format!("{lines}tls-auth-clients no\ntls-replication yes"));
    let (files, tls_port) = (Folder::new(), free_port());
    let lines = authority.lines(&files, &["127.0.0.1"], tls_port);
    let lines = format!("{lines}tls-auth-clients no\ntls-replication yes");
    let _sentinel = Sentinel::watching(port, &lines);
    let url = format!("rediss://yzb-sentinel:{PASSWORD}@127.0.0.1:{tls_port}");
    keeps_its_promises(|| {
        let builder = patient().sentinels([&url], "mymaster").trust(authority.pem());
        builder.user("yzb").password(PASSWORD)
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_over_or_of_another_host_is_told_from_a_server_that_is_down()
 {
    let (authority, folder, port) = (Authority::new(), Folder::new(), free_port());
    let lines = authority.lines(&folder, &["elsewhere.example"], port);
    let server = Server::with(&format!("{lines}tls-auth-clients no"));
    let url = format!("rediss://yzb:{PASSWORD}@127.0.0.1:{port}");
    for trusted in [authority.pem(), Authority::new().pem()] {
        let store = patient().server(&url).trust(trusted).build().unwrap();
        assert_eq!(failure(store.load(&key()).await), "tls");
    }
    let (expired, over) = (Folder::new(), free_port());
    let lines = authority.expired_lines(&expired, &["127.0.0.1"], over);
    let _server = Server::with(&format!("{lines}tls-auth-clients no"));
    let store = patient().server(format!("rediss://yzb:{PASSWORD}@127.0.0.1:{over}"));
    let store = store.trust(authority.pem()).build().unwrap();
    assert_eq!(failure(store.load(&key()).await), "tls");
    // A server that speaks no TLS there, and TLS where the client speaks none.
    let plain = format!("rediss://yzb:{PASSWORD}@127.0.0.1:{}", server.port);
    let store = patient().server(plain).trust(authority.pem());
    let store = store.connect_timeout(Duration::from_millis(200)).build().unwrap();
    assert_eq!(failure(store.load(&key()).await), "silent");
    let store = at(&format!("redis://yzb:{PASSWORD}@127.0.0.1:{port}"));
    assert!(store.save(&key(), &token("t", 1)).await.is_err());
}
