//! `store.redis`: a server, Sentinels that know it, or a cluster.

use super::super::ca_file::CaFile;
use super::super::problem::Problem;
use super::super::reader::{At, Fields, Reader};
use super::{Secret, SecretKind, url};

/// How Redis is reached.
#[derive(Debug)]
pub(crate) struct Redis {
    pub(crate) topology: Topology,
    pub(crate) login: Login,
    pub(crate) database: u32,
    /// In front of every key; the published readers know none.
    pub(crate) key_prefix: String,
    pub(crate) tls: Option<Tls>,
}

/// Which servers there are.
#[derive(Debug)]
pub(crate) enum Topology {
    /// One server; a URL says login, database and TLS itself.
    Url(Secret),
    /// One server.
    Single { host: String, port: u16 },
    /// Sentinels, as `host:port`, and the name that they know the server by.
    Sentinel {
        sentinels: Vec<String>,
        master: String,
        /// As whom we log in to the Sentinels themselves.
        login: Login,
    },
    /// Some nodes of a cluster, as `host:port`.
    Cluster(Vec<String>),
}

/// As whom we log in.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
}

/// TLS, with the machine's authorities or those of a file.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) ca_file: Option<CaFile>,
}

const KEYS: [&str; 12] = [
    "url",
    "sentinels",
    "master",
    "sentinel_username",
    "sentinel_password",
    "cluster",
    "username",
    "password",
    "database",
    "key_prefix",
    "tls",
    "ca_file",
];

/// What only Sentinels have.
const OF_SENTINELS: [&str; 3] = ["master", "sentinel_username", "sentinel_password"];

/// What a URL says itself.
const IN_URL: [&str; 4] = ["username", "password", "database", "tls"];

pub(super) fn read(reader: &mut Reader, at: &At<'_>) -> Option<Redis> {
    let fields = reader.map(at, &KEYS)?;
    let topology = topology(reader, at, &fields);
    if matches!(topology, Some(Topology::Url(_))) {
        for name in IN_URL {
            if let Some(at) = fields.find(name) {
                let what = "stands beside a URL, which says it itself";
                reader.wrong(&at, what, "write it into the URL, or leave it out");
            }
        }
    }
    let login = login(reader, &fields, "username", "password");
    let database = database(reader, &fields, "database");
    if database > 0 && matches!(topology, Some(Topology::Cluster(_))) {
        let what = "is not 0, and a cluster has no other database";
        reader.push(Problem::error(at.place(), fields.path_of("database"), what, "leave it out"));
    }
    if fields.find("sentinels").is_none() {
        for at in OF_SENTINELS.iter().filter_map(|name| fields.find(name)) {
            reader.wrong(&at, "is for Sentinels, and there are none", "add `sentinels`");
        }
    }
    let key_prefix = fields.find("key_prefix").map(|at| key_prefix(reader, &at));
    let key_prefix = key_prefix.unwrap_or_default();
    let tls = tls(reader, &fields);
    Some(Redis { topology: topology?, login, database, key_prefix, tls })
}

impl Redis {
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        let of_topology = match &self.topology {
            Topology::Url(url) => Some(url),
            Topology::Sentinel { login, .. } => login.password.as_ref(),
            Topology::Single { .. } | Topology::Cluster(_) => None,
        };
        of_topology.into_iter().chain(&self.login.password).collect()
    }
}

/// A password; none if it is empty, as the published file has it.
pub(super) fn password(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Secret> {
    let at = fields.find(name)?;
    let is_empty = !at.is_map() && reader.text(&at).is_some_and(str::is_empty);
    if is_empty { None } else { Secret::read(reader, &at, SecretKind::RedisPassword) }
}

/// A database's number, 0 if it is missing.
pub(super) fn database(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> u32 {
    let number = fields.find(name).and_then(|at| reader.number(&at, 0..=65535));
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

fn login(reader: &mut Reader, fields: &Fields<'_>, username: &str, secret: &str) -> Login {
    let username = fields.find(username).and_then(|at| reader.text(&at)).map(str::to_owned);
    Login { username, password: password(reader, fields, secret) }
}

fn key_prefix(reader: &mut Reader, at: &At<'_>) -> String {
    let text = reader.text(at).unwrap_or_default();
    if text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = "is not at most 64 visible ASCII characters";
        reader.wrong(at, what, "write a short one, such as `staging:`");
        return String::new();
    }
    reader.warn(
        at,
        "stands in front of every key, so that the published clients find no record",
        "leave it out where they read the same server",
    );
    text.to_owned()
}

fn topology(reader: &mut Reader, at: &At<'_>, fields: &Fields<'_>) -> Option<Topology> {
    let (url, cluster) = (fields.find("url"), fields.find("cluster"));
    match (url, fields.find("sentinels"), cluster) {
        (Some(url), None, None) => {
            Secret::read(reader, &url, SecretKind::RedisUrl).map(Topology::Url)
        }
        (None, Some(list), None) => {
            let sentinels = addresses(reader, &list);
            let remedy = "write the name that the Sentinels know the server by";
            let master = reader.required(fields, "master", remedy)?;
            let master = reader.text(&master)?.to_owned();
            let login = login(reader, fields, "sentinel_username", "sentinel_password");
            Some(Topology::Sentinel { sentinels: sentinels?, master, login })
        }
        (None, None, Some(list)) => addresses(reader, &list).map(Topology::Cluster),
        _ => {
            let what = "does not say in one way which servers there are";
            reader.lacking(at, what, "write one of `url`, `sentinels` and `cluster` below it");
            None
        }
    }
}

fn tls(reader: &mut Reader, fields: &Fields<'_>) -> Option<Tls> {
    let is_on = fields.find("tls").and_then(|at| reader.flag(&at));
    let ca_file = CaFile::read(reader, fields);
    // A file of authorities says that TLS is meant.
    (is_on.unwrap_or(ca_file.is_some())).then_some(Tls { ca_file })
}

/// `None` only where an error was noted.
fn addresses(reader: &mut Reader, at: &At<'_>) -> Option<Vec<String>> {
    let items = reader.list(at);
    let mut addresses = Vec::with_capacity(items.len());
    for item in &items {
        let text = reader.text(item)?;
        if !url::is_host_and_port(text) {
            let remedy = "write it like `10.0.0.1:6379`, without scheme and password";
            reader.wrong(item, "is not `host:port`", remedy);
            continue;
        }
        addresses.push(text.to_owned());
    }
    if items.is_empty() && !at.is_map() {
        reader.lacking(at, "has no address in it", "list at least one `host:port`");
    }
    (!addresses.is_empty()).then_some(addresses)
}
