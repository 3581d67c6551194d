//! What the platform's journal says that was issued, and which codes there are.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;
use yzb_emulator::{Call, Emulator, Rule};

pub(super) const APP: &str = "100027";

/// The kinds of code that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token,
    Ticket,
}

/// How many of each the platform has issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) tokens: usize,
    pub(super) tickets: usize,
}

impl Kind {
    pub(super) const BOTH: [Self; 2] = [Self::Token, Self::Ticket];

    /// Plays a story for each kind at the same time.
    pub(super) fn each(play: impl Fn(Self) + Sync) {
        std::thread::scope(|scope| {
            for kind in Self::BOTH {
                let play = &play;
                scope.spawn(move || play(kind));
            }
        });
    }

    /// As turns, logs and metrics call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Token => "server-token",
            Self::Ticket => "js-ticket",
        }
    }

    pub(super) fn call(self) -> Call {
        match self {
            Self::Token => Call::ServerToken,
            Self::Ticket => Call::JsTicket,
        }
    }

    /// Where the published readers find it.
    pub(super) fn key(self) -> String {
        match self {
            Self::Token => format!("type/server_access_token_info/app_id/{APP}"),
            Self::Ticket => format!("type/js_ticket_info/app_id/{APP}"),
        }
    }

    /// The code in a record.
    pub(super) fn of_record(self, text: &str) -> String {
        let field = match self {
            Self::Token => "server_access_token",
            Self::Ticket => "js_ticket",
        };
        let record: Value = serde_json::from_str(text).unwrap();
        record[field].as_str().unwrap().to_owned()
    }

    /// Path and field of a service's answer.
    pub(super) fn served(self) -> (String, &'static str) {
        match self {
            Self::Token => (format!("/v1/apps/{APP}/server-token"), "access_token"),
            Self::Ticket => (format!("/v1/apps/{APP}/js-ticket"), "js_ticket"),
        }
    }

    /// Whether the platform says that this is the one that counts.
    pub(super) fn is_current(self, platform: &Emulator, code: &str) -> bool {
        let sort = match self {
            Self::Token => "access_token",
            Self::Ticket => "js_ticket",
        };
        let form = format!("app_id={APP}&type={sort}&code={code}");
        let request = http::Request::post("/OAuth2/checkCode").body(form).unwrap();
        platform.call(&request).extensions().get() == Some(&Rule::CodeIsCurrent)
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Token => Self::Ticket,
            Self::Ticket => Self::Token,
        }
    }
}

impl Counts {
    pub(super) const NONE: Self = Self { tokens: 0, tickets: 0 };

    /// So many of this kind, and none of the other.
    pub(super) fn only(kind: Kind, count: usize) -> Self {
        match kind {
            Kind::Token => Self { tokens: count, tickets: 0 },
            Kind::Ticket => Self { tokens: 0, tickets: count },
        }
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { tokens: self.tokens + other.tokens, tickets: self.tickets + other.tickets }
    }

    pub(super) fn of(platform: &Emulator) -> Self {
        let journal = platform.journal(0);
        assert!(
            journal.first().is_none_or(|entry| entry.number == 1),
            "it begins at the beginning"
        );
        journal.iter().fold(Self::default(), |mut counts, entry| {
            match entry.rule {
                Rule::ServerTokenIssued => counts.tokens += 1,
                Rule::TicketIssued => counts.tickets += 1,
                _ => {}
            }
            counts
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} token, {} ticket", self.tokens, self.tickets)
    }
}

/// A line of the table: begun before what happens, and told after it.
pub(super) struct Tally {
    story: String,
    before: Counts,
    begun: Instant,
}

impl Tally {
    #[expect(clippy::disallowed_methods, reason = "a person reads how long it took; nothing waits")]
    pub(super) fn begin(story: &str, platform: &Emulator) -> Self {
        Self { story: story.to_owned(), before: Counts::of(platform), begun: Instant::now() }
    }

    /// Prints what the journal says, and gives back what was issued since.
    #[expect(clippy::print_stdout, reason = "the table is for whoever runs it with --nocapture")]
    pub(super) fn end(self, platform: &Emulator) -> Counts {
        let (after, took) = (Counts::of(platform), self.begun.elapsed());
        let in_flight =
            Kind::BOTH.map(|kind| platform.most_in_flight(kind.call(), APP)).into_iter().max();
        println!(
            "journal | {:<58} | {} | {} | {} in flight | {}",
            self.story,
            self.before,
            after,
            in_flight.unwrap_or_default(),
            Shown(took)
        );
        let Counts { tokens, tickets } = self.before;
        Counts { tokens: after.tokens - tokens, tickets: after.tickets - tickets }
    }
}

struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}
