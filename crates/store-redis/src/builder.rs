//! What a store is made of.

mod place;

use core::fmt;
use core::time::Duration;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use yzb_cache::{Clock, SystemClock};
use yzb_proto::WriterName;

use crate::connection::{Limits, Link};
use crate::store::Settings;
use crate::tls::Certificates;
use crate::{InvalidSetting, RedisStore, Watch};
use place::{Login, Place};

/// Makes a [`RedisStore`]. Say where Redis is with [`server`](Self::server),
/// [`sentinels`](Self::sentinels) or [`cluster`](Self::cluster); all else has a default.
///
/// ```
/// use yzb_proto::WriterName;
/// use yzb_store_redis::RedisStore;
///
/// let store = RedisStore::builder()
///     .sentinels(["redis://10.0.0.1:26379", "redis://10.0.0.2:26379"], "mymaster")
///     .user("yzb")
///     .password("from-the-operator")
///     .name(WriterName::new("web-1")?)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Builder {
    place: Option<Place>,
    login: Login,
    certificates: Certificates,
    prefix: String,
    name: Option<WriterName>,
    connect: Duration,
    answer: Duration,
    lease: Duration,
    clock: Arc<dyn Clock>,
    watch: Arc<dyn Watch>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// No time is longer: whoever dies with a turn of days holds its fleet up for days.
