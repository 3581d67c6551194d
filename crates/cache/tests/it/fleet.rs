//! What one process of a fleet does, against a store and a platform that are told what to do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use yzb_cache::{
    Attempt, Builder, Checked, Code, Event, Fence, IssueError, Issued, Issuer, Kind,
    LeaseErrorKind, Policy, Replaces, SlotKey, Store, StoreError, StoreErrorKind, Stored,
    TokenCache, Turn, Witness,
};
use yzb_proto::{JsTicket, Lifetime, UnixSeconds};

use crate::support::{Hand, key};

const START: u64 = 1_700_000_000;

/// A store that processes share, and a platform, for tickets.
#[derive(Clone, Default)]
struct Both(Arc<Mutex<Scene>>);

#[derive(Default)]
struct Scene {
    kept: Option<Stored>,
    down: bool,
    /// So many writes fail.
    full: u64,
    time: Option<UnixSeconds>,
    /// What somebody else writes while the platform is asked.
    intruder: Option<Stored>,
    date: Option<UnixSeconds>,
    checks: Vec<(&'static str, Checked)>,
    hangs: bool,
    /// How far the clock goes on while the turn is asked for.
    turn_takes: u64,
    abandoned: u64,
    handed_back: u64,
    events: Vec<Event>,
}

struct Handed(Both);

impl Drop for Handed {
    fn drop(&mut self) {
        self.0.scene().handed_back += 1;
    }
}

impl Both {
    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.0.lock().unwrap()
    }

    fn up(&self) -> Result<MutexGuard<'_, Scene>, StoreError> {
        let scene = self.scene();
        if scene.down { Err(StoreErrorKind::Unavailable.into()) } else { Ok(scene) }
    }

    fn events(&self) -> Vec<&'static str> {
        self.scene().events.drain(..).map(|event| event.name()).collect()
    }
}

#[derive(Clone)]
struct Reached {
    both: Both,
    clock: Hand,
}

impl Store for Reached {
    async fn load(&self, _: &SlotKey) -> Result<Option<Stored>, StoreError> {
        Ok(self.both.up()?.kept.clone())
    }

    async fn save(&self, _: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let mut scene = self.both.up()?;
        if scene.full > 0 {
            scene.full -= 1;
            return Err(StoreErrorKind::Full.into());
        }
        match record.fence(scene.kept.as_ref()) {
            Fence::Write => scene.kept = Some(record.clone().replaces(Replaces::NotSaid)),
            Fence::Keep => {}
            Fence::Refuse => return Err(StoreErrorKind::Conflict.into()),
        }
        Ok(())
    }

    async fn turn(&self, _: &SlotKey) -> Result<Turn, StoreError> {
        let takes = core::mem::take(&mut self.both.up()?.turn_takes);
        self.clock.pass(takes);
        Ok(Turn::lasting(Handed(self.both.clone()), Duration::from_secs(30)))
    }

    fn abandon_turn(&self, turn: Turn) {
        self.both.scene().abandoned += 1;
        core::mem::forget(turn);
    }

    async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
        Ok(self.both.up()?.time)
    }
}

/// Issues `ticket-1`, `ticket-2` and so on.
struct Platform {
    both: Both,
    count: Arc<AtomicU64>,
}

impl Issuer for Platform {
    type Token = JsTicket;

    async fn issue(&self, _: &Attempt) -> Result<Issued<JsTicket>, IssueError> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if self.both.scene().hangs {
            std::future::pending::<()>().await;
        }
        let mut scene = self.both.scene();
        if let Some(intruder) = scene.intruder.take() {
            scene.kept = Some(intruder);
        }
        let ticket = JsTicket::new(&format!("ticket-{number}")).unwrap();
        Ok(Issued::new(ticket, Lifetime::DOCUMENTED).dated(scene.date))
    }

    async fn check(&self, ticket: &JsTicket) -> Result<Checked, IssueError> {
        let scene = self.both.scene();
        let said = scene.checks.iter().find(|(code, _)| *code == ticket.expose_secret());
        Ok(said.map_or(Checked::CannotTell, |(_, checked)| *checked))
    }
}

struct Stage {
    both: Both,
    clock: Hand,
    count: Arc<AtomicU64>,
    cache: TokenCache<Platform, Reached>,
}

