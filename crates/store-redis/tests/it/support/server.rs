//! One server with the users that `OPERATING.md` describes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use redis::{Client, ConnectionLike as _, IntoConnectionInfo as _, Value};
use yzb_store_redis::{Builder, RedisStore};

use super::eventually;
use super::folder::Folder;
use super::process::{Process, READY, free_port};

/// A server, its port, and its directory.
pub(crate) struct Server {
    // Before its folder, which it would make again while it is removed.
    process: Option<Process>,
    pub(crate) folder: Folder,
    pub(crate) port: u16,
    lines: String,
}

pub(crate) const PASSWORD: &str = "planted-redis-password";

/// What an operator types to let our program in, from the page for operators: the tests run with these
/// permissions and no others.
pub(crate) fn documented_rules(user: &str) -> String {
    let page = include_str!("../../../OPERATING.md");
    let line = page.lines().find_map(|line| line.strip_prefix(&format!("ACL SETUSER {user} ")));
    line.expect("the page has the rules").replace("PASSWORD", PASSWORD)
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// With these lines in its configuration.
    pub(crate) fn with(lines: &str) -> Self {
        // Somebody else may take the port between our look and its start.
        for _ in 0..5 {
            let port = free_port();
            let mut server =
                Self { folder: Folder::new(), port, lines: lines.to_owned(), process: None };
            if server.begin("", READY) {
                return server;
            }
        }
        panic!("no redis-server starts");
    }

    /// Starts it with more lines, and waits until it says one of these.
    fn begin(&mut self, more: &str, until: &[&str]) -> bool {
        let Self { port, lines, .. } = self;
        let folder = self.folder.path().display();
        let mut text = format!(
            "port {port}\nbind 127.0.0.1\nunixsocket {folder}/socket\ndir {folder}\nsave \"\"\n\
             repl-diskless-sync-delay 0\n{lines}\n{more}\n"
        );
        for user in ["yzb", "reader", "shadow"] {
            writeln!(text, "user {user} {}", documented_rules(user)).unwrap();
        }
        let file = self.folder.write("redis.conf", &text);
        self.process = Process::start(&file, &[], until);
        self.process.is_some()
    }

    /// A replica of this one, which has all that this one has.
    pub(crate) async fn replica(&self) -> Self {
        let replica = Self::with(&format!("replicaof 127.0.0.1 {}", self.port));
        eventually("the replica is in step", async || {
            text(&replica.command(&["INFO", "replication"])).contains("link_status:up")
        })
        .await;
        replica
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again, with what it has on its disk.
    pub(crate) fn restart(&mut self) {
        self.restart_until("", READY);
    }

    /// The same with more lines, waiting only until it says this.
    pub(crate) fn restart_until(&mut self, lines: &str, until: &[&str]) {
        self.process = None;
        assert!(self.begin(lines, until), "it starts again");
    }

    pub(crate) fn signal(&self, name: &str) {
        self.process.as_ref().unwrap().signal(name);
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    pub(crate) fn builder(&self) -> Builder {
        patient().server(self.url())
    }

    pub(crate) fn store(&self) -> RedisStore {
        self.builder().build().unwrap()
    }

    /// Breaks every connection of a program's.
    pub(crate) fn kill_clients(&self) {
        self.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    }

    /// Does something as its administrator.
    pub(crate) fn try_command(&self, words: &[&str]) -> redis::RedisResult<Value> {
        let mut command = redis::cmd(words[0]);
        let answer = administrator(self.port)?.req_command(command.arg(&words[1..]))?;
        // What the server refused is an answer like any other to the library.
        answer.extract_error()
    }

    /// The same, where it must succeed.
    pub(crate) fn command(&self, words: &[&str]) -> Value {
        self.try_command(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// How often each command ran (`commandstats`), or each error was given (`errorstats`).
    pub(crate) fn counts(&self, section: &str, prefix: &str) -> BTreeMap<String, String> {
        let info = text(&self.command(&["INFO", section]));
        let lines = info.lines().filter_map(|line| line.strip_prefix(prefix)?.split_once(':'));
        lines.map(|(name, count)| (name.to_owned(), count.to_owned())).collect()
    }

    /// How often this command ran.
    pub(crate) fn calls(&self, command: &str) -> u32 {
        let counts = self.counts("commandstats", "cmdstat_");
        let count = counts.get(command).and_then(|count| count.strip_prefix("calls="));
        count.map_or(0, |count| count.split(',').next().unwrap().parse().unwrap())
    }

    /// A value, as a published client gets it: `GET` as a user who may read records.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        let url = format!("redis://reader:{PASSWORD}@127.0.0.1:{}", self.port);
        let mut connection = Client::open(url).unwrap().get_connection().unwrap();
        redis::cmd("GET").arg(key).query(&mut connection).unwrap()
    }

    pub(crate) fn set(&self, key: &str, value: &str) {
        self.command(&["SET", key, value]);
    }
}

/// A store that waits longer than one should: for a machine that has too much to do.
pub(crate) fn patient() -> Builder {
    let long = Duration::from_secs(10);
    RedisStore::builder().connect_timeout(long).answer_timeout(long)
}

/// The same at this URL.
pub(crate) fn at(url: &str) -> RedisStore {
    patient().server(url).build().unwrap()
}

/// A connection that does not introduce itself, which this server would take for an error.
fn administrator(port: u16) -> redis::RedisResult<redis::Connection> {
    let info = (String::from("127.0.0.1"), port).into_connection_info()?;
    let quiet = redis::RedisConnectionInfo::default().set_skip_set_lib_name();
    Client::open(info.set_redis_settings(quiet))?.get_connection()
}

/// The text of an answer.
pub(crate) fn text(answer: &Value) -> String {
    match answer {
        Value::BulkString(text) => String::from_utf8(text.clone()).unwrap(),
        Value::SimpleString(text) => text.clone(),
        Value::VerbatimString { text, .. } => text.clone(),
        other => panic!("{other:?}"),
    }
}
