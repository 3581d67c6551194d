//! One process of the fleet: two real caches, and how they reach the others.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use yzb_proto::{JsTicket, Lifetime, Retry, ServerAccessToken, UnixSeconds};

use super::platform::{Outcome, Request, wall};
use super::shelf::Access;
use super::timers::Due;
use super::world::{BASE, State, World, index};
use crate::{
    Attempt, Checked, Clock, Event, IssueError, Issued, Issuer, Kind, Lease, Monotonic, Now,
    Observer, Policy, SlotKey, TicketCall, TicketIssuer, Timer, TokenCache,
};

/// Where something runs.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) world: World,
    pub(super) process: usize,
    pub(super) incarnation: u32,
}

/// The platform, as one process reaches it.
#[derive(Clone)]
pub(super) struct Line {
    place: Place,
}

pub(super) type Tokens = TokenCache<Line, Access>;
pub(super) type Tickets = TokenCache<TicketIssuer<Line, Line, Access>, Access>;

pub(super) struct Process {
    pub(super) tokens: Tokens,
    pub(super) tickets: Tickets,
    /// When there is something to do for each.
    pub(super) deadlines: [Option<u64>; 2],
    /// When it was last looked at what it serves.
    pub(super) judged: u64,
}

/// An issuer's own time-out, in milliseconds.
const TIMEOUT: u64 = 25_000;

impl Process {
    pub(super) fn start(place: &Place, key: &SlotKey, policy: &Policy) -> Self {
        let (line, access) = (Line { place: place.clone() }, Access { place: place.clone() });
        let dice = place.world.clone();
        let random = move || dice.state().random.f64();
        let clock =
            Watch { place: place.clone(), skew: place.world.state().health[place.process].skew };
        let tokens = TokenCache::builder(key.clone(), line.clone())
            .store(access.clone())
            .policy(policy.clone())
            .clock(clock.clone())
            .timer(place.clone())
            .observer(place.clone())
            .random(random.clone())
            .build();
        let issuer = TicketIssuer::new(line, tokens.clone());
        let tickets = TokenCache::builder(key.of_kind(Kind::JsTicket), issuer)
            .store(access)
            .policy(policy.clone())
            .clock(clock)
            .timer(place.clone())
            .observer(place.clone())
            .random(random)
            .build();
        Self { tokens, tickets, deadlines: [None; 2], judged: 0 }
    }

    /// Looks when there is something to do.
    pub(super) fn look(&mut self) {
        let millis = |at: Monotonic| at.as_millis();
        self.deadlines =
            [self.tokens.next_deadline().map(millis), self.tickets.next_deadline().map(millis)];
    }

    /// The number of the code of this kind that is handed out.
    pub(super) fn served(&self, kind: Kind) -> Option<usize> {
        match kind {
            Kind::ServerToken => self.tokens.read(number_of_token),
            Kind::JsTicket => self.tickets.read(number_of_ticket),
        }
    }
}

pub(super) fn number_of_token(lease: &Lease<ServerAccessToken>) -> usize {
    number(lease.token().expose_secret())
}

pub(super) fn number_of_ticket(lease: &Lease<JsTicket>) -> usize {
    number(lease.token().expose_secret())
}

pub(super) fn number(code: &str) -> usize {
    code[1..].parse().unwrap()
}

