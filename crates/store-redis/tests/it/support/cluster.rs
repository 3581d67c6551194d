//! A Cluster, of as many nodes as a story needs.

use yzb_store_redis::Builder;

use super::eventually;
use super::process::free_port;
use super::server::{PASSWORD, Server, patient, text};

/// Nodes, of which the first has all slots at first.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
}

impl Cluster {
    pub(crate) async fn start(count: usize) -> Self {
        Self::with(count, "").await
    }

    /// With these lines in each configuration.
    pub(crate) async fn with(count: usize, more: &str) -> Self {
        let node = || Server::with(&format!("{}\n{more}", lines()));
        let nodes: Vec<_> = (0..count).map(|_| node()).collect();
        nodes[0].command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
        let (port, bus) = (nodes[0].port.to_string(), bus(&nodes[0]));
        for node in &nodes[1..] {
            node.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        let cluster = Self { nodes };
        eventually("the cluster is whole", async || cluster.is_whole()).await;
        cluster
    }

    fn is_whole(&self) -> bool {
        let wanted = format!("cluster_known_nodes:{}\r", self.nodes.len());
        self.nodes.iter().all(|node| {
            let info = text(&node.command(&["CLUSTER", "INFO"]));
            info.contains("cluster_state:ok") && info.contains(&wanted)
        })
    }

    pub(crate) fn builder(&self) -> Builder {
        let nodes = self.nodes.iter().map(|node| format!("redis://127.0.0.1:{}", node.port));
        patient().cluster(nodes).user("yzb").password(PASSWORD)
    }

    pub(crate) fn id(&self, node: usize) -> String {
        text(&self.nodes[node].command(&["CLUSTER", "MYID"]))
    }
}

fn lines() -> String {
    format!("cluster-enabled yes\ncluster-node-timeout 500\ncluster-port {}", free_port())
}

/// The port on which nodes talk to each other.
fn bus(node: &Server) -> String {
    let redis::Value::Array(words) = node.command(&["CONFIG", "GET", "cluster-port"]) else {
        panic!()
    };
    text(&words[1])
}