fn stage_with(policy: Policy) -> Stage {
    let (both, clock, count) = (Both::default(), Hand::default(), Arc::default());
    let platform = Platform { both: both.clone(), count: Arc::clone(&count) };
    let log = both.clone();
    let builder: Builder<Platform> =
        TokenCache::builder(key().of_kind(Kind::JsTicket), platform).clock(clock.clone());
    let cache = builder
        .store(Reached { both: both.clone(), clock: clock.clone() })
        .policy(policy)
        .random(|| 0.5)
        .observer(move |_: &SlotKey, event: &Event| log.scene().events.push(event.clone()))
        .build();
    Stage { both, clock, count, cache }
}

fn stage() -> Stage {
    stage_with(Policy::default())
}

impl Stage {
    async fn ticket(&self) -> String {
        self.cache.lease().await.unwrap().token().expose_secret().to_owned()
    }

    fn kept(&self) -> Stored {
        self.both.scene().kept.clone().unwrap()
    }
}

fn record(ticket: &str, issued: u64, generation: u64) -> Stored {
    let code = Code::JsTicket(JsTicket::new(ticket).unwrap());
    Stored::new(code, UnixSeconds::new(START + issued + 7200))
        .issued_at(Some(UnixSeconds::new(START + issued)))
        .generation(generation)
}

fn until(seconds: u64) -> Checked {
    Checked::Valid { until: UnixSeconds::new(START + seconds) }
}

fn is_ticket(record: &Stored, ticket: &str) -> bool {
    let Code::JsTicket(code) = &record.code else { return false };
    code.expose_secret() == ticket
}