const LONGEST: Duration = Duration::from_secs(3600);

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            place: None,
            login: Login::default(),
            certificates: Certificates::default(),
            prefix: String::new(),
            name: None,
            connect: Duration::from_secs(3),
            answer: Duration::from_millis(500),
            lease: Duration::from_secs(60),
            clock: Arc::new(SystemClock::new()),
            watch: Arc::new(()),
            random: Arc::new(|| RandomState::new().hash_one(())),
        }
    }

    /// One server: `redis://user:password@host:port/database`, `rediss://` with TLS, or
    /// `redis+unix:///path?db=0&user=…&pass=…`.
    pub fn server(self, url: impl Into<String>) -> Self {
        Self { place: Some(Place::Server(url.into())), ..self }
    }

    /// The master of this name, wherever the Sentinels at these URLs say that it is. A user and a
    /// password in a URL are for the Sentinel; [`user`](Self::user), [`password`](Self::password) and
    /// [`database`](Self::database) are for the master. The master is reached with TLS if the first
    /// Sentinel is.
    pub fn sentinels<U: Into<String>>(
        self,
        urls: impl IntoIterator<Item = U>,
        service: impl Into<String>,
    ) -> Self {
        let urls = urls.into_iter().map(Into::into).collect();
        Self { place: Some(Place::Sentinels(urls, service.into())), ..self }
    }

    /// A Cluster, by the URLs of some of its nodes. A Cluster has no databases but number 0.
    #[cfg(feature = "cluster")]
    pub fn cluster<U: Into<String>>(self, urls: impl IntoIterator<Item = U>) -> Self {
        Self { place: Some(Place::Cluster(urls.into_iter().map(Into::into).collect())), ..self }
    }

    /// Who we are to the servers that have the data, instead of what the URL says. Without a password we
    /// say so with an empty one, which lets in a user that has `nopass`.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.login.user = Some(user.into());
        self
    }

    /// The password for the servers that have the data, instead of what the URL says, and as it is:
    /// nothing in it needs to be escaped. It does not change while the store is there; see
    /// `OPERATING.md` for how to change it.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.login.password = Some(password.into());
        self
    }

    /// The number of the database, instead of what the URL says. The published readers use 0 unless
    /// they are told otherwise.
    pub fn database(mut self, number: u32) -> Self {
        self.login.database = Some(number);
        self
    }

    /// A text in front of every key, for fleets that share a Redis and not their records. The
    /// published readers know none: behind a prefix they find nothing.
    pub fn key_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// The name of this program in its records and in the turns that it takes, for people who look
    /// for it. By default `yzb-` and a random number.
    pub fn name(self, name: WriterName) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The certificates, in PEM, by which `rediss://` servers are trusted, instead of the system's.
    #[cfg(feature = "tls")]
    pub fn trust(mut self, certificates: impl Into<Vec<u8>>) -> Self {
        self.certificates.trust = Some(certificates.into());
        self
    }

    /// The certificate and key, in PEM, by which `rediss://` servers know us.
    #[cfg(feature = "tls")]
    pub fn identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.certificates.identity = Some((certificate.into(), key.into()));
        self
    }

    /// How long making a connection may take: 3 s by default. It goes on when a caller has less time.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        Self { connect: limit, ..self }
    }

    /// How long an answer may take before the connection is given up: 500 ms by default.
    pub fn answer_timeout(self, limit: Duration) -> Self {
        Self { answer: limit, ..self }
    }

    /// How long the turn to issue is had if it is not handed back: 60 s by default, from a second to an
    /// hour. For so long nobody issues after a process died with its turn. Whoever has it sends nothing
    /// later than a third of it after asking, nor later than the policy's
    /// [`send_within`](yzb_cache::PolicyBuilder::send_within), whichever is sooner: the platform must have
    /// answered before somebody else may ask. So a longer one lets nobody send later, and a shorter one
    /// shortens both.
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// With this time.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Tells what happens in Redis to this.
    pub fn watch(self, watch: impl Watch + 'static) -> Self {
        Self { watch: Arc::new(watch), ..self }
    }

    /// With `random` returning any number each time: turns are named and pauses spread by it. Two
    /// processes that get the same numbers take each other's turns for their own. By default it is
    /// seeded by the operating system.
    pub fn random(self, random: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { random: Arc::new(random), ..self }
    }

    /// The store. Nothing is connected before its first use.
    ///
    /// # Errors
    ///
    /// Something that was said cannot be; the error says what, without secrets.
    pub fn build(self) -> Result<RedisStore, InvalidSetting> {
        let place = self.place.ok_or(InvalidSetting::NoServer)?;
        if !self.prefix.bytes().all(|byte| byte.is_ascii_graphic()) || self.prefix.len() > 64 {
            return Err(InvalidSetting::KeyPrefix);
        }
        let times = [self.connect, self.answer, self.lease];
        let cannot_be = |time: &Duration| time.is_zero() || *time > LONGEST;
        if times.iter().any(cannot_be) || self.lease < Duration::from_secs(1) {
            return Err(InvalidSetting::Time);
        }
        let name = match self.name {
            Some(name) => name,
            None => WriterName::new(&format!("yzb-{:08x}", (self.random)() >> 32))
                .map_err(|_| InvalidSetting::Name)?,
        };
        let limits = Limits { connect: self.connect, answer: self.answer };
        let target = place.target(self.login, &self.certificates, limits)?;
        let (clock, watch, random) = (self.clock, self.watch, self.random);
        let link =
            Link::new(target, limits, Arc::clone(&clock), Arc::clone(&watch), Arc::clone(&random));
        let (prefix, lease) = (self.prefix, self.lease);
        Ok(RedisStore::new(link, Settings { prefix, name, lease, clock, watch, random }))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("key_prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_cannot_be_are_refused() {
        let built = |change: fn(Builder, Duration) -> Builder, time| {
            change(RedisStore::builder().server("redis://host"), time).build().map(drop)
        };
        let (none, a_day) = (Duration::ZERO, Duration::from_secs(24 * 3600));
        for change in [Builder::connect_timeout, Builder::answer_timeout, Builder::lease] {
            for time in [none, 100 * a_day, Duration::MAX] {
                assert_eq!(built(change, time), Err(InvalidSetting::Time), "{time:?}");
            }
            assert_eq!(built(change, Duration::from_secs(1)), Ok(()));
            assert_eq!(built(change, Duration::from_secs(60)), Ok(()));
        }
        assert_eq!(built(Builder::lease, Duration::from_millis(999)), Err(InvalidSetting::Time));
        assert_eq!(built(Builder::answer_timeout, Duration::from_millis(1)), Ok(()));
    }
}
