//! `policy`: the limits of the cache, by the names that they have there.

use std::time::Duration;

use yzb::cache::{Policy, PolicyBuilder};

use super::problem::Problem;
use super::reader::{At, Fields, Reader};

type SetSpan = fn(PolicyBuilder, Duration) -> PolicyBuilder;
type SetFlag = fn(PolicyBuilder, bool) -> PolicyBuilder;
type SetPauses = fn(PolicyBuilder, Duration, Duration) -> PolicyBuilder;

const SPANS: [(&str, SetSpan); 15] = [
    ("refresh_ahead", PolicyBuilder::refresh_ahead),
    ("serve_margin", PolicyBuilder::serve_margin),
    ("issue_interval", PolicyBuilder::issue_interval),
    ("longest_lifetime", PolicyBuilder::longest_lifetime),
    ("unknown_lifetime", PolicyBuilder::unknown_lifetime),
    ("ticket_margin", PolicyBuilder::ticket_margin),
    ("reread_every", PolicyBuilder::reread_every),
    ("store_timeout", PolicyBuilder::store_timeout),
    ("turn_wait", PolicyBuilder::turn_wait),
    ("send_within", PolicyBuilder::send_within),
    ("renewal_limit", PolicyBuilder::renewal_limit),
    ("clock_tolerance", PolicyBuilder::clock_tolerance),
    ("clock_bound", PolicyBuilder::clock_bound),
    ("alone_interval", PolicyBuilder::alone_interval),
    ("watch_every", PolicyBuilder::watch_every),
];

const FLAGS: [(&str, SetFlag); 3] = [
    ("serve_doubtful", PolicyBuilder::serve_doubtful),
    ("issue_without_store", PolicyBuilder::issue_without_store),
    ("other_issuers", PolicyBuilder::other_issuers),
];

const PAUSES: [(&str, SetPauses); 2] = [
    ("retry_pauses", PolicyBuilder::retry_pauses),
    ("refused_pauses", PolicyBuilder::refused_pauses),
];

/// `None` only where an error was noted.
pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Option<Policy> {
    let mut builder = Policy::builder();
    let Some(at) = root.find("policy") else { return builder.build().ok() };
    let fields = reader.map(&at, &keys())?;
    for (name, set) in SPANS {
        if let Some(span) = fields.find(name).and_then(|at| reader.span(&at)) {
            builder = set(builder, span);
        }
    }
    for (name, set) in FLAGS {
        if let Some(flag) = fields.find(name).and_then(|at| reader.flag(&at)) {
            builder = set(builder, flag);
        }
    }
    for (name, set) in PAUSES {
        if let Some((floor, ceiling)) = fields.find(name).and_then(|at| pauses(reader, &at)) {
            builder = set(builder, floor, ceiling);
        }
    }
    if let Some(percent) = fields.find("refresh_spread").and_then(|at| spread(reader, &at)) {
        builder = builder.refresh_spread(percent);
    }
    match builder.build() {
        Ok(policy) => Some(policy),
        Err(error) => {
            let what = format!("cannot work: {error}");
            let remedy = "change one of them, or leave them out for their defaults";
            reader.push(Problem::error(at.place(), at.path, what, remedy));
            None
        }
    }
}

fn keys() -> Vec<&'static str> {
    let spans = SPANS.iter().map(|(name, _)| *name);
    let flags = FLAGS.iter().map(|(name, _)| *name);
    let pauses = PAUSES.iter().map(|(name, _)| *name);
    spans.chain(flags).chain(pauses).chain(["refresh_spread"]).collect()
}

/// The shortest and the longest pause.
fn pauses(reader: &mut Reader, at: &At<'_>) -> Option<(Duration, Duration)> {
    let items = reader.list(at);
    let [floor, ceiling] = items.as_slice() else {
        reader.wrong(
            at,
            "is not two spans of time",
            "write the shortest and the longest: [1s, 30s]",
        );
        return None;
    };
    let (floor, ceiling) = (reader.span(floor), reader.span(ceiling));
    Some((floor?, ceiling?))
}

/// A percentage, as the part of one that it is.
fn spread(reader: &mut Reader, at: &At<'_>) -> Option<f64> {
    let text = reader.text(at)?;
    let number = text.strip_suffix('%').and_then(|digits| digits.trim_end().parse::<u8>().ok());
    if number.is_none_or(|number| number > 50) {
        reader.wrong(at, "is not a percentage from 0 to 50", "write it like `10%`");
        return None;
    }
    number.map(|number| f64::from(number) / 100.0)
}
