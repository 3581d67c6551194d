//! Answers that no Redis gives, or not to this.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use yzb_cache::Store as _;
use yzb_store_redis::RedisStore;

use crate::support::cluster::Cluster;
use crate::support::server::{PASSWORD, patient};
use crate::support::{failure, key, token};

/// Says the same to everything.
async fn says(answer: &'static [u8]) -> (RedisStore, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let talking = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                while client.read(&mut heard).await.is_ok_and(|length| length > 0) {
                    if client.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    let soon = std::time::Duration::from_millis(100);
    (patient().server(url).answer_timeout(soon).build().unwrap(), talking)
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_an_error_that_quotes_nothing() {
    let answers: [(&[u8], &[&str]); 16] = [
        (b"HTTP/1.1 400 planted\r\n\r\n", &["odd-answer"]),
        (b"SSH-2.0-planted\r\n", &["odd-answer"]),
        (b":7\r\n", &["odd-answer"]),
        (b"+planted\r\n", &["odd-answer"]),
        (b"$-1\r\n", &["odd-answer"]),
        (b"*-1\r\n", &["odd-answer"]),
        (b"*0\r\n", &["odd-answer"]),
        (b"*2\r\n:1\r\n:1\r\n", &["odd-answer"]),
        (b"*3\r\n:1\r\n$7\r\nplanted\r\n:0\r\n", &["odd-answer"]),
        (b"*1\r\n*1\r\n*1\r\n*1\r\n$7\r\nplanted\r\n", &["odd-answer"]),
        (b"-PLANTED planted\r\n", &["refused"]),
        (b"-planted planted\r\n", &["refused"]),
        (b"-ERR planted\r\n", &["refused"]),
        (b"-DENIED planted is in protected mode\r\n", &["refused"]),
        // Half a gigabyte that never comes, and an answer that breaks off.
        (b"$536870912\r\nplanted", &["silent", "cut"]),
        (b"$7\r\nplan", &["silent", "cut"]),
    ];
    for (answer, problems) in answers {
        let shown = String::from_utf8_lossy(answer).replace("PLANTED", "planted");
        let (store, talking) = says(answer).await;
        let expect = |problem: &str| assert!(problems.contains(&problem), "{problem}: {shown}");
        expect(failure(store.save(&key(), &token("planted-code", 1)).await));
        expect(failure(store.turn(&key()).await));
        expect(failure(store.time().await));
        // Nothing is an answer to a look, and half an answer to the others.
        if answer.starts_with(b"$-1") || answer.starts_with(b"*-1") {
            assert!(store.load(&key()).await.unwrap().is_none());
        } else if !answer.starts_with(b"$7") {
            expect(failure(store.load(&key()).await));
        }
        talking.abort();
    }
}

#[tokio::test]
async fn a_node_of_a_cluster_that_was_named_as_a_server_is_told_from_a_cluster_that_is_down() {
    let cluster = Cluster::start(2).await;
    // All slots are the first one's.
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", cluster.nodes[1].port);
    let store = patient().server(url).build().unwrap();
    assert_eq!(failure(store.load(&key()).await), "is-cluster");
    assert_eq!(failure(store.turn(&key()).await), "is-cluster");
}
