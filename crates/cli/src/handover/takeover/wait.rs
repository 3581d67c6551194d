//! Waiting until a service of ours keeps the codes.

use std::io::{self, Write};
use std::time::Duration;

use yzb::{Lifetime, Timer};
use yzb_store_redis::{Sighting, Whose};

use super::super::{Shared, Slot};
use super::NAME;
use super::voice::Voice;
use crate::doctor::finding::Finding;
use crate::doctor::service;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// Waits until a service on this machine holds every code that is there, or until services have renewed every code, wherever
/// they run; no longer than `limit`. Tells which, and what the task wrote meanwhile.
pub(super) async fn until_kept(
    shared: &Shared,
    timer: &impl Timer,
    limit: Duration,
    voice: &mut Voice<impl Write>,
) -> io::Result<()> {
    let (begun, limit) = (shared.now(), Lifetime::from(limit));
    // Who renewed what is there already may be gone by now.
    let before = kept_by_services(shared, &[]).await.held;
    loop {
        let kept = kept_by_services(shared, &before).await;
        if kept.theirs.is_empty() {
            // An app that the platform refuses has none, and was marked before.
            if let Some(address) = service::that_holds(&shared.loaded, &kept.held).await {
                let found = format!("`yzb serve` on {address} keeps what is there");
                return voice.say(&Finding::good("wait", found));
            }
            if kept.renewed == shared.slots.len() {
                let found = "services of ours have renewed every code";
                return voice.say(&Finding::good("wait", found));
            }
        }
        if shared.now().since(begun) >= limit {
            return voice.say(&over(shared, &kept));
        }
        timer.sleep(EVERY).await;
    }
}

fn over(shared: &Shared, kept: &Kept) -> Finding {
    let all = shared.slots.len();
    if kept.theirs.is_empty() {
        let found =
            format!("no service here holds them, and {} of {all} codes were renewed", kept.renewed);
        return Finding::bad("wait", found).remedy("start `yzb serve`, or wait longer");
    }
    let names = kept.theirs.join(", ");
    Finding::bad("wait", format!("somebody else wrote meanwhile: {names}"))
        .remedy("start `yzb serve`, stop the task, and run this again")
}

/// How the records stand.
struct Kept {
    /// So many are new, and of programs of ours other than this one.
    renewed: usize,
    /// Those without our mark, by name.
    theirs: Vec<String>,
    /// Those with it.
    held: Vec<service::Held>,
}

async fn kept_by_services(shared: &Shared, before: &[service::Held]) -> Kept {
    let mut kept = Kept { renewed: 0, theirs: Vec::new(), held: Vec::new() };
    for slot in &shared.slots {
        match shared.store.sight(&slot.key).await {
            Ok(Sighting::Record(sighted)) if sighted.whose == Whose::Ours => {
                let issuer = sighted.stored.issuer.as_ref();
                let by_service = issuer.is_some_and(|issuer| issuer.as_str() != NAME);
                let held = slot.held(sighted.stored.code.fingerprint());
                kept.renewed += usize::from(by_service && !before.contains(&held));
                kept.held.push(held);
            }
            Ok(Sighting::Record(_)) => kept.theirs.push(Slot::name(slot)),
            _ => {}
        }
    }
    kept
}
