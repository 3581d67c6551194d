//! What is known of one code, and what of the newest look is worth a remark. Pure.

use yzb::{Fingerprint, UnixSeconds};
use yzb_store_redis::TimeToLive;

use super::super::platform::Opinion;
use super::super::{span_words, task, time_of_day};
use super::remark::Remark;
use super::seen::{By, Card, Seen};
use super::summary::Summary;

/// By what a renewal is called late or early: seconds that are left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Programs of ours renew at most so early, and at least.
    pub(super) ours: (u64, u64),
    /// A code that has less left should have been renewed.
    pub(super) overdue: u64,
}

/// One code over time.
#[derive(Debug)]
pub(super) struct Book {
    seen: Option<Seen>,
    /// Since when the published clients find nothing.
    gap_since: Option<UnixSeconds>,
    /// Of this code it was told that it is overdue.
    overdue: Option<Fingerprint>,
    /// Of this code it was counted that ours would have renewed it by now.
    counted: Option<Fingerprint>,
}

impl Rules {
    /// With looks so many seconds apart.
    pub(super) const fn new(ours: (u64, u64), every: u64) -> Self {
        let patience = task::ROUND + task::TOLERANCE / 2 + every;
        Self { ours, overdue: task::AHEAD.saturating_sub(patience) }
    }
}

impl Book {
    pub(super) const fn new() -> Self {
        Self { seen: None, gap_since: None, overdue: None, counted: None }
    }

    /// Whether this is another record than the last look found: then more is asked about it.
    pub(super) fn is_news(&self, seen: &Seen) -> bool {
        match (&self.seen, seen) {
            (Some(Seen::Code(old)), Seen::Code(new)) => {
                old.code != new.code || old.expires_at != new.expires_at || old.by != new.by
            }
            (_, Seen::Code(_)) => true,
            _ => false,
        }
    }

    /// Takes the newest look in.
    pub(super) fn look(
        &mut self,
        now: UnixSeconds,
        seen: Seen,
        rules: Rules,
        summary: &mut Summary,
    ) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let before = self.seen.take();
        self.mind_the_gap(now, before.as_ref(), &seen, summary, &mut remarks);
        match &seen {
            Seen::Code(card) => {
                self.compare(now, before.as_ref(), card, rules, summary, &mut remarks);
            }
            Seen::Bad(words) if !matches!(&before, Some(Seen::Bad(old)) if old == words) => {
                summary.bad += 1;
                let text = format!("the record {words}: the task stops at it");
                remarks.push(Remark::wrong(now, "unreadable", text));
            }
            Seen::Bad(_) | Seen::Nothing => {}
        }
        self.seen = Some(seen);
        remarks
    }

    /// Whether the task gets no further than this code.
    pub(super) fn stops_the_task(&self, now: UnixSeconds) -> bool {
        match &self.seen {
            Some(Seen::Bad(_)) => true,
            Some(Seen::Code(card)) if card.by == By::Task => {
                card.is_odd || self.overdue == Some(card.code)
            }
            Some(Seen::Code(_)) | None => false,
            // It would have been issued in the next round.
            Some(Seen::Nothing) => self
                .gap_since
                .is_some_and(|since| now.since(since).as_secs() > task::ROUND + task::TOLERANCE),
        }
    }

    /// What its readers can use.
    pub(super) fn usable(&self, now: UnixSeconds) -> Option<&Card> {
        self.seen.as_ref()?.usable(now)
    }

    /// A gap that is still open counts up to now.
    pub(super) fn close(&self, now: UnixSeconds, summary: &mut Summary) {
        if let Some(since) = self.gap_since {
            summary.gap_seconds += now.since(since).as_secs();
        }
    }

    fn mind_the_gap(
        &mut self,
        now: UnixSeconds,
        before: Option<&Seen>,
        seen: &Seen,
        summary: &mut Summary,
        remarks: &mut Vec<Remark>,
    ) {
        match (self.gap_since, seen.usable(now)) {
            (None, None) => {
                // It ended between two looks.
                let ended = match before {
                    Some(Seen::Code(card)) if matches!(seen, Seen::Nothing | Seen::Code(_)) => {
                        card.expires_at.min(now)
                    }
                    _ => now,
                };
                self.gap_since = Some(ended);
                summary.gaps += 1;
                let text = "there is no valid record: the published clients get nothing";
                remarks.push(Remark::wrong(now, "gap", text));
            }
            (Some(since), Some(_)) => {
                self.gap_since = None;
                let seconds = now.since(since).as_secs();
                summary.gap_seconds += seconds;
                let text = format!("there is a valid record again, after {}", span_words(seconds));
                remarks.push(Remark::note(now, "gap-over", text));
            }
            _ => {}
        }
    }

    fn compare(
        &mut self,
        now: UnixSeconds,
        before: Option<&Seen>,
        card: &Card,
        rules: Rules,
        summary: &mut Summary,
        remarks: &mut Vec<Remark>,
    ) {
        let left = card.left(now);
        match before {
            Some(Seen::Code(old)) if old.code != card.code => {
                remarks.push(self.renewal(now, old, card, rules, summary));
                remarks.extend(flaws(now, card, summary));
            }
            Some(Seen::Code(old)) if old.by != card.by || old.expires_at != card.expires_at => {
                let text = format!("the same code, {} now", card.by.words());
                remarks.push(Remark::note(now, "rewritten", text));
                remarks.extend(flaws(now, card, summary));
            }
            Some(Seen::Code(_)) => {}
            Some(Seen::Nothing | Seen::Bad(_)) | None => {
                remarks.push(Remark::note(now, "record", card_words(now, card, rules)));
                remarks.extend(flaws(now, card, summary));
            }
        }
        if left <= rules.ours.0 && left > 0 && self.counted != Some(card.code) {
            self.counted = Some(card.code);
            summary.due_for_ours += 1;
        }
        if left < rules.overdue && left > 0 && self.overdue != Some(card.code) {
            self.overdue = Some(card.code);
            summary.overdue += 1;
            let text = format!(
                "nobody renewed it, and {left} s are left: the task was to do so from {} on",
                time_of_day(due_for_task(card))
            );
            remarks.push(Remark::wrong(now, "late", text));
        }
    }

    fn renewal(
        &self,
        now: UnixSeconds,
        old: &Card,
        card: &Card,
        rules: Rules,
        summary: &mut Summary,
    ) -> Remark {
        let left = old.left(now);
        let most = match &card.by {
            By::Task => task::AHEAD,
            _ => rules.ours.0,
        };
        match &card.by {
            By::Task => summary.task_renewed(left),
            By::Ours(_) => summary.by_ours += 1,
            By::Others => summary.by_others += 1,
        }
        let new = card_words(now, card, rules);
        if self.overdue == Some(old.code) {
            let late = (task::AHEAD - task::ROUND).saturating_sub(left);
            summary.latest = summary.latest.max(late);
            let text = format!("renewed, {} late: {new}", span_words(late));
            return Remark::note(now, "renewed", text);
        }
        if left > most + task::TOLERANCE {
            summary.early += 1;
            let text = format!(
                "replaced while {} were left: two issuers are at work, or somebody issued by hand; {new}",
                span_words(left)
            );
            return Remark::wrong(now, "early", text);
        }
        Remark::note(now, "renewed", format!("renewed with {left} s left: {new}"))
    }
}

