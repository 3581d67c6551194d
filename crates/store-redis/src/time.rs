//! What time it is at the server: a witness for whether our own clock is right, which all that share the
//! server ask.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use redis::Value;
use yzb_cache::Monotonic;
use yzb_proto::UnixSeconds;

use crate::store::Inner;
use crate::{Failure, Problem};

/// For how long an answer is counted on from, instead of asking again: a wrong clock is one for longer.
const KEPT: Duration = Duration::from_secs(600);

/// What the server last said, and our reading from before it was asked.
#[derive(Default)]
pub(crate) struct ServerTime(Mutex<Option<(UnixSeconds, Monotonic)>>);

impl ServerTime {
    pub(crate) fn said(&self, time: UnixSeconds, asked: Monotonic) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((time, asked));
    }

    /// What it would say now, if it was asked lately.
    fn at(&self, now: Monotonic) -> Option<UnixSeconds> {
        let (time, asked) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = now.since(asked);
        (since < KEPT).then(|| time + since.into())
    }
}

impl Inner {
    /// The server's time.
    pub(crate) async fn time(&self) -> Result<UnixSeconds, Failure> {
        let asked = self.settings.clock.now().monotonic;
        if let Some(time) = self.server_time.at(asked) {
            return Ok(time);
        }
        let time = match self.link.run(&redis::cmd("TIME")).await? {
            Value::Array(parts) => parts.first().and_then(seconds),
            _ => None,
        };
        let time = time.ok_or_else(|| Failure::new(Problem::OddAnswer))?;
        self.server_time.said(time, asked);
        Ok(time)
    }
}

/// Seconds as the server says them: a text.
pub(crate) fn seconds(value: &Value) -> Option<UnixSeconds> {
    let Value::BulkString(text) = value else { return None };
    core::str::from_utf8(text).ok()?.parse().ok().map(UnixSeconds::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_said_is_counted_on_from_for_a_while() {
        let time = ServerTime::default();
        assert_eq!(time.at(Monotonic::from_millis(0)), None);
        time.said(UnixSeconds::new(1_000), Monotonic::from_millis(5_000));
        let at = |seconds: u64| time.at(Monotonic::from_millis(seconds * 1_000));
        assert_eq!(at(5), Some(UnixSeconds::new(1_000)));
        assert_eq!(at(64), Some(UnixSeconds::new(1_059)));
        assert_eq!(at(604), Some(UnixSeconds::new(1_599)));
        assert_eq!(at(605), None);
    }
}
