//! Which commands are sent: those that the page for operators permits, all of them known to Redis 5.0.
//!
//! The tests let the store in with these permissions, so that a command which is not among them fails
//! whatever sends it. Here is looked for what is sent and whose refusal nobody minds.

use std::collections::BTreeSet;

use redis::Value;
use yzb_cache::conformance;
use yzb_store_redis::Builder;

use crate::support::Server;
use crate::support::cluster::Cluster;
use crate::support::sentinel::Watched;
use crate::support::server::{documented_rules, text};

/// What the rules for this user permit.
fn permitted(user: &str) -> BTreeSet<String> {
    let rules = documented_rules(user);
    let commands = rules.split(' ').filter_map(|word| word.strip_prefix('+'));
    commands.map(str::to_owned).collect()
}

async fn sends_nothing_else(server: &Server, builder: impl Fn() -> Builder) {
    let before = server.counts("commandstats", "cmdstat_");
    let (one, other) = (builder().build().unwrap(), builder().build().unwrap());
    conformance::check(&one, &other).await.unwrap();

    let mut expected = permitted("yzb");
    // Entering is permitted to everybody; the other one is ours, to ask this.
    expected.extend(["auth", "info"].map(str::to_owned));
    let after = server.counts("commandstats", "cmdstat_");
    let used = after.iter().filter(|(name, count)| before.get(*name) != Some(*count));
    let used: BTreeSet<_> = used.map(|(name, _)| name.clone()).collect();
    assert!(used.is_subset(&expected), "{used:?}");
    assert!(used.contains("evalsha") && used.contains("getrange"), "{used:?}");

    assert_eq!(server.command(&["ACL", "LOG"]), Value::Array(Vec::new()), "refused");
    let errors = server.counts("errorstats", "errorstat_");
    assert!(errors.keys().all(|error| error == "NOSCRIPT"), "{errors:?}");
}

#[test]
fn every_permitted_command_is_one_of_redis_5() {
    let server = Server::start();
    for user in ["yzb", "reader", "shadow"] {
        for command in permitted(user) {
            let docs = server.command(&["COMMAND", "DOCS", &command]);
            let Value::Array(docs) = docs else { panic!("{docs:?}") };
            let Value::Array(docs) = &docs[1] else { panic!("{command} is unknown") };
            let since = docs.iter().position(|field| text(field) == "since").unwrap();
            let since = text(&docs[since + 1]);
            let number = |part: &str| part.parse::<u32>().unwrap();
            let since: Vec<_> = since.split('.').map(number).collect();
            assert!(since.as_slice() < [5, 1].as_slice(), "{command}: {since:?}");
        }
    }
}

#[tokio::test]
async fn a_server_and_a_cluster_are_sent_nothing_else() {
    let server = Server::start();
    sends_nothing_else(&server, || server.builder()).await;
    let cluster = Cluster::start(1).await;
    sends_nothing_else(&cluster.nodes[0], || cluster.builder()).await;
}

#[tokio::test]
async fn a_sentinel_and_its_master_refuse_nothing() {
    let watched = Watched::start().await;
    let store = || watched.builder().build().unwrap();
    conformance::check(&store(), &store()).await.unwrap();
    assert_eq!(watched.master.command(&["ACL", "LOG"]), Value::Array(Vec::new()));
    assert_eq!(watched.sentinel.command(&["ACL", "LOG"]), Value::Array(Vec::new()));
}
