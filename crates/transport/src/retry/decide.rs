//! Whether to send again, and when: no clock, no randomness, no sending.

use std::time::Duration;

use http::Response;
use yzb_proto::{
    Body, Credential, Data, DecodeErrorKind, Endpoint, EndpointExt, Error, Form, Repeat, Retry,
    retry_after,
};

use crate::TransportError;

/// How often, how long, how far apart.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) attempts: u32,
    pub(super) total: Duration,
    pub(super) first_pause: Duration,
    pub(super) longest_pause: Duration,
    pub(super) retry_after: Duration,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct History {
    /// How many attempts were made.
    pub(super) attempts: u32,
    /// How many of them may have arrived.
    pub(super) arrivals: u32,
    pub(super) elapsed: Duration,
}

/// What one attempt means for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, or a failure that repeating does not heal.
    Final,
    /// Nothing was sent.
    Unsent,
    /// The request may have arrived, and no answer did.
    Lost,
    /// Something in front of the platform answered in its place, and perhaps asked for a pause.
    Unavailable(Option<Duration>),
}

/// The pause before the next attempt; none if there is none. Counts the attempt in.
pub(super) fn decide(
    limits: &Limits,
    repeat: Repeat,
    history: &mut History,
    outcome: Outcome,
    random: &dyn Fn() -> f64,
) -> Option<Duration> {
    history.attempts += 1;
    if matches!(outcome, Outcome::Lost | Outcome::Unavailable(_)) {
        history.arrivals += 1;
    }
    if history.attempts >= limits.attempts || !allows(repeat, history.arrivals, outcome) {
        return None;
    }
    let mut pause = limits.longest_backoff(history.attempts).mul_f64(fraction(random()));
    if let Outcome::Unavailable(Some(asked)) = outcome {
        // Sooner than asked for would be rude, later than the caller can wait would be useless.
        if asked > limits.retry_after {
            return None;
        }
        pause = pause.max(asked);
    }
    (history.elapsed.saturating_add(pause) < limits.total).then_some(pause)
}

fn allows(repeat: Repeat, arrivals: u32, outcome: Outcome) -> bool {
    match (outcome, repeat) {
        (Outcome::Final, _) => false,
        (Outcome::Unsent, _) | (_, Repeat::Freely) => true,
        (_, Repeat::OnceMore) => arrivals <= 1,
        _ => false,
    }
}

/// From 0 to 1, also where the source of randomness is broken.
fn fraction(random: f64) -> f64 {
    if (0.0..=1.0).contains(&random) { random } else { 1.0 }
}

impl Limits {
    fn longest_backoff(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.first_pause.saturating_mul(doubled).min(self.longest_pause)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 3,
            total: Duration::from_secs(25),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(4),
            retry_after: Duration::from_secs(10),
        }
    }
}

impl Outcome {
    pub(super) fn of(result: &Result<Response<Body>, TransportError>) -> Self {
        match result {
            Ok(response) => Self::of_answer(response),
            Err(error) if !matches!(error.retry(), Retry::Later(_)) => Self::Final,
            Err(error) if error.may_have_been_sent() => Self::Lost,
            Err(_) => Self::Unsent,
        }
    }

    fn of_answer(response: &Response<Body>) -> Self {
        let is_unavailable = matches!(response.status().as_u16(), 429 | 500 | 502 | 503 | 504);
        if !is_unavailable || is_envelope(response) {
            return Self::Final;
        }
        let asked = retry_after(response.headers());
        Self::Unavailable(asked.map(|asked| Duration::from_secs(asked.as_secs())))
    }
}

/// Whether the platform itself answered: it has given its verdict, and the call's own error says
/// what to do about it.
fn is_envelope(response: &Response<Body>) -> bool {
    !matches!(AnyCall.read_answer(response), Err(Error::Undecodable(_)))
}

/// Stands for whatever call was made, to read an envelope without its data.
struct AnyCall;

impl Endpoint for AnyCall {
    const PATH: &'static str = "/";
    const CREDENTIAL: Credential = Credential::AppSecret;
    type Output = ();

    fn form(&self, _: &mut Form) {}

