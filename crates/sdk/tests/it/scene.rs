//! The cast: a platform in process, whose time is the runtime's pretended one.

mod turns;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use yzb::{
    App, AppBuilder, Apps, AppsBuilder, Body, Clock, Event, Monotonic, Now, SignedPage, SlotKey,
    Transport, TransportError, TransportErrorKind, UnixSeconds,
};
use yzb_emulator::{Call, Delivery, FaultPlan, Manner, Platform, World, demo};

pub(crate) use turns::Turns;

/// Where time begins, in unix seconds.
pub(crate) const BEGIN: u64 = 1_654_569_706;

/// The time of the test's runtime, which passes by sleeping only.
#[derive(Clone, Copy)]
pub(crate) struct Pretended(Instant);

impl Clock for Pretended {
    fn now(&self) -> Now {
        let since = self.0.elapsed();
        let wall = UnixSeconds::new(BEGIN + since.as_secs());
        Now::new(wall, Monotonic::default() + since)
    }
}

/// A platform, its time, and what observers were told.
#[derive(Clone)]
pub(crate) struct Scene {
    platform: Arc<Mutex<Platform>>,
    pub(crate) clock: Pretended,
    events: Arc<Mutex<Vec<(SlotKey, Event)>>>,
    /// How many apps were begun, by which their chance differs.
    begun: Arc<AtomicU64>,
}

impl Scene {
    pub(crate) fn demo() -> Self {
        Self::new(World::demo())
    }

    pub(crate) fn new(world: World) -> Self {
        Self {
            platform: Arc::new(Mutex::new(Platform::new(world))),
            clock: Pretended(Instant::now()),
            events: Arc::default(),
            begun: Arc::default(),
        }
    }

    pub(crate) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap()
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now().wall.as_secs()
    }

    /// The demo app, with everything injected.
    pub(crate) fn builder(&self) -> AppBuilder {
        self.builder_of(demo::APP_ID, demo::APP_SECRET)
    }

    pub(crate) fn builder_of(&self, app_id: &str, secret: &str) -> AppBuilder {
        App::builder(app_id, secret)
            .transport(self.clone())
            .clock(self.clock)
            .random(self.chance())
            .observer(self.ear())
    }

    /// Many apps, with everything injected.
    pub(crate) fn apps_builder(&self) -> AppsBuilder {
        Apps::builder()
            .transport(self.clone())
            .clock(self.clock)
            .random(self.chance())
            .observer(self.ear())
    }

    fn chance(&self) -> impl Fn() -> [u8; 16] + Send + Sync + 'static {
        counting(self.begun.fetch_add(1, Ordering::SeqCst))
    }

    fn ear(&self) -> impl yzb::Observer + 'static {
        let events = Arc::clone(&self.events);
        move |key: &SlotKey, event: &Event| {
            events.lock().unwrap().push((key.clone(), event.clone()));
        }
    }

    pub(crate) fn app(&self) -> App {
        self.builder().build().unwrap()
    }

    pub(crate) fn events(&self) -> Vec<(SlotKey, Event)> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn asked(&self, call: Call) -> usize {
        self.platform().calls(call, Some(demo::APP_ID))
    }

    pub(crate) fn auth_code(&self) -> String {
        let now = self.now();
        self.platform().issue_code(now, demo::APP_ID, demo::ANGEL)
    }

    /// Lets these faults strike from now on.
    pub(crate) fn set_faults(&self, plan: impl Into<FaultPlan>) {
        let now = self.now();
        self.platform().set_faults(now, plan);
    }

    /// How often observers were told something of this name.
    pub(crate) fn told(&self, name: &str) -> usize {
        self.events().iter().filter(|(_, event)| event.name() == name).count()
    }

    /// Whether the platform lets this page in now.
    pub(crate) fn accepts(&self, page: &SignedPage<'_>) -> bool {
        let now = self.now();
        let verdict = self.platform().verify_signature(
            now,
            page.app_id().as_str(),
            page.nonce().as_str(),
            page.timestamp().as_secs(),
            page.url().as_str(),
            page.signature().as_str(),
        );
        verdict.is_accepted()
    }

    /// The platform forgets the server's token.
    pub(crate) fn revoke_token(&self) {
        let now = self.now();
        assert!(self.platform().revoke_server_token(now, demo::APP_ID));
    }
}

impl Transport for Scene {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let now = self.now();
        let answer = self.platform().answer(now, &request).map(Body::from);
        let Some(delivery) = Delivery::of(&answer) else { return Ok(answer) };
        tokio::time::sleep(delivery.delay).await;
        match delivery.manner {
            Manner::Plain | Manner::Chunked | Manner::ResetAfter => Ok(answer),
            Manner::Silence => {
                pass(10).await;
                Err(TransportErrorKind::Timeout.into())
            }
            _ => Err(TransportErrorKind::Closed.into()),
        }
    }
}

/// Other bytes each time and for each seed, and the same in each run.
fn counting(seed: u64) -> impl Fn() -> [u8; 16] + Send + Sync {
    let count =
        Mutex::new(u128::from(seed).wrapping_mul(0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f));
    move || {
        let mut count = count.lock().unwrap();
        // An odd constant spreads the count over all bytes.
        *count = count.wrapping_add(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        count.to_be_bytes()
    }
}

pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
