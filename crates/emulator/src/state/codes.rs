//! Auth codes: one app, one user, one login.

use std::collections::HashMap;

use crate::hidden::Hidden;
use crate::rule::Why;
use crate::world::AuthCode;

/// Below this many codes nothing is swept.
const SWEEP_FROM: usize = 1024;

/// All codes not yet forgotten.
#[derive(Debug)]
pub(crate) struct Codes {
    held: HashMap<Hidden, Entry>,
    /// Seconds a code made here lives.
    life: u64,
    /// Sweep when this many are held.
    sweep_at: usize,
}

#[derive(Debug)]
struct Entry {
    app_id: String,
    open_id: String,
    until: Option<u64>,
    spent: bool,
}

impl Codes {
    pub(crate) fn new(planted: Vec<AuthCode>, life: u64) -> Self {
        let held = planted.into_iter().map(|planted| {
            let AuthCode { code, app_id, open_id, expires_at: until } = planted;
            (code, Entry { app_id, open_id, until, spent: false })
        });
        let held: HashMap<_, _> = held.collect();
        let sweep_at = SWEEP_FROM.max(held.len() * 2);
        Self { held, life, sweep_at }
    }

    /// Takes in a new code.
    pub(crate) fn add(&mut self, now: u64, code: String, app_id: &str, open_id: &str) {
        if self.held.len() >= self.sweep_at {
            self.sweep(now);
        }
        let until = Some(now.saturating_add(self.life));
        let (app_id, open_id) = (app_id.to_owned(), open_id.to_owned());
        self.held.insert(code.into(), Entry { app_id, open_id, until, spent: false });
    }

    /// Takes a code out of use, whoever's it is and whatever for.
    pub(crate) fn burn(&mut self, code: &str) {
        if let Some(entry) = self.held.get_mut(code) {
            entry.spent = true;
        }
    }

    /// Spends a code on its one login and says whose it is. Whatever is refused is not spent: a
    /// code that another app tries stays good for its own.
    pub(crate) fn spend(&mut self, now: u64, code: &str, app_id: &str) -> Result<String, Why> {
        let entry = self.held.get_mut(code).ok_or(Why::Unknown)?;
        match entry {
            _ if entry.app_id != app_id => Err(Why::OfAnotherApp),
            Entry { spent: true, .. } => Err(Why::Spent),
            Entry { until: Some(until), .. } if now >= *until => Err(Why::Expired),
            _ => {
                entry.spent = true;
                Ok(entry.open_id.clone())
            }
        }
    }

    /// Forgets what is of no more use, so that memory stays flat: codes that are spent or past
    /// their end. They were refused as spent or expired, and are as unknown from here on.
    fn sweep(&mut self, now: u64) {
        self.held.retain(|_, entry| !entry.spent && entry.until.is_none_or(|until| now < until));
        self.sweep_at = SWEEP_FROM.max(self.held.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_apps_attempt_does_not_spend_a_code() {
        let mut codes = Codes::new(vec![AuthCode::new("c", "1", "alice")], 300);
        assert_eq!(codes.spend(0, "c", "2"), Err(Why::OfAnotherApp));
        assert_eq!(codes.spend(0, "c", "1"), Ok("alice".to_owned()));
        assert_eq!(codes.spend(0, "c", "1"), Err(Why::Spent));
    }

    #[test]
    fn a_code_works_up_to_but_not_at_its_end() {
        let planted = AuthCode::new("planted", "1", "alice").expires_at(1000);
        let mut codes = Codes::new(vec![planted], 300);
        codes.add(1000, "made".to_owned(), "1", "alice");
        assert_eq!(codes.spend(1000, "planted", "1"), Err(Why::Expired));
        assert_eq!(codes.spend(1300, "made", "1"), Err(Why::Expired));
        assert!(codes.spend(1299, "made", "1").is_ok());
    }

    #[test]
    fn a_million_codes_take_no_more_room_than_those_still_good() {
        let mut codes = Codes::new(Vec::new(), 300);
        for n in 0..500_000_u64 {
            codes.add(n, n.to_string(), "1", "alice"); // never used, time passes
        }
        for n in 500_000..1_000_000_u64 {
            codes.add(500_000, n.to_string(), "1", "alice"); // used, time stands still
            assert!(codes.spend(500_000, &n.to_string(), "1").is_ok());
        }
        assert!(codes.held.len() <= SWEEP_FROM, "{}", codes.held.len());
    }
}
