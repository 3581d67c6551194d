//! The platform as a function: a request and the time go in, a response comes out.

mod turned;

use std::net::IpAddr;

use http::{Request, Response};

use crate::answer::Answer;
use crate::call::{Call, field};
use crate::calls;
use crate::fault::{FaultPlan, Script, Strike};
use crate::form::Form;
use crate::in_flight::{Flight, InFlight};
use crate::journal::{Decided, Entry, Journal, Known};
use crate::mint::Mint;
use crate::page;
use crate::quirk::Quirks;
use crate::rule::Rule;
use crate::state::{Counts, State};
use crate::wire;
use crate::world::World;

/// The open platform without clock, socket or randomness.
///
/// Every moment is unix seconds and is handed in. Given the same world and the same questions at
/// the same moments, it gives the same answers, tokens included. The moments may go back: what is
/// valid is computed from each anew.
#[derive(Debug)]
pub struct Platform {
    state: State,
    counts: Counts,
    in_flight: InFlight,
    journal: Journal,
    faults: Script,
    quirks: Quirks,
    /// Draws the quirks, if they are seeded.
    chance: Mint,
}

impl Platform {
    /// A platform to which nothing has happened yet.
    #[must_use]
    pub fn new(world: World) -> Self {
        let known = Known::of(&world);
        Self {
            state: State::new(world),
            counts: Counts::default(),
            in_flight: InFlight::default(),
            journal: Journal::new(known),
            faults: Script::new(0, FaultPlan::none()),
            quirks: Quirks::none(),
            chance: Mint::new(0),
        }
    }

    /// Answers one request as the platform would at `now`.
    ///
    /// Only the method, the path and the body matter; the body is read as a form whatever its
    /// label says, and query and host are not looked at, nor headers but those by which a browser
    /// tells that a page of another origin asks. The address asked from is an
    /// [`IpAddr`] in the request's extensions; without one, the allow-list is not asked. There is no failure: whatever
    /// was asked, a web server would have said something. The [`Rule`] that decided
    /// is in the response's extensions.
    #[must_use = "the answer is the point, but the platform has changed too"]
    pub fn answer<B: AsRef<[u8]>>(&mut self, now: u64, request: &Request<B>) -> Response<Vec<u8>> {
        let (response, flight) = self.take_off(now, request);
        if let Some(flight) = flight {
            self.land(flight);
        }
        response
    }

    /// Answers a request whose answer is then on its way until [`land`](Self::land) is told. That
    /// is noted for the calls of apps that exist.
    pub(crate) fn take_off<B: AsRef<[u8]>>(
        &mut self,
        now: u64,
        request: &Request<B>,
    ) -> (Response<Vec<u8>>, Option<Flight>) {
        self.counts.count(request.uri().path());
        let form = Form::parse(request.body().as_ref());
        let app_id = form.as_ref().ok().and_then(|form| form.field(field::APP_ID));
        let route = self.route(request, form.as_ref().ok());
        let strike = self.faults.strike(now, route.ok(), app_id);
        strike.meddle(&mut self.state, now, app_id);
        let source = request.extensions().get::<IpAddr>();
        let admitted = strike.prevents().and_then(|()| self.state.admits(source));
        let answer = self.decide(now, admitted.and(route), &form);
        let (response, decided) = self.spell(now, &answer, &strike);
        self.journal.write(now, request, Decided { call: route.ok(), ..decided });

        let app = app_id.and_then(|app_id| self.state.apps.get(app_id));
        let flight = route.ok().zip(app).map(|(call, app)| Flight { call, app: app.number });
        flight.inspect(|flight| self.in_flight.begin(*flight));
        (response, flight)
    }

    /// Which call it is, if whoever asks may make one.
    fn route<B>(&self, request: &Request<B>, form: Option<&Form>) -> Result<Call, Rule> {
        let call = Call::route(request.method(), request.uri().path(), form)?;
        if !self.state.dials.pages_may_ask && page::is_of_elsewhere(request.headers()) {
            return Err(Rule::PageOfElsewhere);
        }
        Ok(call)
    }