/// What is wrong with a record that can be read.
fn flaws(now: UnixSeconds, card: &Card, summary: &mut Summary) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if card.is_odd {
        let text = "`expires_in` is a text: the task cannot reckon with it, and stops there";
        remarks.push(Remark::wrong(now, "odd-expiry", text));
    }
    match card.kept {
        Some(TimeToLive::Forever) => {
            let text = "Redis keeps the record for ever: readers get a dead code when it is over";
            remarks.push(Remark::wrong(now, "no-expiry", text));
        }
        Some(TimeToLive::Left(kept))
            if kept.as_secs().abs_diff(card.left(now)) > task::TOLERANCE =>
        {
            let text = format!(
                "Redis keeps the record for {}, and it says {}: do the clocks differ?",
                span_words(kept.as_secs()),
                span_words(card.left(now))
            );
            remarks.push(Remark::wrong(now, "ttl", text));
        }
        _ => {}
    }
    if card.opinion == Opinion::Refused {
        let text = "the platform refuses the code: somebody else issued another";
        remarks.push(Remark::wrong(now, "refused", text));
    }
    if let Opinion::ValidUntil(until) = card.opinion
        && card.expires_at.since(until).as_secs() > task::TOLERANCE
    {
        let text = format!(
            "the platform takes the code for {} only: somebody replaced it",
            span_words(until.since(now).as_secs())
        );
        remarks.push(Remark::wrong(now, "replaced", text));
    }
    if card.by == By::Others {
        let text = "it is another fleet's: with another app secret, or for another platform";
        remarks.push(Remark::wrong(now, "other-fleet", text));
    }
    summary.flawed += remarks.len() as u64;
    remarks
}

fn card_words(now: UnixSeconds, card: &Card, rules: Rules) -> String {
    let ours = |left: u64| time_of_day(card.expires_at.minus(yzb::Lifetime::from_secs(left)));
    format!(
        "#{} lasts {} until {}, {}; due for the task from {} on, for `yzb serve` from {} to {}",
        card.code,
        span_words(card.left(now)),
        time_of_day(card.expires_at),
        card.by.words(),
        time_of_day(due_for_task(card)),
        ours(rules.ours.0),
        ours(rules.ours.1),
    )
}

fn due_for_task(card: &Card) -> UnixSeconds {
    card.expires_at.minus(yzb::Lifetime::from_secs(task::AHEAD))
}
