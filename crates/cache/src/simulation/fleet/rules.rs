//! What must hold in every history of a fleet.

use super::platform::Request;
use super::process::{Process, number};
use super::world::{KINDS, State, index};
use crate::{Code, Event, Kind, Stored};

/// What is remembered in order to judge.
#[derive(Default)]
pub(super) struct Book {
    pub(super) wrong: Option<String>,
    pub(super) setting: Setting,
    /// The last turn that each process got, and whether the store had a new code then.
    claims: Vec<[Claim; 2]>,
    /// Requests under way that were sent within a turn.
    flying: [u32; 2],
    /// When a failover last lost the turns.
    pub(super) turns_lost: u64,
    /// The current code, and since when the store has it.
    current_since: [Option<(usize, u64)>; 2],
    /// The code that the store has, and since when.
    stored_since: [Option<(usize, u64)>; 2],
    /// When the store last had each code.
    last_stored: [Vec<u64>; 2],
    /// Which processes were told that a clock is wrong.
    pub(super) told: Vec<bool>,
    /// When each last had a new code.
    news: Vec<u64>,
}

/// What this history lets processes do.
#[derive(Clone, Copy, Default)]
pub(super) struct Setting {
    /// Issue without the store.
    pub(super) alone: bool,
    /// Ask the platform about tickets.
    pub(super) watch: bool,
    /// A clock is off by more than the bound.
    pub(super) skewed: bool,
}

#[derive(Clone, Copy, Default)]
struct Claim {
    holder: u64,
    at: u64,
    /// It goes on without the store since.
    is_alone: bool,
    /// A request of the process got no answer since it last got a code.
    has_lost: bool,
    /// The number of a code that was new in the store at that time.
    fresh: Option<usize>,
}

/// Within what a process knows of a new record: one re-read, at its longest, and its time-out.
const ADOPT: u64 = 122_000;
/// Within what a code is in the store, unless something is wrong.
const SAVED: u64 = 50_000;
/// A code of this age is no reason for another one.
const NEW: u64 = 30_000;

impl Book {
    pub(super) fn begin(&mut self, processes: usize, setting: Setting) {
        self.setting = setting;
        self.claims = vec![Default::default(); processes];
        self.told = vec![false; processes];
        self.news = vec![0; processes];
    }

    fn accuse(&mut self, wrong: impl FnOnce() -> String) {
        self.wrong.get_or_insert_with(wrong);
    }

    /// The turn under which this process issues.
    pub(super) fn claim(&self, kind: Kind, process: usize) -> Option<u64> {
        let claim = self.claims[process][index(kind)];
        Some(claim.holder).filter(|_| !claim.is_alone)
    }

    /// A request is no longer under way.
    pub(super) fn over(&mut self, kind: usize) {
        self.flying[kind] = self.flying[kind].saturating_sub(1);
    }
}

impl State {
    pub(super) fn on_turn(&mut self, kind: Kind, process: usize, holder: u64, now: u64) {
        let current = self.platform.current(kind).filter(|number| {
            let age = now - self.platform.code(kind, *number).issued;
            age < NEW && self.shelf.record(kind).map(number_of) == Some(*number)
        });
        let claim = &mut self.book.claims[process][index(kind)];
        *claim = Claim { holder, at: now, is_alone: false, fresh: current, ..*claim };
    }

    pub(super) fn on_send(&mut self, request: &Request, now: u64) {
        let Request { kind, process, holder, .. } = *request;
        let health = &self.health[process];
        let trouble = health.store_trouble.max(health.awake_since);
        if holder.is_none() {
            let has_cause = now < trouble + 60_000 || self.cannot_reach_store(process, now);
            if !self.book.setting.alone || !has_cause {
                self.book.accuse(|| format!("{process} issues a {kind} alone without a cause"));
            }
            return;
        }
        if self.book.flying[index(kind)] > 0 && now > self.book.turns_lost + 120_000 {
            self.book.accuse(|| format!("two requests for a {kind} in flight"));
        }
        self.book.flying[index(kind)] += 1;
        // What may have replaced a ticket makes others' doubtful too.
        let Claim { at, fresh, has_lost, .. } = self.book.claims[process][index(kind)];
        let is_excused = trouble >= at || has_lost || self.book.setting.skewed;
        if let Some(number) = fresh.filter(|_| !is_excused) {
            if self.platform.current(kind) == Some(number)
                && self.platform.is_alive(kind, number, now)
            {
                self.book.accuse(|| {
                    format!("{process} replaces {kind} {number}, which was new in the store")
                });
            }
        }
    }

