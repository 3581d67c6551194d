//! What the task did, and what `yzb serve` would have done.

use serde_json::{Value, json};

use super::super::span_words;

/// Counts of everything that was seen.
#[derive(Debug, Default)]
pub(in super::super) struct Summary {
    pub(super) looks: u64,
    pub(in super::super) by_task: u64,
    /// The seconds that were left when it renewed: at least and at most.
    pub(super) task_left: Option<(u64, u64)>,
    pub(super) by_ours: u64,
    pub(super) by_others: u64,
    pub(super) early: u64,
    pub(super) overdue: u64,
    /// The longest that a renewal was late, in seconds.
    pub(super) latest: u64,
    pub(super) gaps: u64,
    pub(super) gap_seconds: u64,
    pub(super) bad: u64,
    pub(super) flawed: u64,
    /// How often the task got no further than some app.
    pub(super) stuck: u64,
    pub(super) stray: u64,
    pub(super) unreachable: u64,
    /// Codes that came due by the rules of programs of ours.
    pub(super) due_for_ours: u64,
}

impl Summary {
    /// The task renewed a code that had so many seconds left.
    pub(super) fn task_renewed(&mut self, left: u64) {
        self.by_task += 1;
        let (least, most) = self.task_left.unwrap_or((left, left));
        self.task_left = Some((least.min(left), most.max(left)));
    }

    /// How many things were wrong.
    pub(super) const fn wrong(&self) -> u64 {
        self.early
            + self.overdue
            + self.gaps
            + self.bad
            + self.flawed
            + self.stuck
            + self.stray
            + self.unreachable
    }

    pub(super) fn json(&self, seconds: u64, ours: (u64, u64)) -> Value {
        json!({ "summary": {
            "seconds": seconds,
            "looks": self.looks,
            "renewed": { "task": self.by_task, "yzb": self.by_ours, "others": self.by_others },
            "task_renews_at_seconds_left": self.task_left.map(|(least, most)| [most, least]),
            "early": self.early,
            "late": { "count": self.overdue, "longest_seconds": self.latest },
            "gaps": { "count": self.gaps, "seconds": self.gap_seconds },
            "unreadable": self.bad,
            "flawed": self.flawed,
            "stuck": self.stuck,
            "stray": self.stray,
            "unreachable": self.unreachable,
            "yzb_serve": { "due": self.due_for_ours, "renews_at_seconds_left": [ours.0, ours.1] },
            "wrong": self.wrong(),
        } })
    }

    pub(super) fn words(&self, seconds: u64, (most, least): (u64, u64)) -> String {
        let mut text = format!("seen in {} and {} looks\n", span_words(seconds), self.looks);
        let mut task = format!("renewed {} codes", self.by_task);
        if let Some((least, most)) = self.task_left {
            task += &format!(" with {most} to {least} s left");
        }
        let mut add = |count: u64, words: String| {
            if count > 0 {
                task += &format!("; {words}");
            }
        };
        let latest =
            if self.latest > 0 { format!(", up to {} s late", self.latest) } else { String::new() };
        add(self.overdue, format!("{} codes not in time{latest}", self.overdue));
        add(
            self.gaps,
            format!("no valid record {} times, {} s in all", self.gaps, self.gap_seconds),
        );
        add(self.early, format!("{} codes replaced too early", self.early));
        add(self.bad, format!("{} records that cannot be read", self.bad));
        add(self.flawed, format!("{} flaws in records", self.flawed));
        add(self.stuck, format!("stopped before the last app {} times", self.stuck));
        text += &format!("  the task   {task}\n");
        if self.by_ours > 0 {
            text += &format!("  ours       renewed {} codes\n", self.by_ours);
        }
        text += &format!(
            "  yzb serve  would have renewed {} codes with {most} to {least} s left",
            self.due_for_ours
        );
        if self.gaps + self.overdue + self.bad + self.stuck > 0 {
            text += ", each app by itself,\n             and replaced at its next look what is missing or cannot be read";
        }
        let verdict = match self.wrong() {
            0 => "nothing was wrong".to_owned(),
            1 => "one thing was wrong: it is marked above".to_owned(),
            count => format!("{count} things were wrong: they are marked above"),
        };
        text + &format!("\n{verdict}\n")
    }
}
