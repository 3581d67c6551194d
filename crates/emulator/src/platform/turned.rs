//! What is turned on a platform from outside, and what is asked of it without a request.

use std::net::IpAddr;

use super::Platform;
use crate::dials::Dials;
use crate::fault::{FaultPlan, Script};
use crate::mint::Mint;
use crate::quirk::Quirks;
use crate::signature::{self, Signed, Verdict};

impl Platform {
    /// The faults that are planned.
    #[must_use]
    pub fn faults(&self) -> &FaultPlan {
        self.faults.plan()
    }

    /// How often each fault of the plan has struck, in the plan's order.
    #[must_use]
    pub fn fault_strikes(&self) -> &[u64] {
        self.faults.struck()
    }

    /// Puts a plan of faults in place of the one before. Counting begins now, and so do the plan's
    /// moments that are relative.
    pub fn set_faults(&mut self, now: u64, plan: impl Into<FaultPlan>) {
        self.faults = Script::new(now, plan.into());
    }

    /// The quirks that are on.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }

    /// Spells the answers from the next on with these quirks. What is drawn by a seed begins anew.
    pub fn set_quirks(&mut self, quirks: impl Into<Quirks>) {
        self.quirks = quirks.into();
        self.chance = Mint::new(self.quirks.seed().unwrap_or(0));
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

    /// The addresses that are let in; if there are none, everybody is.
    #[must_use]
    pub fn allow_list(&self) -> &[IpAddr] {
        &self.state.allow_list
    }

    /// Replaces the allow-list; an empty one lets everybody in.
    pub fn set_allow_list(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses = addresses.into_iter().map(|address| address.to_canonical());
        self.state.allow_list = addresses.collect();
    }

    /// Makes an auth code as the page's `requestAuthCode` would: for one app and one user, good
    /// for one login within [`World::code_life`](crate::World::code_life) seconds. For an app or a user who does not exist
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
}
