//! What goes wrong in a history, and when.

use yzb_proto::{JsTicket, ServerAccessToken};

use super::platform::wall;
use super::shelf::Entry;
use super::world::{KINDS, State, index};
use crate::{Code, Kind, Stored};

impl State {
    /// Something goes wrong now.
    pub(super) fn fault(&mut self, now: u64) {
        let process = self.random.usize(0..self.health.len());
        let kind = KINDS[self.random.usize(0..2)];
        let until = now + if self.chance(3) { self.seconds(60, 900) } else { self.seconds(1, 60) };
        let what = self.random.u8(0..16);
        self.note(now, || format!("fault {what}: process {process}, {kind}, until {until}"));
        match what {
            0 => self.strike(process, true, now, until - now),
            1 => self.strike(process, false, now, until - now),
            2 | 3 => self.health[process].no_store_until = until,
            4 => self.health[process].no_platform_until = until,
            5 => self.weather.store_down = until,
            6 => {
                self.weather.store_down = until;
                self.shelf.records = Default::default();
                self.lose_turns(now);
            }
            7 => self.fail_over(now),
            8 => self.shelf.records[index(kind)] = Entry::Absent,
            9 => self.shelf.records[index(kind)] = Entry::Broken,
            10 => self.issue_elsewhere(kind, now),
            11 => self.weather.platform_slow = until,
            12 => self.weather.platform_lossy = until,
            13 => self.weather.platform_down = until,
            14 => self.weather.store_flaky = until,
            _ => self.platform.revoke(Kind::ServerToken, now),
        }
        for kind in KINDS {
            self.look_at_store(kind, now);
        }
    }

    /// The last writes are lost, and perhaps the turns.
    fn fail_over(&mut self, now: u64) {
        self.shelf.records = self.shelf.before.clone();
        if self.chance(2) {
            self.lose_turns(now);
        }
    }

    fn lose_turns(&mut self, now: u64) {
        self.shelf.turns = Default::default();
        self.book.turns_lost = now;
    }

    /// Somebody else gets a code, and writes it as the published renewer does, or badly, or not.
    fn issue_elsewhere(&mut self, kind: Kind, now: u64) {
        let number = self.platform.issue(kind, now);
        let code = match kind {
            Kind::ServerToken => {
                Code::ServerToken(ServerAccessToken::new(&format!("t{number}")).unwrap())
            }
            Kind::JsTicket => Code::JsTicket(JsTicket::new(&format!("k{number}")).unwrap()),
        };
        let record = Stored::new(code, wall(now + self.platform.lifetime));
        match self.random.u8(0..3) {
            0 => self.shelf.records[index(kind)] = Entry::Record(record),
            1 => self.shelf.records[index(kind)] = Entry::Broken,
            _ => {}
        }
    }

    /// All faults are over: whoever was struck goes on.
    pub(super) fn heal(&mut self) {
        self.weather = Default::default();
        self.traps = 0;
        for health in &mut self.health {
            health.no_store_until = 0;
            health.no_platform_until = 0;
        }
    }
}