#[tokio::test(start_paused = true)]
async fn of_two_tickets_the_one_that_the_platform_calls_current_ends_up_in_the_store() {
    for (ours, theirs, current) in
        [(until(7200), until(600), "ticket-1"), (until(600), until(7200), "other")]
    {
        let stage = stage();
        stage.both.scene().intruder = Some(record("other", 0, 1));
        stage.both.scene().checks = vec![("ticket-1", ours), ("other", theirs)];
        stage.cache.lease().await.unwrap();
        assert_eq!(stage.ticket().await, current);
        assert!(is_ticket(&stage.kept(), current));
        assert!(stage.both.events().contains(&"refused"));
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_tell_the_stored_ticket_is_taken() {
    let stage = stage();
    stage.both.scene().intruder = Some(record("other", 0, 1));
    stage.cache.lease().await.unwrap();
    assert_eq!(stage.ticket().await, "other");
    assert!(is_ticket(&stage.kept(), "other"), "nothing is written over unseen");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_later_than_a_third_of_the_turn_after_asking_for_it() {
    let stage = stage();
    stage.both.scene().turn_takes = 10;
    let error = stage.cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::TooLateToSend));
    assert_eq!(stage.count.load(Ordering::SeqCst), 0);
    assert_eq!(stage.both.scene().handed_back, 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_not_handed_back_while_a_request_that_hangs_may_be_under_way() {
    let stage = stage();
    stage.both.scene().hangs = true;
    let error = stage.cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::Hung), "{error}");
    let scene = stage.both.scene();
    assert_eq!((scene.abandoned, scene.handed_back), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_not_handed_back_while_others_cannot_see_what_came_of_it() {
    let stage = stage();
    stage.both.scene().full = 3;
    assert_eq!(stage.ticket().await, "ticket-1");
    let counts = |scene: &Scene| (scene.abandoned, scene.handed_back, scene.full);
    assert_eq!(counts(&stage.both.scene()), (1, 0, 2));
    // It is tried again soon, and within the turn, which lasts thirty seconds.
    for (seconds, left) in [(1, 1), (2, 1), (10, 0), (18, 0), (26, 0)] {
        stage.clock.set(seconds);
        stage.cache.lease().await.unwrap();
        assert_eq!(stage.both.scene().full, left);
    }
    assert!(is_ticket(&stage.kept(), "ticket-1"));
    assert_eq!(stage.count.load(Ordering::SeqCst), 1);
    // The rest is as it always was: nobody looks before a minute is nearly over.
    stage.both.scene().kept = None;
    stage.clock.set(40);
    stage.cache.lease().await.unwrap();
    assert!(stage.both.scene().kept.is_none());
    stage.clock.set(95);
    stage.cache.lease().await.unwrap();
    assert!(is_ticket(&stage.kept(), "ticket-1"));
}

#[tokio::test(start_paused = true)]
async fn without_the_store_a_process_issues_once_in_a_while_and_says_so() {
    let stage = stage_with(Policy::builder().issue_without_store(true).build().unwrap());
    stage.both.scene().down = true;
    let lease = stage.cache.lease().await.unwrap();
    assert!(stage.both.events().contains(&"without-store"));
    stage.clock.set(60);
    assert!(stage.cache.invalidate(&lease));
    let error = stage.cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::Store(_)), "{error}");
    stage.clock.set(301);
    assert_eq!(stage.ticket().await, "ticket-2");
    // The store is back, and has lost everything: it gets what is held.
    stage.both.scene().down = false;
    stage.clock.set(400);
    stage.cache.lease().await.unwrap();
    assert!(is_ticket(&stage.kept(), "ticket-2"));
}

#[tokio::test(start_paused = true)]
async fn without_the_store_nothing_is_issued_unless_the_policy_says_so() {
    for policy in [Policy::builder().issue_without_store(false), Policy::builder()] {
        let stage = stage_with(policy.build().unwrap());
        stage.both.scene().down = true;
        let error = stage.cache.lease().await.unwrap_err();
        assert!(matches!(error.kind(), LeaseErrorKind::Store(_)), "{error}");
        assert_eq!(stage.count.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_platform_is_asked_about_tickets_only_where_somebody_may_issue_unseen() {
    for (policy, watched) in [
        (Policy::builder(), false),
        (Policy::builder().issue_without_store(false), false),
        (Policy::builder().issue_without_store(true), true),
        (Policy::builder().other_issuers(true), true),
    ] {
        let stage = stage_with(policy.build().unwrap());
        stage.cache.lease().await.unwrap();
        stage.both.scene().checks = vec![("ticket-1", until(900))];
        for seconds in (60..=900).step_by(60) {
            stage.clock.set(seconds);
            stage.cache.lease().await.unwrap();
        }
        assert_eq!(stage.both.events().contains(&"replaced-elsewhere"), watched);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_somebody_replaced_unseen_is_noticed_by_asking_the_platform() {
    let stage = stage_with(Policy::builder().other_issuers(true).build().unwrap());
    stage.cache.lease().await.unwrap();
    stage.both.scene().checks = vec![("ticket-1", until(900))];
    let mut replaced = false;
    for seconds in (60..=400).step_by(20) {
        stage.clock.set(seconds);
        stage.cache.lease().await.unwrap();
        replaced |= stage.both.events().contains(&"replaced-elsewhere");
    }
    assert!(replaced);
    assert_eq!(stage.ticket().await, "ticket-2");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_is_told_by_both_witnesses_and_others_read_no_longer_life() {
    let stage = stage();
    let true_time = UnixSeconds::new(START - 600);
    {
        let mut scene = stage.both.scene();
        (scene.date, scene.time) = (Some(true_time), Some(true_time));
    }
    stage.cache.lease().await.unwrap();
    let told = |of: Witness| {
        stage.both.scene().events.iter().any(|event| {
            matches!(event, Event::ClockDiffers { seconds: -599, witness } if *witness == of)
        })
    };
    assert!(told(Witness::Platform) && told(Witness::Store));
    assert!(stage.kept().expires_at <= UnixSeconds::new(START - 600 + 7200 + 1));
}

#[tokio::test(start_paused = true)]
async fn a_clock_within_the_bound_is_nothing_to_tell() {
    let stage = stage();
    {
        let mut scene = stage.both.scene();
        scene.date = Some(UnixSeconds::new(START + 30));
        scene.time = Some(UnixSeconds::new(START - 30));
    }
    stage.cache.lease().await.unwrap();
    assert!(!stage.both.events().contains(&"clock-differs"));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_starts_again_knows_the_ticket_before() {
    let first = stage();
    first.cache.lease().await.unwrap();
    first.clock.set(6400);
    first.cache.lease().await.unwrap();
    let again = stage();
    again.clock.set(6410);
    again.both.scene().kept = Some(first.kept());
    let lease = again.cache.lease().await.unwrap();
    let previous = lease.previous().unwrap();
    assert_eq!(previous.token.expose_secret(), "ticket-1");
    assert_eq!(previous.valid_until, UnixSeconds::new(START + 7000));
}
