//! Where Redis is, as people write it.

use std::sync::atomic::AtomicUsize;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use crate::InvalidSetting;
use crate::connection::{self, Limits, Sentinels, Server, Target};
use crate::tls::Certificates;

/// One of the places there are.
pub(super) enum Place {
    Server(String),
    Sentinels(Vec<String>, String),
    #[cfg(feature = "cluster")]
    Cluster(Vec<String>),
}

/// What replaces the login in a URL.
#[derive(Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<u32>,
}

impl Place {
    pub(super) fn target(
        self,
        login: Login,
        certificates: &Certificates,
        limits: Limits,
    ) -> Result<Target, InvalidSetting> {
        match self {
            Self::Server(url) => {
                let mut server = Server::new(address(&url, certificates)?);
                login.replace(&mut server.login);
                Ok(Target::Server(Box::new(server)))
            }
            Self::Sentinels(urls, service) => {
                sentinels(&urls, service, login, certificates, limits)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(urls) => cluster(&urls, login, certificates, limits),
        }
    }
}

impl Login {
    fn replace(self, login: &mut connection::Login) {
        if self.user.is_some() {
            login.user = self.user;
        }
        if self.password.is_some() {
            login.password = self.password;
        }
        if let Some(database) = self.database {
            login.database = i64::from(database);
        }
    }
}

fn sentinels(
    urls: &[String],
    service: String,
    login: Login,
    certificates: &Certificates,
    limits: Limits,
) -> Result<Target, InvalidSetting> {
    let infos = urls.iter().map(|url| address(url, certificates));
    let infos = infos.collect::<Result<Vec<_>, _>>()?;
    let like = infos.first().ok_or(InvalidSetting::NoServer)?.addr().clone();
    let sentinels = infos.into_iter().map(Server::new).collect::<Vec<_>>();
    if sentinels.iter().any(|sentinel| sentinel.login.database != 0) {
        return Err(InvalidSetting::Database);
    }
    if service.is_empty() {
        return Err(InvalidSetting::NoService);
    }
    let mut ours = connection::Login::default();
    login.replace(&mut ours);
    // So that the last of them is asked, too, and the master has its time.
    let shares = u32::try_from(sentinels.len()).unwrap_or(u32::MAX).saturating_add(1);
    Ok(Target::Sentinels(Box::new(Sentinels {
        sentinels,
        service,
        login: ours,
        like,
        first: AtomicUsize::new(0),
        patience: limits.connect / shares,
    })))
}

#[cfg(feature = "cluster")]
fn cluster(
    urls: &[String],
    login: Login,
    certificates: &Certificates,
    limits: Limits,
) -> Result<Target, InvalidSetting> {
    let infos = urls.iter().map(|url| address(url, certificates));
    let infos = infos.collect::<Result<Vec<_>, _>>()?;
    let first = infos.first().ok_or(InvalidSetting::NoServer)?;
    let mut ours = Server::new(first.clone()).login;
    login.replace(&mut ours);
    if ours.database != 0 || infos.iter().any(|info| info.redis_settings().db() != 0) {
        return Err(InvalidSetting::Database);
    }
    let nodes = infos.into_iter().map(|info| Server::new(info).address);
    // Each node within the time for an answer, and the whole by whoever asked.
    let mut builder = redis::cluster::ClusterClient::builder(nodes)
        .response_timeout(limits.answer)
        .overall_response_timeout(None)
        .retries(8)
        .min_retry_wait(10)
        .max_retry_wait(200);
    if let Some(user) = &ours.user {
        builder = builder.username(user);
    }
    if let Some(password) = &ours.password {
        builder = builder.password(password);
    }
    #[cfg(feature = "tls")]
    if let Some(pem) = certificates.pem() {
        builder = builder.certs(pem);
    }
    let client = builder.build().map_err(|_| InvalidSetting::Cluster)?;
    Ok(Target::Cluster(Box::new(client)))
}

/// Reads a URL. What is wrong with it is not quoted: it has a password in it.
fn address(url: &str, certificates: &Certificates) -> Result<ConnectionInfo, InvalidSetting> {
    let is_tls = ["rediss://", "valkeys://"].iter().any(|scheme| url.starts_with(scheme));
    if is_tls && !cfg!(feature = "tls") {
        return Err(InvalidSetting::TlsIsOff);
    }
    let info = url.into_connection_info().map_err(|_| InvalidSetting::Url)?;
    if info.redis_settings().db() < 0 {
        return Err(InvalidSetting::Database);
    }
    match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => Err(InvalidSetting::InsecureTls),
        ConnectionAddr::TcpTls { .. } => certificates.dress(info),
        _ => Ok(info),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RedisStore;

    fn refusal(url: &str) -> InvalidSetting {
        RedisStore::open(url).unwrap_err()
    }

    #[test]
    fn a_url_that_cannot_be_is_refused_without_being_quoted() {
        for (url, wanted) in [
            ("", InvalidSetting::Url),
            ("planted", InvalidSetting::Url),
            ("http://user:planted@host", InvalidSetting::Url),
            ("redis://user:planted@host/planted", InvalidSetting::Url),
            ("redis://user:planted@host:99999", InvalidSetting::Url),
            ("redis://user:planted@host/-1", InvalidSetting::Database),
            ("redis://user:planted@0.0.0.0", InvalidSetting::Url),
        ] {
            let error = refusal(url);
            assert_eq!(error, wanted, "{url}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
        }
    }

    #[cfg(feature = "ring")]
    #[test]
    fn tls_is_never_half() {
        assert_eq!(refusal("rediss://host/#insecure"), InvalidSetting::InsecureTls);
        let trusting = RedisStore::builder().server("rediss://host").trust("no certificate");
        assert_eq!(trusting.build().unwrap_err(), InvalidSetting::Certificates);
    }

    #[test]
    fn a_sentinel_has_no_databases_and_a_master_has_a_name() {
        let of = |url: &str, name: &str| RedisStore::builder().sentinels([url], name).build();
        assert_eq!(of("redis://host/1", "m").unwrap_err(), InvalidSetting::Database);
        assert_eq!(of("redis://host", "").unwrap_err(), InvalidSetting::NoService);
        let none = RedisStore::builder().sentinels(Vec::<String>::new(), "m").build();
        assert_eq!(none.unwrap_err(), InvalidSetting::NoServer);
        assert_eq!(RedisStore::builder().build().unwrap_err(), InvalidSetting::NoServer);
    }

    #[cfg(feature = "cluster")]
    #[test]
    fn a_cluster_has_one_database_whichever_url_says_so() {
        let of = |urls: [&str; 2]| RedisStore::builder().cluster(urls);
        let error = of(["redis://host", "redis://other"]).database(1).build();
        assert_eq!(error.unwrap_err(), InvalidSetting::Database);
        for urls in [["redis://host/1", "redis://other"], ["redis://host", "redis://other/2"]] {
            assert_eq!(of(urls).build().unwrap_err(), InvalidSetting::Database, "{urls:?}");
        }
        of(["redis://host/0", "redis://other"]).database(0).build().unwrap();
    }
}
