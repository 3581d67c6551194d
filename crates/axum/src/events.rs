//! What happened to the codes, remembered for the status page: the last few events of each app.

mod record;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use yzb::{App, Clock, Event, Kind, Observer, SlotKey, UnixSeconds};

pub use record::{Failure, Record};

/// An [`Observer`] that remembers the last events of each app, and the last failure of each code.
/// Cloning shares it. It holds no secret. An app with another secret is another app here; whoever
/// changes secrets or removes apps [forgets](Self::forget) the old ones.
///
/// ```
/// use yzb_axum::Recorder;
/// let recorder = Recorder::new(yzb::SystemClock::new(), 32);
/// let app = yzb::App::builder("100027", "from-the-console")
/// #   .transport(yzb::transport_fn(|_| async { Ok(yzb::http::Response::new(yzb::Body::from(""))) }))
///     .observer(recorder.clone())
///     .build()?;
/// assert!(recorder.events(&app).is_empty());
/// # Ok::<(), yzb::Error>(())
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    clock: Box<dyn Clock>,
    most: usize,
    /// By the key of the server token's slot: an app with another secret is another app.
    apps: Mutex<HashMap<SlotKey, Story>>,
}

/// One app's.
#[derive(Default)]
struct Story {
    events: VecDeque<Record>,
    token: Latest,
    ticket: Latest,
}

/// Of one code.
#[derive(Clone, Debug, Default)]
struct Latest {
    failure: Option<Failure>,
    /// When a code last came.
    success: Option<UnixSeconds>,
}

impl Recorder {
    /// Remembers the last `most` events of each app (at least one), with their time by this clock.
    #[must_use]
    pub fn new(clock: impl Clock + 'static, most: usize) -> Self {
        let apps = Mutex::default();
        Self(Arc::new(Inner { clock: Box::new(clock), most: most.max(1), apps }))
    }

    /// An app's events, the latest first.
    #[must_use]
    pub fn events(&self, app: &App) -> Vec<Record> {
        self.with(|apps| {
            apps.get(app.server_tokens().key())
                .map_or_else(Vec::new, |story| story.events.iter().rev().cloned().collect())
        })
    }

    /// The last failure of an app's code, and whether a code came since.
    #[must_use]
    pub fn last_failure(&self, app: &App, kind: Kind) -> Option<(Failure, bool)> {
        self.with(|apps| {
            let latest = apps.get(app.server_tokens().key())?.latest(kind);
            let failure = latest.failure.clone()?;
            let recovered = latest.success.is_some_and(|success| success >= failure.at);
            Some((failure, recovered))
        })
    }

    /// Forgets an app that is no longer served. Whatever happens to it later is remembered again: forget
    /// it once its last renewal has ended.
    pub fn forget(&self, app: &App) {
        self.with(|apps| _ = apps.remove(app.server_tokens().key()));
    }

    fn with<R>(&self, act: impl FnOnce(&mut HashMap<SlotKey, Story>) -> R) -> R {
        act(&mut self.0.apps.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Recorder {
    fn observe(&self, key: &SlotKey, event: &Event) {
        let now = self.0.clock.now().wall;
        let record = Record::of(now, key.kind(), event);
        let failure = Failure::of(now, event);
        let came = matches!(event, Event::Issued { .. } | Event::Adopted { .. });
        self.with(|apps| {
            let story = apps.entry(key.of_kind(Kind::ServerToken)).or_default();
            if story.events.len() >= self.0.most {
                story.events.pop_front();
            }
            story.events.push_back(record);
            let latest = story.latest_mut(key.kind());
            if failure.is_some() {
                // A code that came in the same second, but before, does not count as since.
                *latest = Latest { failure, success: None };
            } else if came {
                latest.success = Some(now);
            }
        });
    }
}

impl Story {
    const fn latest(&self, kind: Kind) -> &Latest {
        match kind {
            Kind::JsTicket => &self.ticket,
            _ => &self.token,
        }
    }

    const fn latest_mut(&mut self, kind: Kind) -> &mut Latest {
        match kind {
            Kind::JsTicket => &mut self.ticket,
            _ => &mut self.token,
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apps = self.with(|apps| apps.len());
        f.debug_struct("Recorder").field("apps", &apps).field("most", &self.0.most).finish()
    }
}

#[cfg(test)]
mod tests {
    use yzb::{Lifetime, Monotonic, Now};

    use super::*;

    struct At(u64);

    impl Clock for At {
        fn now(&self) -> Now {
            Now::new(UnixSeconds::new(self.0), Monotonic::default())
        }
    }

    fn app(app_id: &str, secret: &str) -> App {
        let transport = yzb::transport_fn(|_| async { Ok(yzb::http::Response::default()) });
        App::builder(app_id, secret).transport(transport).build().unwrap()
    }

    #[test]
    fn only_the_last_events_of_each_app_are_remembered() {
        let recorder = Recorder::new(At(7), 3);
        let (one, changed, other) = (app("1", "a"), app("1", "b"), app("2", "a"));
        for serial in 0..10 {
            let event = Event::Invalidated { serial, left: Lifetime::from_secs(serial) };
            recorder.observe(one.server_tokens().key(), &event);
        }
        recorder.observe(other.tickets().key(), &Event::TakenOver { attempt: 1 });
        let events = recorder.events(&one);
        let details: Vec<_> = events.iter().map(|event| event.detail.as_str()).collect();
        assert_eq!(events.len(), 3);
        assert!(
            details[0].contains("9 s before") && details[2].contains("7 s before"),
            "{details:?}"
        );
        assert_eq!((events[0].at, events[0].code), (UnixSeconds::new(7), Kind::ServerToken));
        assert_eq!((recorder.events(&other).len(), recorder.events(&changed).len()), (1, 0));
        recorder.forget(&one);
        assert!(recorder.events(&one).is_empty());
    }
}