    pub(super) fn on_arrival(&mut self, request: &Request, now: u64) {
        let Some(holder) = request.holder else { return };
        self.book.over(index(request.kind));
        let now_has = self.shelf.holder(request.kind, now);
        if now_has.is_some_and(|has| has != holder) && now > self.book.turns_lost + 120_000 {
            self.book
                .accuse(|| format!("a request of {} arrives in another's turn", request.process));
        }
    }

    /// A process wrote a record over another.
    pub(super) fn on_write(&mut self, kind: Kind, before: Option<&Stored>, new: &Stored, now: u64) {
        let (old, new) = (before.map(number_of), number_of(new));
        if old.is_some_and(|old| old > new) && !self.book.setting.skewed {
            self.book.accuse(|| format!("{kind} {new} replaces {old:?} in the store"));
        }
        self.look_at_store(kind, now);
    }

    pub(super) fn on_event(&mut self, kind: Kind, process: usize, event: &Event, now: u64) {
        let claim = &mut self.book.claims[process][index(kind)];
        match event {
            Event::Failed { error, .. } if error.kind().may_have_issued() => claim.has_lost = true,
            Event::Issued { .. } => claim.has_lost = false,
            _ => {}
        }
        match event {
            Event::WithoutStore { .. } => self.book.claims[process][index(kind)].is_alone = true,
            Event::ClockDiffers { .. } => self.book.told[process] = true,
            Event::Adopted { .. } | Event::Issued { .. } => self.book.news[process] = now,
            _ => {}
        }
    }

    /// What the store holds now.
    pub(super) fn look_at_store(&mut self, kind: Kind, now: u64) {
        let stored = self.shelf.record(kind).map(number_of);
        let current = stored.filter(|number| {
            self.platform.current(kind) == Some(*number)
                && self.platform.is_alive(kind, *number, now)
        });
        let since = &mut self.book.current_since[index(kind)];
        if since.map(|(number, _)| number) != current {
            *since = current.map(|number| (number, now));
        }
        let since = &mut self.book.stored_since[index(kind)];
        let before = since.map(|(number, _)| number);
        if before != stored {
            *since = stored.map(|number| (number, now));
        }
        let last = &mut self.book.last_stored[index(kind)];
        for number in before.into_iter().chain(stored) {
            if last.len() <= number {
                last.resize(number + 1, 0);
            }
            last[number] = now;
        }
    }

    /// After each step, for each process that is awake.
    pub(super) fn judge(&mut self, process: usize, served: [Option<usize>; 2], now: u64) {
        for kind in KINDS {
            let Some(number) = served[index(kind)] else { continue };
            let code = self.platform.code(kind, number);
            if now >= code.issued + self.platform.lifetime && !self.book.setting.skewed {
                self.book.accuse(|| format!("{process} serves {kind} {number} past its expiry"));
            }
            match kind {
                Kind::ServerToken => self.judge_token(process, number, now),
                Kind::JsTicket if now >= code.end => self.judge_ticket(process, number, now),
                Kind::JsTicket => {}
            }
        }
    }

    fn judge_token(&mut self, process: usize, served: usize, now: u64) {
        let kind = Kind::ServerToken;
        if self.platform.current(kind) == Some(served) {
            return;
        }
        let Some((_, since)) = self.book.current_since[index(kind)] else { return };
        let health = &self.health[process];
        let since = since.max(health.store_trouble).max(health.awake_since);
        if now > since + ADOPT && !self.cannot_reach_store(process, now) {
            self.book.accuse(|| {
                format!("{process} serves {kind} {served}, although the store has the current one")
            });
        }
    }