    fn read(_: &mut Data<'_>) -> Result<(), DecodeErrorKind> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportErrorKind as Kind;

    fn after(repeat: Repeat, outcomes: &[Outcome]) -> Option<Duration> {
        let (mut history, limits) = (History::default(), Limits::default());
        let mut pause = None;
        for &outcome in outcomes {
            pause = decide(&limits, repeat, &mut history, outcome, &|| 1.0);
        }
        pause
    }

    const HALF: Option<Duration> = Some(Duration::from_millis(500));
    const ONE: Option<Duration> = Some(Duration::from_secs(1));

    #[test]
    fn what_changes_nothing_is_sent_three_times() {
        for outcome in [Outcome::Unsent, Outcome::Lost, Outcome::Unavailable(None)] {
            assert_eq!(after(Repeat::Freely, &[outcome]), HALF);
            assert_eq!(after(Repeat::Freely, &[outcome; 2]), ONE);
            assert_eq!(after(Repeat::Freely, &[outcome; 3]), None);
        }
        assert_eq!(after(Repeat::Freely, &[Outcome::Final]), None);
    }

    #[test]
    fn what_replaces_a_token_arrives_twice_at_most() {
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Lost]), HALF);
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Unavailable(None)]), HALF);
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Lost; 2]), None);
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Unsent, Outcome::Lost]), ONE);
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Lost, Outcome::Unsent]), ONE);
        assert_eq!(after(Repeat::OnceMore, &[Outcome::Unsent; 2]), ONE);
    }

    #[test]
    fn what_is_spent_by_arriving_is_repeated_only_if_it_was_not_sent() {
        assert_eq!(after(Repeat::OnlyIfUnsent, &[Outcome::Unsent]), HALF);
        for outcome in [Outcome::Lost, Outcome::Unavailable(None), Outcome::Final] {
            assert_eq!(after(Repeat::OnlyIfUnsent, &[outcome]), None);
        }
    }

    #[test]
    fn pauses_are_as_long_as_asked_for_or_there_is_no_repeat() {
        let asked = |seconds| Outcome::Unavailable(Some(Duration::from_secs(seconds)));
        assert_eq!(after(Repeat::Freely, &[asked(0)]), HALF);
        assert_eq!(after(Repeat::Freely, &[asked(10)]), Some(Duration::from_secs(10)));
        assert_eq!(after(Repeat::Freely, &[asked(11)]), None);
        assert_eq!(after(Repeat::Freely, &[asked(u64::MAX)]), None);
    }

    #[test]
    fn broken_randomness_breaks_nothing() {
        for random in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
            assert_eq!(fraction(random), 1.0);
        }
    }

    #[test]
    fn nothing_begins_after_the_time_is_over() {
        let limits = Limits::default();
        let mut history = History { elapsed: Duration::from_millis(24_600), ..Default::default() };
        let mut pause =
            |random| decide(&limits, Repeat::Freely, &mut history, Outcome::Lost, &move || random);
        assert_eq!(pause(0.5), Some(Duration::from_millis(250)));
        assert_eq!(pause(1.0), None);
    }

    #[test]
    fn backing_off_doubles_up_to_its_longest() {
        let limits = Limits::default();
        let pauses = [1, 2, 3, 4, 5, u32::MAX].map(|n| limits.longest_backoff(n).as_millis());
        assert_eq!(pauses, [500, 1000, 2000, 4000, 4000, 4000]);
    }

    fn answer(http_status: u16, body: &'static str) -> Outcome {
        let response = Response::builder().status(http_status).body(Body::from(body)).unwrap();
        Outcome::of(&Ok(response))
    }

    #[test]
    fn the_platform_s_own_answers_are_final() {
        let refusal = r#"{"status":4000,"message":"busy","data":[]}"#;
        assert_eq!(answer(503, refusal), Outcome::Final);
        assert_eq!(answer(503, "<html>"), Outcome::Unavailable(None));
        assert_eq!(answer(503, ""), Outcome::Unavailable(None));
        // Success under an HTTP status that says otherwise is not one.
        assert_eq!(answer(500, r#"{"status":2000,"data":[]}"#), Outcome::Unavailable(None));
        for http_status in [200, 302, 400, 403, 404, 501] {
            assert_eq!(answer(http_status, "<html>"), Outcome::Final, "{http_status}");
        }
    }

    #[test]
    fn failures_that_repeating_cannot_heal_are_final() {
        let outcome = |kind: Kind| Outcome::of(&Err(kind.into()));
        for kind in [Kind::UnknownIssuer, Kind::ProxyAuth, Kind::Insecure, Kind::Config] {
            assert_eq!(outcome(kind), Outcome::Final, "{kind:?}");
        }
        assert_eq!(outcome(Kind::Connect), Outcome::Unsent);
        assert_eq!(outcome(Kind::Closed), Outcome::Lost);
    }
}
