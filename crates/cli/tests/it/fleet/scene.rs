//! A platform, a Redis, and as many services as a story needs.

use std::fmt::Write as _;

use tokio::runtime::{Builder, Runtime};
use yzb::{Store as _, Stored};
use yzb_emulator::{ClockMode, Emulator, World};

use super::counts::{APP, Kind};
use super::gate::Gate;
use super::wire::Wire;
use crate::redis::server::{PASSWORD, Server};
use crate::redis::wait::within;
use crate::scratch::Folder;
use crate::service::Service;

const SECRET: &str = "planted-fleet-secret";

/// A turn ends after three seconds, so that its end can be waited for; and a machine that has too much to
/// do makes nobody give Redis up.
pub(super) const SHORT_TURNS: &str = "{ send_within: 1s, store_timeout: 60s, reread_every: 1s, \
     issue_interval: 1s, retry_pauses: [100ms, 500ms] }";

/// A turn lasts for a minute, as it does by default: longer than any story.
pub(super) const LONG_TURNS: &str = "{ store_timeout: 60s, reread_every: 1s, issue_interval: 1s, \
     retry_pauses: [100ms, 500ms] }";

/// What is held is compared with Redis twice a second.
pub(super) const LOOKS_OFTEN: &str =
    "{ reread_every: 500ms, issue_interval: 1s, retry_pauses: [100ms, 500ms] }";

/// The platform, and how services are told of it.
pub(super) struct Ground {
    pub(super) platform: Emulator,
    /// In front of it, for all services: a fleet has one address of the platform.
    pub(super) road: Gate,
    folder: Folder,
    policy: &'static str,
}

/// Services on one server.
pub(super) struct Fleet {
    pub(super) ground: Ground,
    pub(super) redis: Server,
}

/// A service, and what is between it and its Redis.
pub(super) struct Member {
    pub(super) service: Service,
    pub(super) gate: Gate,
}

impl Ground {
    /// The name tells it from those of other tests.
    pub(super) fn new(name: &str, policy: &'static str) -> Self {
        let world = World::new().app(APP, SECRET);
        let platform = Emulator::builder(world).clock(ClockMode::Real).start().unwrap();
        let port = platform.origin().rsplit(':').next().unwrap().parse().unwrap();
        let road = Gate::to(port, Wire::Http);
        Self { platform, road, folder: Folder::new(&format!("fleet-{name}")), policy }
    }

    /// Starts a service by what stands below `store`, and waits until it serves.
    pub(super) fn start(&self, store: &str) -> Service {
        let mut file = String::new();
        write!(
            file,
            "store: {store}
oauth_api: {{ get_js_ticket_url: 'http://127.0.0.1:{}/OAuth2/ticket', total_timeout: 60s }}
app_info: [{{ app_id: '{APP}', app_secret: {SECRET} }}]
service: {{ listen: ['127.0.0.1:0'] }}
log: {{ format: json }}
policy: {}
",
            self.road.port, self.policy
        )
        .unwrap();
        // It has read the file by the time it serves.
        Service::start(&self.folder.write("config.yaml", &file))
    }

    /// Waits until all serve what is in Redis, and the platform says that this is what counts.
    pub(super) fn agree(&self, services: &[&Service], get: impl Fn(&str) -> Option<String>) {
        for kind in Kind::BOTH {
            let (path, field) = kind.served();
            until("all serve the code that counts", || {
                let Some(record) = get(&kind.key()) else { return false };
                let code = kind.of_record(&record);
                let serves = |service: &&Service| {
                    let (status, body) = service.get(&path);
                    status == 200 && body.contains(&format!("\"{field}\":\"{code}\""))
                };
                services.iter().all(serves) && kind.is_current(&self.platform, &code)
            });
        }
    }
}

impl Fleet {
    pub(super) fn new(name: &str, policy: &'static str) -> Self {
        Self::with(name, policy, "")
    }

    /// With these lines in the configuration of the server.
    pub(super) fn with(name: &str, policy: &'static str, lines: &str) -> Self {
        Self { ground: Ground::new(name, policy), redis: Server::with(lines) }
    }

    /// The platform has issued this code, and it is in Redis: a story about the other kind is about that
    /// alone. Redis knows our scripts from then on.
    pub(super) fn seed(&self, kind: Kind) {
        self.store(kind, &kind.issue(&self.ground.platform, SECRET));
    }

    /// The same, and the code is to be renewed.
    pub(super) fn seed_old(&self, kind: Kind) {
        self.store(kind, &kind.issue_old(&self.ground.platform, SECRET));
    }

    fn store(&self, kind: Kind, stored: &Stored) {
        let origin = format!("http://127.0.0.1:{}", self.ground.road.port);
        runtime().block_on(async {
            let (store, key) = (self.redis.store(), kind.slot(&origin, SECRET));
            let turn = store.turn(&key).await.unwrap();
            store.save(&key, stored).await.unwrap();
            drop(turn);
            store.released().await;
        });
    }

    /// Another service; what its gate is to do is said before it starts.
    pub(super) fn member(&self, prepare: impl FnOnce(&Gate)) -> Member {
        let gate = Gate::to(self.redis.port, Wire::Redis);
        prepare(&gate);
        let store =
            format!("{{ redis: {{ url: 'redis://yzb:{PASSWORD}@127.0.0.1:{}' }} }}", gate.port);
        Member { service: self.ground.start(&store), gate }
    }

    /// Two services that have both codes.
    pub(super) fn pair(&self) -> [Member; 2] {
        let mut pair = [self.member(|_| {}), self.member(|_| {})];
        pair.iter_mut().for_each(|member| member.service.until_ready());
        self.agree(&pair.each_ref());
        pair
    }

    pub(super) fn agree(&self, members: &[&Member]) {
        let services: Vec<_> = members.iter().map(|member| &member.service).collect();
        self.ground.agree(&services, |key| self.redis.get(key));
    }
}

/// Looks again and again until it is so.
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    runtime().block_on(within(60, what, async || is_so()));
}

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