    /// A ticket that is dead is served.
    fn judge_ticket(&mut self, process: usize, served: usize, now: u64) {
        let kind = Kind::JsTicket;
        let Some(current) = self.platform.current(kind).filter(|current| *current > served) else {
            return;
        };
        let replaced = self.platform.code(kind, served + 1).issued;
        // Nobody told the store: then only the platform can tell.
        let is_silent = self.last_stored(kind, served, now) > replaced + SAVED;
        let trouble = self.health[process].platform_trouble;
        let is_awake = now > self.health[process].awake_since + ADOPT;
        let may_know = self.book.setting.watch && is_awake && now > trouble + 900_000;
        if !self.book.setting.skewed && (!is_silent || may_know) {
            self.book.accuse(|| {
                format!("{process} serves {kind} {served}, which is dead; {current} is current")
            });
        }
    }

    /// When all faults are over for a while.
    pub(super) fn judge_end(&mut self, processes: &[Process], now: u64) {
        for kind in KINDS {
            let served = processes.iter().map(|process| process.served(kind));
            for (process, served) in served.enumerate() {
                if !self.is_well(kind, served, now) {
                    let (stored, current) =
                        (self.book.stored_since[index(kind)], self.platform.current(kind));
                    self.book.accuse(|| {
                        format!(
                            "in the end {process} serves {kind} {served:?}, the store has \
                             {stored:?}, and {current:?} is current"
                        )
                    });
                }
            }
        }
        for process in 0..processes.len() {
            let is_off = self.health[process].skew.abs() > 100_000;
            let heard = self.health[process].store_trouble < self.book.news[process];
            if is_off && heard && !self.book.told[process] {
                self.book.accuse(|| format!("{process} has a wrong clock, and nobody was told"));
            }
        }
    }
}

impl State {
    /// When the store last had this code.
    fn last_stored(&self, kind: Kind, number: usize, now: u64) -> u64 {
        if self.book.stored_since[index(kind)].is_some_and(|(stored, _)| stored == number) {
            return now;
        }
        self.book.last_stored[index(kind)].get(number).copied().unwrap_or(0)
    }

    /// Whether this is what a process should serve when everything is well.
    fn is_well(&self, kind: Kind, served: Option<usize>, now: u64) -> bool {
        if self.book.setting.skewed {
            // Lives are short here: with a clock so wrong, what one issues is over for another.
            return true;
        }
        let Some(served) = served else { return self.is_news(kind, now) };
        if !self.platform.is_alive(kind, served, now) {
            // A token's successor is adopted within a re-read, or when it is refused. What is said of
            // dead tickets is said elsewhere.
            return kind == Kind::JsTicket || self.is_news(kind, now);
        }
        match self.book.stored_since[index(kind)] {
            Some((stored, _)) if stored == served => {
                kind == Kind::JsTicket || self.platform.current(kind) == Some(served)
            }
            Some(_) => self.is_news(kind, now),
            // Broken: that is replaced when the code is due.
            None => self.platform.current(kind) == Some(served) || kind == Kind::JsTicket,
        }
    }

    /// Whether what the store has is so new that not everyone knows it.
    fn is_news(&self, kind: Kind, now: u64) -> bool {
        let news = |at: u64| now < at + ADOPT;
        self.book.stored_since[index(kind)].is_some_and(|(_, at)| news(at))
            || self
                .platform
                .current(kind)
                .is_some_and(|it| news(self.platform.code(kind, it).issued))
    }
}

fn number_of(record: &Stored) -> usize {
    match &record.code {
        Code::ServerToken(token) => number(token.expose_secret()),
        Code::JsTicket(ticket) => number(ticket.expose_secret()),
    }
}
