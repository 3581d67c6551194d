//! How long what was given out works, and how answers are spelled.

pub(super) struct Given {
    pub(super) value: String,
    pub(super) at: i64,
    pub(super) revoked: bool,
}

/// Gives out a value. It takes nothing from those that were replaced before and still work, if they
/// are spared; all others are forgotten for good, and with them the chance to come back when the
/// clock goes back.
pub(super) fn give(
    given: &mut Vec<Given>,
    value: String,
    at: i64,
    (life, grace): (i64, i64),
    spares: bool,
) {
    for n in 0..given.len().saturating_sub(1) {
        let works = until(given, n, life, grace).is_some_and(|until| at < until);
        given[n].revoked |= !(spares && works);
    }
    given.push(Given { value, at, revoked: false });
}

/// The end of the nth of these: the last lives out its life, one that was replaced has at most this
/// grace from the moment the next was issued. What was taken back is dead.
pub(super) fn until(given: &[Given], n: usize, life: i64, grace: i64) -> Option<i64> {
    let end = given[n].at + life;
    match given.get(n + 1) {
        _ if given[n].revoked => None,
        None => Some(end),
        Some(next) => Some(end.min(next.at + grace)),
    }
}

pub(super) fn pick(length: usize, dice: u64) -> Option<usize> {
    (dice as usize >> 7).checked_rem(length)
}

pub(super) fn success(data: &str) -> String {
    format!(r#"{{"status":"2000","message":"ok","data":{data}}}"#)
}

pub(super) fn refusal(status: &str, message: &str) -> String {
    format!(r#"{{"status":"{status}","message":"{message}","data":[]}}"#)
}

/// Check code's answer.
pub(super) fn answer(until: Option<i64>, refused: &str) -> String {
    match until {
        Some(until) => success(&format!(r#"{{"expires_in":{until}}}"#)),
        None => refusal("4102", refused),
    }
}

/// The value of a key that has a string; empty if it is not there.
pub(super) fn text(body: &str, key: &str) -> String {
    let key = format!("\"{key}\":\"");
    let value = body.split_once(&key).map_or("", |(_, rest)| rest);
    value.split('"').next().unwrap_or("").to_owned()
}
