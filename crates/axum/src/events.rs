//! What happened to the codes, remembered for the status page: the last few events of each app.

mod record;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use yzb::{AppId, Clock, Event, Kind, Observer, SlotKey, UnixSeconds};

pub use record::{Failure, Record};

/// An [`Observer`] that remembers the last events of each app, and the last failure of each code.
/// Cloning shares it. It holds no secret.
///
/// ```
/// use yzb_axum::Recorder;
/// let recorder = Recorder::new(yzb::SystemClock::new(), 32);
/// let app = yzb::App::builder("100027", "from-the-console")
/// #   .transport(yzb::transport_fn(|_| async { Ok(yzb::http::Response::new(yzb::Body::from(""))) }))
///     .observer(recorder.clone())
///     .build()?;
/// assert!(recorder.events("100027").is_empty());
/// # Ok::<(), yzb::Error>(())
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    clock: Box<dyn Clock>,
    most: usize,
    apps: Mutex<BTreeMap<Box<str>, Story>>,
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
    pub fn events(&self, app_id: &str) -> Vec<Record> {
        self.with(|apps| {
            apps.get(app_id)
                .map_or_else(Vec::new, |story| story.events.iter().rev().cloned().collect())
        })
    }

    /// The last failure of an app's code, and whether a code came since.
    #[must_use]
    pub fn last_failure(&self, app_id: &str, kind: Kind) -> Option<(Failure, bool)> {
        self.with(|apps| {
            let latest = apps.get(app_id)?.latest(kind);
            let failure = latest.failure.clone()?;
            let recovered = latest.success.is_some_and(|success| success >= failure.at);
            Some((failure, recovered))
        })
    }

    /// Forgets an app that is no longer served.
    pub fn forget(&self, app_id: &AppId) {
        self.with(|apps| _ = apps.remove(app_id.as_str()));
    }

    fn with<R>(&self, act: impl FnOnce(&mut BTreeMap<Box<str>, Story>) -> R) -> R {
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
            let app_id = key.app_id().as_str();
            if !apps.contains_key(app_id) {
                apps.insert(app_id.into(), Story::default());
            }
            let Some(story) = apps.get_mut(app_id) else { return };
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
    use yzb::{AppSecret, Lifetime, Monotonic, Now, Origin};

    use super::*;

    struct At(u64);

    impl Clock for At {
        fn now(&self) -> Now {
            Now::new(UnixSeconds::new(self.0), Monotonic::default())
        }
    }

    fn key(app_id: &str, kind: Kind) -> SlotKey {
        let secret = AppSecret::new("planted").unwrap();
        SlotKey::new(Origin::production(), AppId::new(app_id).unwrap(), secret.fingerprint(), kind)
    }

    #[test]
    fn only_the_last_events_of_each_app_are_remembered() {
        let recorder = Recorder::new(At(7), 3);
        for serial in 0..10 {
            let event = Event::Invalidated { serial, left: Lifetime::from_secs(serial) };
            recorder.observe(&key("1", Kind::ServerToken), &event);
        }
        recorder.observe(&key("2", Kind::JsTicket), &Event::TakenOver { attempt: 1 });
        let events = recorder.events("1");
        let details: Vec<_> = events.iter().map(|event| event.detail.as_str()).collect();
        assert_eq!(events.len(), 3);
        assert!(details[0].contains("9 s") && details[2].contains("7 s"), "{details:?}");
        assert_eq!((events[0].at, events[0].code), (UnixSeconds::new(7), Kind::ServerToken));
        assert_eq!(recorder.events("2").len(), 1);
        recorder.forget(&AppId::new("1").unwrap());
        assert!(recorder.events("1").is_empty());
    }
}
