//! A Sentinel that watches a master.

use std::collections::HashMap;
use std::fmt::Write as _;

use redis::{Client, ConnectionLike as _, Value};
use yzb_store_redis::Builder;

use super::eventually;
use super::folder::Folder;
use super::process::{Process, free_port};
use super::server::{PASSWORD, Server, documented_rules, patient};

/// A master, its replica, and a Sentinel that watches them.
pub(crate) struct Watched {
    pub(crate) master: Server,
    pub(crate) replica: Server,
    pub(crate) sentinel: Sentinel,
}

pub(crate) struct Sentinel {
    pub(crate) port: u16,
    _process: Process,
    _folder: Folder,
}

pub(crate) const NAME: &str = "mymaster";

impl Watched {
    pub(crate) async fn start() -> Self {
        let master = Server::start();
        // A Sentinel asks a master for its replicas when it starts, and then not for ten seconds.
        let replica = master.replica().await;
        let sentinel = Sentinel::watching(master.port, "");
        eventually("it knows the replica", async || sentinel.knows_a_replica()).await;
        Self { master, replica, sentinel }
    }

    pub(crate) fn builder(&self) -> Builder {
        // The first one does not exist.
        let nobody = format!("redis://127.0.0.1:{}", free_port());
        let builder = patient().sentinels([nobody, self.sentinel.url()], NAME);
        builder.user("yzb").password(PASSWORD)
    }
}

impl Sentinel {
    pub(crate) fn watching(master: u16, lines: &str) -> Self {
        for _ in 0..5 {
            let (folder, port) = (Folder::new(), free_port());
            let mut text = format!(
                "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {NAME} 127.0.0.1 {master} 1\n\
                 sentinel down-after-milliseconds {NAME} 200\n\
                 sentinel failover-timeout {NAME} 2000\n{lines}\n",
                folder.path().display(),
            );
            writeln!(text, "user yzb-sentinel {}", documented_rules("yzb-sentinel")).unwrap();
            let file = folder.write("sentinel.conf", &text);
            if let Some(process) = Process::start(&file, &["--sentinel"], &["+monitor master"]) {
                return Self { port, _process: process, _folder: folder };
            }
        }
        panic!("no Sentinel starts");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://yzb-sentinel:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// Does something as its administrator.
    pub(crate) fn command(&self, words: &[&str]) -> Value {
        let client = Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let mut command = redis::cmd(words[0]);
        let mut connection = client.get_connection().unwrap();
        connection.req_command(command.arg(&words[1..])).unwrap()
    }

    /// Whether there is one that it would make the master.
    fn knows_a_replica(&self) -> bool {
        let answer = self.command(&["SENTINEL", "REPLICAS", NAME]);
        let replicas: Vec<HashMap<String, String>> = redis::from_redis_value(answer).unwrap();
        let is = |replica: &HashMap<String, String>, field: &str, value: &str| {
            replica.get(field).is_some_and(|is| is == value)
        };
        replicas
            .iter()
            .any(|replica| is(replica, "flags", "slave") && is(replica, "master-link-status", "ok"))
    }

    /// The port of the server that it calls the master.
    pub(crate) fn master(&self) -> u16 {
        let answer = self.command(&["SENTINEL", "get-master-addr-by-name", NAME]);
        let (_, port): (String, u16) = redis::from_redis_value(answer).unwrap();
        port
    }
}
