//! What apps are set up with: all of it injected, all of it with a default.

use std::fmt;
use std::sync::Arc;

use yzb_cache::{
    Apps, Clock, Issuer, Observer, Policy, SharedStore, SlotKey, SystemClock, TokenCache,
    TokioTimer,
};
use yzb_proto::{AppId, AppSecret, Origin};
use yzb_transport::{Client, SharedTransport};

use crate::error::{Cause, ErrorKind};
use crate::random::fraction;
use crate::timer::SharedTimer;
use crate::trace::Log;
use crate::{Error, OsRandom, Random};

/// What the calls of all apps of one builder have in common.
pub(crate) struct Setting {
    pub(crate) client: Client<SharedTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// Which app, and how it proves that.
pub(crate) struct Identity {
    pub(crate) app_id: AppId,
    pub(crate) secret: AppSecret,
}

/// What a builder has been told so far.
pub(crate) struct Parts {
    pub(crate) origin: Origin,
    pub(crate) transport: Option<SharedTransport>,
    pub(crate) store: SharedStore,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: SharedTimer,
    pub(crate) observer: Arc<dyn Observer>,
    /// None for the operating system's where nobody may foretell it, and a quick one for pauses.
    pub(crate) random: Option<Arc<dyn Random>>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            origin: Origin::production(),
            transport: None,
            store: SharedStore::new(()),
            policy: Policy::default(),
            clock: Arc::new(SystemClock::new()),
            timer: SharedTimer::new(TokioTimer),
            observer: Arc::new(()),
            random: None,
        }
    }
}

impl Parts {
    pub(crate) fn setting(&self) -> Result<Setting, Error> {
        let transport = self.transport.clone().or_else(default_transport).ok_or_else(|| {
            let error =
                yzb_transport::TransportError::new(yzb_transport::TransportErrorKind::Config)
                    .with_subject("no transport: inject one, or switch the feature `hyper` on");
            Error::new(ErrorKind::Setup, Cause::Transport(error))
        })?;
        Ok(Setting {
            client: Client::new(transport, self.origin.clone()),
            clock: Arc::clone(&self.clock),
            random: self.random.clone().unwrap_or_else(|| Arc::new(OsRandom)),
        })
    }
}

impl Parts {
    /// One code of one app.
    pub(crate) fn cache<I: Issuer>(&self, key: SlotKey, issuer: I) -> TokenCache<I, SharedStore> {
        let builder = TokenCache::builder(key, issuer)
            .store(self.store.clone())
            .policy(self.policy.clone())
            .clock(Arc::clone(&self.clock))
            .timer(self.timer.clone())
            .observer(Log(Arc::clone(&self.observer)));
        match self.random.clone() {
            Some(random) => builder.random(move || fraction(&*random)).build(),
            None => builder.build(),
        }
    }

    /// One kind of code of many apps.
    pub(crate) fn registry<I: Issuer>(&self) -> Apps<I, SharedStore> {
        let builder = Apps::builder()
            .store(self.store.clone())
            .policy(self.policy.clone())
            .clock(Arc::clone(&self.clock))
            .timer(self.timer.clone())
            .observer(Log(Arc::clone(&self.observer)));
        match self.random.clone() {
            Some(random) => builder.random(move || fraction(&*random)).build(),
            None => builder.build(),
        }
    }
}

#[cfg(feature = "hyper")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_transport() -> Option<SharedTransport> {
    use yzb_transport::{HyperTransport, Retry};
    Some(SharedTransport::new(Retry::new(HyperTransport::new())))
}

#[cfg(not(feature = "hyper"))]
const fn default_transport() -> Option<SharedTransport> {
    None
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("origin", &self.origin)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The setters, for every builder that has `parts`.
macro_rules! setters {
    ($Builder:ident) => {
        impl $Builder {
            /// The platform: [`Origin::production`](crate::Origin::production) unless said.
            pub fn origin(mut self, origin: crate::Origin) -> Self {
                self.parts.origin = origin;
                self
            }

            /// What carries requests. It is used as it is: put it into a
            /// [`transport::Retry`](crate::transport::Retry) if requests are to be repeated. Its time-outs
            /// are its own business: a call waits for as long as it does. (Only renewals are given up, after
            /// the policy's `renewal_limit`.)
            pub fn transport(mut self, transport: impl crate::Transport + 'static) -> Self {
                self.parts.transport = Some(crate::SharedTransport::new(transport));
                self
            }

            /// Where codes are kept beyond this process. Whoever runs more than one process for an
            /// app shares one.
            pub fn store(mut self, store: impl crate::Store + 'static) -> Self {
                self.parts.store = crate::SharedStore::new(store);
                self
            }

            /// How early, how often, how long.
            pub fn policy(mut self, policy: crate::Policy) -> Self {
                self.parts.policy = policy;
                self
            }

            /// The time: of lifetimes, and of signatures.
            pub fn clock(mut self, clock: impl crate::Clock + 'static) -> Self {
                self.parts.clock = std::sync::Arc::new(clock);
                self
            }

            /// How the caches wait. A transport waits by a timer of its own.
            pub fn timer(mut self, timer: impl crate::Timer + 'static) -> Self {
                self.parts.timer = crate::timer::SharedTimer::new(timer);
                self
            }

            /// Is told what happens to the codes, after `tracing` was.
            pub fn observer(mut self, observer: impl crate::Observer + 'static) -> Self {
                self.parts.observer = std::sync::Arc::new(observer);
                self
            }

            /// Where nonces and random pauses come from. By default nonces are the operating system's
            /// randomness; pauses, which are drawn at each look into a store, are a quick generator's.
            pub fn random(mut self, random: impl crate::Random + 'static) -> Self {
                self.parts.random = Some(std::sync::Arc::new(random));
                self
            }
        }
    };
}

pub(crate) use setters;