impl Place {
    /// A process may be struck here: it goes on when it is awake again, or never.
    pub(super) async fn stumble(&self) {
        let now = self.world.now();
        {
            let mut state = self.world.state();
            let traps = state.traps;
            if traps == 0 || !state.chance(traps) {
                return;
            }
            let process = self.process;
            if state.health[process].incarnation != self.incarnation || !state.health[process].alive
            {
                return;
            }
            let pause = if state.chance(2) { state.seconds(0, 5) } else { state.seconds(5, 200) };
            let dies = state.chance(3);
            state.strike(process, dies, now, pause);
        }
        let mut struck = false;
        poll_fn(|cx| {
            if core::mem::replace(&mut struck, true) {
                return Poll::Ready(());
            }
            // Whoever polls next finds the process frozen.
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

impl State {
    /// Freezes a process, or kills it, for so long.
    pub(super) fn strike(&mut self, process: usize, dies: bool, now: u64, pause: u64) {
        if self.health[process].frozen || !self.health[process].alive {
            return;
        }
        self.note(now, || {
            let what = if dies { "dies" } else { "freezes" };
            format!("{process} {what} for {pause} ms")
        });
        let health = &mut self.health[process];
        health.frozen = true;
        let due = if dies {
            health.alive = false;
            Due::Start(process as u32)
        } else {
            Due::Thaw(process as u32)
        };
        self.agenda.add(now + pause, due);
    }
}

/// A process's clocks.
#[derive(Clone)]
struct Watch {
    place: Place,
    skew: i64,
}

impl Clock for Watch {
    fn now(&self) -> Now {
        let now = self.place.world.now();
        let wall = (now + BASE * 1000).saturating_add_signed(self.skew) / 1000;
        Now::new(UnixSeconds::new(wall), Monotonic::from_millis(now))
    }
}

impl Timer for Place {
    async fn sleep(&self, pause: Duration) {
        self.world.sleep(u64::try_from(pause.as_millis()).unwrap()).await;
    }
}

impl Observer for Place {
    fn observe(&self, key: &SlotKey, event: &Event) {
        let (now, mut state) = (self.world.now(), self.world.state());
        state.on_event(key.kind(), self.process, event, now);
        state.note(now, || format!("{} {} {event:?}", self.process, key.kind()));
    }
}

impl Line {
    /// Sends a request for a code and waits for what comes of it, as long as an issuer does.
    async fn ask(
        &self,
        kind: Kind,
        attempt: &Attempt,
        token: usize,
    ) -> Result<(usize, u64), IssueError> {
        self.place.stumble().await;
        let Place { world, process, .. } = &self.place;
        let (id, answers) = {
            let (now, mut state) = (world.now(), world.state());
            let state = &mut *state;
            let late = attempt.send_before.is_some_and(|limit| now >= limit.as_millis());
            if late {
                return Err(IssueError::later("too late to send"));
            }
            if state.cannot_reach_platform(*process, now) {
                state.health[*process].platform_trouble = now;
                return Err(IssueError::later("the platform is away"));
            }
            let holder = state.book.claim(kind, *process);
            let request = Request {
                kind,
                process: *process,
                holder,
                token,
                lost: false,
                outcome: Outcome::UnderWay,
            };
            let answers = state.send(request, now);
            (state.platform.requests.len() - 1, answers)
        };
        let until = world.now() + TIMEOUT;
        if answers > world.now() {
            world.sleep(answers.min(until) - world.now()).await;
        }
        self.place.stumble().await;
        let now = world.now();
        let request = world.state().platform.requests[id];
        let in_time = answers <= until && now >= answers && !request.lost;
        match request.outcome {
            Outcome::Code { number, at } if in_time => Ok((number, at)),
            Outcome::DeadToken if in_time => {
                Err(IssueError::new(Retry::NewServerToken, "the token died"))
            }
            _ => Err(IssueError::later("no answer").perhaps_issued(true)),
        }
    }

    async fn is_known(&self, kind: Kind, number: usize) -> Result<Checked, IssueError> {
        self.place.stumble().await;
        let (now, mut state) = (self.place.world.now(), self.place.world.state());
        if !state.platform.can_check {
            return Ok(Checked::CannotTell);
        }
        if state.cannot_reach_platform(self.place.process, now)
            || now < state.weather.platform_lossy && state.chance(2)
        {
            state.health[self.place.process].platform_trouble = now;
            return Err(IssueError::later("the platform is away"));
        }
        let code = state.platform.code(kind, number);
        Ok(if now < code.end { Checked::Valid { until: wall(code.end) } } else { Checked::Invalid })
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::from_secs(self.place.world.state().platform.lifetime / 1000)
    }
}

impl State {
    /// Sends a request; when its answer is there.
    fn send(&mut self, request: Request, now: u64) -> u64 {
        self.on_send(&request, now);
        let id = self.platform.requests.len();
        let slow = now < self.weather.platform_slow || self.chance(8);
        let (there, back) =
            if slow { (self.random.u64(0..12_000), self.random.u64(0..16_000)) } else { (0, 0) };
        let lossy = now < self.weather.platform_lossy;
        let lost = lossy && self.chance(3);
        self.platform.requests.push(Request { lost, ..request });
        let (process, kind) = (request.process, request.kind);
        self.note(now, || {
            format!("{process} sends for a {kind}, there in {there}, back in {back} ms")
        });
        if lossy {
            self.health[process].platform_trouble = now;
        }
        if lossy && self.chance(3) {
            // It never arrives.
            self.book.over(index(kind));
            return u64::MAX;
        }
        if there == 0 {
            self.arrive(id, now);
        } else {
            self.agenda.add(now + there, Due::Arrival(id as u32));
        }
        now + there + back
    }

    pub(super) fn arrive(&mut self, id: usize, now: u64) {
        let request = self.platform.requests[id];
        self.on_arrival(&request, now);
        let request = self.platform.arrive(id, now);
        if let Outcome::Code { number, .. } = request.outcome {
            self.note(now, || format!("issued {} {number} for {}", request.kind, request.process));
        }
        self.look_at_store(request.kind, now);
    }
}

impl Issuer for Line {
    type Token = ServerAccessToken;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let (number, at) = self.ask(Kind::ServerToken, attempt, 0).await?;
        let token = ServerAccessToken::new(&format!("t{number}")).unwrap();
        Ok(Issued::new(token, self.lifetime()).dated(Some(wall(at))))
    }

    async fn check(&self, token: &ServerAccessToken) -> Result<Checked, IssueError> {
        self.is_known(Kind::ServerToken, number(token.expose_secret())).await
    }
}

impl TicketCall for Line {
    async fn ticket(
        &self,
        token: &ServerAccessToken,
        attempt: &Attempt,
    ) -> Result<Issued<JsTicket>, IssueError> {
        let token = number(token.expose_secret());
        let (number, at) = self.ask(Kind::JsTicket, attempt, token).await?;
        let ticket = JsTicket::new(&format!("k{number}")).unwrap();
        Ok(Issued::new(ticket, self.lifetime()).dated(Some(wall(at))))
    }

    async fn check(&self, ticket: &JsTicket) -> Result<Checked, IssueError> {
        self.is_known(Kind::JsTicket, number(ticket.expose_secret())).await
    }
}
