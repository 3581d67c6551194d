//! One history, from its seed to its end.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use yzb_proto::{AppId, AppSecret, Origin};

use super::process::{Place, Process, number_of_token};
use super::rules::Setting;
use super::tasks::Tasks;
use super::timers::Due;
use super::world::{Health, KINDS, World, index};
use crate::{Kind, Policy, SlotKey};

pub(super) struct History {
    world: World,
    tasks: Tasks,
    processes: Vec<Process>,
    policy: &'static Policy,
    faults_end: u64,
    end: u64,
    /// How many codes there were at the last look.
    issued: usize,
    /// How often somebody was polled.
    polls: u32,
}

/// Lives are short, so that many renewals fit into a history.
fn policy(alone: bool) -> Policy {
    let seconds = Duration::from_secs;
    Policy::builder()
        .refresh_ahead(seconds(300))
        .longest_lifetime(seconds(3000))
        .reread_every(seconds(100))
        .alone_interval(seconds(120))
        .issue_without_store(alone)
        .build()
        .unwrap()
}

static ALONE: LazyLock<Policy> = LazyLock::new(|| policy(true));
static TOGETHER: LazyLock<Policy> = LazyLock::new(|| policy(false));
static KEY: LazyLock<SlotKey> = LazyLock::new(|| {
    let secret = AppSecret::new("secret").unwrap().fingerprint();
    SlotKey::new(
        Arc::new(Origin::production()),
        AppId::new("1").unwrap(),
        secret,
        Kind::ServerToken,
    )
});

/// What a process serves is looked at so often, in milliseconds, and after whatever it does.
const LOOK: u64 = 5_000;
/// How long after the last fault everything must be well.
const CONVERGENCE: u64 = 300_000;

