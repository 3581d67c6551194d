//! One event, as people and programs read it.

use yzb::{Anomaly, Event, Fingerprint, Kind, Retry, UnixSeconds};

use crate::time::moment;

/// Something that happened, as a line of text. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// When, in unix seconds.
    pub at: UnixSeconds,
    /// To which of the app's codes.
    pub code: Kind,
    /// The event's [name](Event::name).
    pub name: &'static str,
    /// What there is to say about it.
    pub detail: String,
    /// Whether a person should look at it.
    pub attention: bool,
}

/// Why a renewal failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// When, in unix seconds.
    pub at: UnixSeconds,
    /// What happened, in the error's own words.
    pub detail: String,
    /// What to do.
    pub retry: Retry,
    /// Whether callers were still served.
    pub held: bool,
}

impl Failure {
    pub(super) fn of(at: UnixSeconds, event: &Event) -> Option<Self> {
        let Event::Failed { error, held } = event else { return None };
        Some(Self { at, detail: error.to_string(), retry: error.retry(), held: *held })
    }
}

impl Record {
    pub(super) fn of(at: UnixSeconds, code: Kind, event: &Event) -> Self {
        let (name, detail) = (event.name(), detail(event));
        Self { at, code, name, detail, attention: wants_attention(event) }
    }
}

fn detail(event: &Event) -> String {
    match event {
        Event::Issued { code, expires_at, .. } => until(*code, *expires_at),
        Event::Adopted { code, expires_at, .. } => {
            format!("{} from the store", until(*code, *expires_at))
        }
        Event::ForeignWriter { code, issuer: None } => {
            format!("{code} in the store is nobody's we know: another issuer is at work")
        }
        Event::ForeignWriter { code, issuer: Some(issuer) } => {
            format!("{code} in the store is of {issuer}: another issuer is at work")
        }
        Event::Failed { error, held: true } => format!("{error}; what is held is still served"),
        Event::Failed { error, .. } => format!("{error}; nothing is held"),
        Event::ServedDoubtful { .. } => "served although the wall clock calls it over".into(),
        Event::Invalidated { left, .. } => {
            format!("refused by the platform {left} before its end")
        }
        Event::LateComplaint { .. } => "a complaint about a code that was replaced already".into(),
        Event::PerhapsReplaced { until } => {
            let end = moment(until.as_secs());
            format!("a lost answer may have replaced it: it ends at {end}")
        }
        Event::TakenOver { .. } => "a renewal whose caller went away goes on".into(),
        Event::ClockJumped { seconds } => format!("the wall clock moved by {seconds} s"),
        Event::StoreFailed { error, .. } => error.to_string(),
        Event::Rewritten { .. } => "the store had lost it, so it was written again".into(),
        Event::Anomaly(anomaly) => match anomaly {
            Anomaly::NoLifetime => "the platform did not say how long it lives".into(),
            Anomaly::LongLifetime { said } => format!("a life of {} s is too long", said.as_secs()),
            Anomaly::SameCode => "the platform issued the same code again".into(),
            Anomaly::RecordFromTheFuture => "a stored record lasts longer than a code can".into(),
            Anomaly::RecordOfAnotherKind => "a stored record was of another kind".into(),
            _ => "something differs from what was promised".into(),
        },
        _ => String::new(),
    }
}

fn until(code: Fingerprint, expires_at: UnixSeconds) -> String {
    format!("{code}, until {}", moment(expires_at.as_secs()))
}

const fn wants_attention(event: &Event) -> bool {
    !matches!(
        event,
        Event::Issued { .. }
            | Event::Adopted { .. }
            | Event::LateComplaint { .. }
            | Event::TakenOver { .. }
            | Event::Rewritten { .. }
    )
}
