//! The platform as a function: a request and the time go in, a response comes out.

use std::net::IpAddr;

use http::{Request, Response};

use crate::answer::Answer;
use crate::call::Call;
use crate::calls;
use crate::dials::Dials;
use crate::signature::{self, Signed, Verdict};
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
}

impl Platform {
    /// A platform to which nothing has happened yet.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { state: State::new(world), counts: Counts::default() }
    }

    /// Answers one request as the platform would at `now`.
    ///
    /// Only the method, the path and the body matter; the body is read as a form whatever its
    /// label says, and headers, query and host are not looked at. The address asked from is an
    /// [`IpAddr`] in the request's extensions; without one, the allow-list is not asked. There is no failure: whatever
    /// was asked, a web server would have said something. The [`Rule`](crate::Rule) that decided
    /// is in the response's extensions.
    #[must_use = "the answer is the point, but the platform has changed too"]
    pub fn answer<B: AsRef<[u8]>>(&mut self, now: u64, request: &Request<B>) -> Response<Vec<u8>> {
        let path = request.uri().path();
        self.counts.count(path);
        let admitted = self.state.admits(request.extensions().get::<IpAddr>());
        let answer = match admitted.and_then(|()| Call::route(request.method(), path)) {
            Ok(call) => calls::decide(call, &mut self.state, now, request.body().as_ref()),
            Err(rule) => Answer::empty(rule),
        };
        wire::response(now, &self.state.dials, &answer)
    }

    /// How the platform behaves where nobody documents it.
    #[must_use]
    pub fn dials(&self) -> &Dials {
        &self.state.dials
    }

    /// Turns the dials, from the next request on. What was issued keeps the end it was given.
    pub fn set_dials(&mut self, dials: Dials) {
        self.state.dials = dials;
    }

    /// Replaces the allow-list; an empty one lets everybody in.
    pub fn set_allow_list(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses = addresses.into_iter().map(|address| address.to_canonical());
        self.state.allow_list = addresses.collect();
    }

    /// Makes an auth code as the page's `requestAuthCode` would: for one app and one user, good
    /// for one login within [`World::code_life`] seconds. For an app or a user who does not exist
    /// there is a code too; login refuses it.
    pub fn issue_code(&mut self, now: u64, app_id: &str, open_id: &str) -> String {
        let code = self.state.mint.strike();
        self.state.codes.add(now, code.clone(), app_id, open_id);
        code
    }

    /// Takes an app's server token back before its end, as if the platform had lost it. `false`
    /// if there is no such app or it has no token that works.
    pub fn revoke_server_token(&mut self, now: u64, app_id: &str) -> bool {
        let app = self.state.apps.get_mut(app_id);
        app.is_some_and(|app| app.server_token.revoke(now))
    }

    /// Judges a page's signature against the tickets that work at `now`: the current one and the
    /// one it replaced.
    ///
    /// `url` is what the page's `location.href` says; query, fragment and one trailing slash are
    /// cut here, and a URL already cut is the same. `timestamp` is unix seconds and may be any:
    /// no age is documented beyond which a signature is refused.
    pub fn verify_signature(
        &self,
        now: u64,
        app_id: &str,
        nonce: &str,
        timestamp: u64,
        url: &str,
        signature: &str,
    ) -> Verdict {
        signature::verify(&self.state, now, app_id, &Signed { nonce, timestamp, url, signature })
    }

    /// How many requests for exactly this path were answered, whatever the answer. Of a flood of
    /// different paths only the first 1024 are counted.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.counts.of(path)
    }
}