impl History {
    pub(super) fn new(seed: u64, logged: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let count = match random.u8(0..40) {
            0..24 => 2,
            24..34 => 3,
            34..39 => random.usize(4..7),
            _ => random.usize(7..21),
        };
        let skew = random.u8(0..8);
        let (alone, can_check) = (random.bool(), random.bool());
        let faults = random.u8(0..7);
        let span = random.u64(200_000..1_000_000);
        let world = World::new(random, logged);
        world.set_now(1_000_000);
        let faults_end = world.now() + span;
        {
            let mut state = world.state();
            let state = &mut *state;
            state.platform.lifetime = state.seconds(700, 1200);
            state.platform.can_check = can_check;
            state.traps = [0, 1000, 300, 100][state.random.usize(0..4)];
            let setting = Setting { alone, watch: alone && can_check, skewed: skew == 0 };
            state.book.begin(count, setting);
            state.health = vec![Health::default(); count];
            for process in 0..count {
                state.health[process].skew = match skew {
                    0 if process == 0 => 600_000 * if state.random.bool() { 1 } else { -1 },
                    1..4 => state.random.i64(-14_500..14_500),
                    _ => 0,
                };
                let at = world.now() + state.random.u64(0..3) * state.random.u64(0..60_000);
                state.agenda.add(at, Due::Start(process as u32));
            }
            for _ in 0..faults {
                let at = world.now() + state.random.u64(0..span);
                state.agenda.add(at, Due::Fault);
            }
        }
        Self {
            world,
            tasks: Tasks::default(),
            processes: Vec::new(),
            policy: if alone { &ALONE } else { &TOGETHER },
            faults_end,
            end: faults_end + CONVERGENCE,
            issued: 0,
            polls: 0,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), String> {
        self.start_all();
        let mut healed = false;
        loop {
            self.happen();
            self.poll_all()?;
            self.judge()?;
            let next = self.next();
            if !healed && next >= self.faults_end {
                healed = true;
                self.world.set_now(self.faults_end);
                self.heal();
                continue;
            }
            if next >= self.end {
                break;
            }
            self.world.set_now(next);
            let over = self.world.state().timers.over(next);
            over.into_iter().for_each(std::task::Waker::wake);
        }
        self.world.set_now(self.end);
        self.world.state().judge_end(&self.processes, self.end);
        self.judge()
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.world.state().log.clone().unwrap_or_default()
    }

    /// Every process is there from the beginning, and does nothing before it was started.
    fn start_all(&mut self) {
        let count = self.world.state().health.len();
        for process in 0..count {
            let place = Place { world: self.world.clone(), process, incarnation: 0 };
            self.processes.push(Process::start(&place, &KEY, self.policy));
        }
    }

    fn next(&self) -> u64 {
        let mut state = self.world.state();
        let agenda = state.agenda.next().unwrap_or(u64::MAX);
        let timers = state.timers.next().unwrap_or(u64::MAX);
        let awake = self.processes.iter().zip(&state.health);
        let deadlines = awake
            .filter(|(_, health)| health.alive && !health.frozen)
            .flat_map(|(process, _)| process.deadlines.into_iter().flatten());
        deadlines.fold(agenda.min(timers), u64::min).max(self.world.now())
    }

    /// What is due now.
    fn happen(&mut self) {
        let now = self.world.now();
        loop {
            let due = self.world.state().agenda.pop(now);
            match due {
                None => break,
                Some(Due::Arrival(id)) => self.world.state().arrive(id as usize, now),
                Some(Due::Fault) => self.world.state().fault(now),
                Some(Due::Thaw(process)) => self.thaw(process as usize),
                Some(Due::Start(process)) => self.start(process as usize),
                Some(Due::Use(process)) => self.use_code(process as usize),
            }
        }
        for process in 0..self.processes.len() {
            if !self.is_awake(process) {
                continue;
            }
            for kind in KINDS {
                let deadline = &mut self.processes[process].deadlines[index(kind)];
                if deadline.take_if(|at| *at <= now).is_some() {
                    self.work(process, kind);
                }
            }
        }
    }

    fn is_awake(&self, process: usize) -> bool {
        let health = &self.world.state().health[process];
        health.alive && !health.frozen
    }

    /// Somebody asks when there is something to do, as a keeper would.
    fn work(&mut self, process: usize, kind: Kind) {
        if self.world.state().chance(12) {
            return self.ask_impatiently(process);
        }
        match kind {
            Kind::ServerToken => {
                let cache = self.processes[process].tokens.clone();
                self.tasks.spawn(process, async move { drop(cache.lease().await) });
            }
            Kind::JsTicket => {
                let cache = self.processes[process].tickets.clone();
                self.tasks.spawn(process, async move { drop(cache.lease().await) });
            }
        }
    }

    /// Somebody uses a token, and complains once if the platform refuses it.
    fn use_code(&mut self, process: usize) {
        let now = self.world.now();
        {
            let mut state = self.world.state();
            let again = if now > self.faults_end { 20_000 } else { state.seconds(10, 150) };
            state.agenda.add(now + again, Due::Use(process as u32));
        }
        if !self.is_awake(process) {
            return;
        }
        if self.world.state().chance(8) {
            return self.ask_impatiently(process);
        }
        let (cache, world) = (self.processes[process].tokens.clone(), self.world.clone());
        self.tasks.spawn(process, async move {
            for _ in 0..2 {
                let Ok(lease) = cache.lease().await else { return };
                let (now, state) = (world.now(), world.state());
                let number = number_of_token(&lease);
                if state.cannot_reach_platform(process, now)
                    || state.platform.is_alive(Kind::ServerToken, number, now)
                {
                    return;
                }
                drop(state);
                world.note(|| format!("{process} is refused with token {number}"));
                cache.invalidate(&lease);
            }
        });
    }

    /// Somebody goes away if it takes too long: what they led is left to others, or given up.
    fn ask_impatiently(&mut self, process: usize) {
        let (tokens, tickets) =
            (self.processes[process].tokens.clone(), self.processes[process].tickets.clone());
        let patience = self.world.state().random.u64(0..10_000);
        let mut sleep = self.world.sleep(patience);
        self.tasks.spawn(process, async move {
            let mut asking = Box::pin(async move {
                let _ = tickets.lease().await;
                let _ = tokens.lease().await;
            });
            poll_fn(|cx| {
                if asking.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                Pin::new(&mut sleep).poll(cx)
            })
            .await;
        });
    }

    fn start(&mut self, process: usize) {
        let now = self.world.now();
        let incarnation = {
            let mut state = self.world.state();
            let health = &mut state.health[process];
            if health.alive {
                return;
            }
            health.incarnation += 1;
            health.incarnation
        };
        self.tasks.kill(process);
        let place = Place { world: self.world.clone(), process, incarnation };
        self.processes[process] = Process::start(&place, &KEY, self.policy);
        {
            let mut state = self.world.state();
            state.note(now, || format!("{process} starts"));
            let health = &mut state.health[process];
            health.alive = true;
            health.frozen = false;
            health.awake_since = now;
            if incarnation == 1 {
                let first = now + state.seconds(0, 60);
                state.agenda.add(first, Due::Use(process as u32));
            }
        }
        KINDS.into_iter().for_each(|kind| self.work(process, kind));
        self.tasks.thaw();
    }

    fn thaw(&mut self, process: usize) {
        let now = self.world.now();
        let mut state = self.world.state();
        let health = &mut state.health[process];
        if !health.alive || !health.frozen {
            return;
        }
        health.frozen = false;
        health.awake_since = now;
        drop(state);
        self.tasks.thaw();
    }

    fn poll_all(&mut self) -> Result<(), String> {
        let world = &self.world;
        loop {
            let picked = self.tasks.pick(
                |count| if count == 1 { 0 } else { world.state().random.usize(0..count) },
                |process| world.state().health[process].frozen,
            );
            let Some((id, process)) = picked else { return Ok(()) };
            self.polls += 1;
            if self.polls > 1_000_000 {
                return Err("a loop without end".to_owned());
            }
            self.tasks.poll(id);
            self.processes[process].look();
            self.processes[process].judged = 0;
        }
    }

    fn judge(&mut self) -> Result<(), String> {
        let now = self.world.now();
        let issued = self.world.state().platform.issued();
        let is_news = core::mem::replace(&mut self.issued, issued) != issued;
        for process in 0..self.processes.len() {
            let looked = &mut self.processes[process].judged;
            if (is_news || now >= *looked + LOOK) && self.is_awake(process) {
                self.processes[process].judged = now;
                let served = KINDS.map(|kind| self.processes[process].served(kind));
                self.world.state().judge(process, served, now);
            }
        }
        match &self.world.state().book.wrong {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }

    fn heal(&mut self) {
        self.world.note(|| "all faults are over".to_owned());
        self.world.state().heal();
        for process in 0..self.processes.len() {
            self.thaw(process);
            self.start(process);
        }
    }
}
