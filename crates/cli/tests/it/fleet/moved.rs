//! Another server becomes the master, a node comes back, or a slot moves, under two services. They follow,
//! and nothing is issued.

use super::counts::{Counts, Kind, Tally};
use super::scene::{Ground, LOOKS_OFTEN, runtime, until};
use crate::redis::cluster::Cluster;
use crate::redis::sentinel::{NAME, Watched};
use crate::redis::server::{PASSWORD, Server, text};
use crate::service::Service;

/// Two services that have both codes, by what stands below `store`.
fn pair(ground: &Ground, store: &str) -> [Service; 2] {
    let mut pair = [ground.start(store), ground.start(store)];
    pair.iter_mut().for_each(Service::until_ready);
    pair
}

fn by_sentinel(watched: &Watched) -> String {
    format!(
        "{{ redis: {{ sentinels: ['127.0.0.1:{}'], master: {NAME}, sentinel_username: yzb-sentinel, \
         sentinel_password: {PASSWORD}, username: yzb, password: {PASSWORD} }} }}",
        watched.sentinel.port
    )
}

fn of_cluster(cluster: &Cluster) -> String {
    let nodes: Vec<_> =
        cluster.nodes.iter().map(|node| format!("'127.0.0.1:{}'", node.port)).collect();
    let nodes = nodes.join(", ");
    format!("{{ redis: {{ cluster: [{nodes}], username: yzb, password: {PASSWORD} }} }}")
}

/// What a key has in whichever node has it; none while none says.
fn in_cluster(cluster: &Cluster, key: &str) -> Option<String> {
    cluster.nodes.iter().find_map(|node| match node.try_command(&["GET", key]) {
        Ok(value @ redis::Value::BulkString(_)) => Some(text(&value)),
        _ => None,
    })
}

/// The records get lost, here and wherever else somebody may look; both services find that out, and what
/// they write arrives here.
fn heals(ground: &Ground, pair: &[Service; 2], here: &Server, elsewhere: &[&Server]) {
    for kind in Kind::BOTH {
        let code = kind.of_record(&here.get(&kind.key()).unwrap());
        let delete = ["DEL", &kind.key()];
        until("it is lost", || here.try_command(&delete) == Ok(redis::Value::Int(1)));
        for other in elsewhere {
            let _ = other.try_command(&delete);
        }
        until("it is written again", || {
            here.get(&kind.key()).is_some_and(|text| kind.of_record(&text) == code)
        });
    }
    ground.agree(&pair.each_ref(), |key| here.get(key));
}

#[test]
fn the_master_dies_and_its_successor_is_followed() {
    let story = "Sentinel: the master was killed";
    let mut watched = runtime().block_on(Watched::start());
    let ground = Ground::new(story, LOOKS_OFTEN);
    let pair = pair(&ground, &by_sentinel(&watched));
    ground.agree(&pair.each_ref(), |key| watched.master.get(key));
    ground.agree(&pair.each_ref(), |key| watched.replica.get(key));
    let tally = Tally::begin(story, &ground.platform);
    watched.master.kill();
    until("there is another", || watched.sentinel.master() == watched.replica.port);
    heals(&ground, &pair, &watched.replica, &[]);
    assert_eq!(tally.end(&ground.platform), Counts::NONE);
}

#[test]
fn the_sentinels_make_another_server_the_master() {
    let story = "Sentinel: failover, both live";
    let watched = runtime().block_on(Watched::start());
    let ground = Ground::new(story, LOOKS_OFTEN);
    let pair = pair(&ground, &by_sentinel(&watched));
    ground.agree(&pair.each_ref(), |key| watched.replica.get(key));
    let tally = Tally::begin(story, &ground.platform);
    watched.sentinel.command(&["SENTINEL", "FAILOVER", NAME]);
    until("it has moved", || watched.sentinel.master() == watched.replica.port);
    // For some ten seconds the old one is asked, and does not know that it is none.
    heals(&ground, &pair, &watched.replica, &[&watched.master]);
    assert_eq!(tally.end(&ground.platform), Counts::NONE);
}

#[test]
fn a_node_of_the_cluster_dies_and_comes_back_empty() {
    let story = "Cluster: a node restarted empty";
    let mut cluster = runtime().block_on(Cluster::start(2));
    let ground = Ground::new(story, LOOKS_OFTEN);
    let mut pair = pair(&ground, &of_cluster(&cluster));
    ground.agree(&pair.each_ref(), |key| in_cluster(&cluster, key));
    let before = Kind::BOTH.map(|kind| in_cluster(&cluster, &kind.key()).unwrap());
    let tally = Tally::begin(story, &ground.platform);
    cluster.nodes[0].kill();
    for service in &mut pair {
        service.until_line("that it is gone", |line| line["name"] == "store-failed");
        assert_eq!(service.get("/v1/ready").0, 200);
    }
    cluster.nodes[0].restart();
    ground.agree(&pair.each_ref(), |key| in_cluster(&cluster, key));
    for (kind, before) in Kind::BOTH.into_iter().zip(before) {
        let after = in_cluster(&cluster, &kind.key()).unwrap();
        assert_eq!(kind.of_record(&after), kind.of_record(&before));
    }
    assert_eq!(tally.end(&ground.platform), Counts::NONE);
}

#[test]
fn the_slot_of_a_code_moves_to_another_node() {
    let story = "Cluster: the slots of both codes moved";
    let cluster = runtime().block_on(Cluster::start(2));
    let ground = Ground::new(story, LOOKS_OFTEN);
    let pair = pair(&ground, &of_cluster(&cluster));
    ground.agree(&pair.each_ref(), |key| in_cluster(&cluster, key));
    let tally = Tally::begin(story, &ground.platform);
    for kind in Kind::BOTH {
        moves(&cluster, &kind.key());
        // Half moved or moved, all go on serving it.
        ground.agree(&pair.each_ref(), |key| in_cluster(&cluster, key));
    }
    heals(&ground, &pair, &cluster.nodes[1], &[]);
    assert_eq!(tally.end(&ground.platform), Counts::NONE);
}

/// Moves a key and its slot from the first node to the second, as an operator's tool does.
fn moves(cluster: &Cluster, key: &str) {
    let (from, to) = (&cluster.nodes[0], &cluster.nodes[1]);
    let redis::Value::Int(slot) = from.command(&["CLUSTER", "KEYSLOT", key]) else { panic!() };
    let (slot, from_id, to_id) = (slot.to_string(), cluster.id(0), cluster.id(1));
    to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    let port = to.port.to_string();
    from.command(&["MIGRATE", "127.0.0.1", &port, key, "0", "1000"]);
    for node in [to, from] {
        node.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
}