    fn decide<E>(&mut self, now: u64, call: Result<Call, Rule>, form: &Result<Form, E>) -> Answer {
        let asked = call.and_then(|call| match form {
            Ok(form) => calls::decide(call, &mut self.state, now, form),
            Err(_) => Err(Rule::FormMalformed),
        });
        asked.unwrap_or_else(Answer::empty)
    }

    /// Writes an answer and lets the faults have it. What can be said of a call is left out.
    fn spell(
        &mut self,
        now: u64,
        answer: &Answer,
        strike: &Strike,
    ) -> (Response<Vec<u8>>, Decided) {
        let status = self.state.dials.status(answer.rule);
        // A page of the web server has no quirks.
        let drawn = status.map(|_| self.quirks.draw(&mut self.chance));
        let quirks = drawn.unwrap_or_default();
        let mut response = wire::response(now, status, answer, quirks);
        if strike.spoil(&mut response) {
            wire::pack(&mut response, quirks);
        }
        if let Some(status) = status {
            self.counts.answered(status);
        }
        let decided = Decided {
            call: None,
            rule: answer.rule,
            status,
            http_status: response.status().as_u16(),
            faults: strike.kinds(),
            quirks,
        };
        (response, decided)
    }

    /// Notes in the journal what did not get as far as the platform: `None` where there was no
    /// request to be read.
    pub(crate) fn turn_away(
        &mut self,
        now: u64,
        source: IpAddr,
        request: Option<&Request<&[u8]>>,
        rule: Rule,
        http_status: u16,
    ) {
        let (faults, quirks) = (Vec::new(), Quirks::none());
        let decided = Decided { call: None, rule, status: None, http_status, faults, quirks };
        match request {
            Some(request) => self.journal.write(now, request, decided),
            None => self.journal.write_noise(now, source, decided),
        }
    }

    /// The answer of a flight has reached its client, or been given up.
    pub(crate) fn land(&mut self, flight: Flight) {
        self.in_flight.end(flight);
    }

    /// How many requests there were for a call of an app that exists, or of all of them.
    #[must_use]
    pub fn calls(&self, call: Call, app_id: Option<&str>) -> usize {
        self.flights(call, app_id).map(|flight| self.in_flight.total(flight)).sum()
    }

    /// The most in flight for one app, or for the app that had most.
    pub(crate) fn peak(&self, call: Call, app_id: Option<&str>) -> usize {
        self.flights(call, app_id).map(|flight| self.in_flight.peak(flight)).max().unwrap_or(0)
    }

    fn flights(&self, call: Call, app_id: Option<&str>) -> impl Iterator<Item = Flight> {
        let apps = self.state.apps.iter();
        let wanted = apps.filter(move |(id, _)| app_id.is_none_or(|app_id| app_id == *id));
        wanted.map(move |(_, app)| Flight { call, app: app.number })
    }

    /// How often each status was answered, quirks aside.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, usize)> {
        self.counts.statuses()
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The most requests of one call that were on their way at the same time: from being read until
    /// the answer was sent. A [`Delay`](crate::FaultKind::Delay) makes that time long enough to
    /// see. Of an app that does not exist it is 0; where there is no socket it is at most 1.
    #[must_use]
    pub fn most_in_flight(&self, call: Call, app_id: &str) -> usize {
        self.peak(call, Some(app_id))
    }

    /// What was asked and decided, oldest first: of the last 1000 requests those with a
    /// [number](Entry::number) above `after`, so that 0 is all.
    pub fn journal(&self, after: u64) -> impl DoubleEndedIterator<Item = Entry> {
        self.journal.entries(after)
    }

    /// Forgets the journal, the counts of requests, and what was most in flight; numbers go on.
    pub fn clear_journal(&mut self) {
        self.journal.clear();
        self.counts = Counts::default();
        self.in_flight.forget();
    }

    /// How many requests for exactly this path were answered, whatever the answer. Of a flood of
    /// different paths only the first 1024 are counted.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.counts.of(path)
    }
}
