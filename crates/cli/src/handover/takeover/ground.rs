//! Before anything is written: whether all of it can be done.

use std::io::{self, Write};

use yzb::{Store as _, Stored};
use yzb_store_redis::Sighting;

use super::super::platform::{Opinion, Platform, exit_of};
use super::super::{Shared, Slot, span_words, store_failed, store_words, task};
use super::voice::Voice;
use crate::doctor::finding::Finding;
use crate::doctor::service;
use crate::exit::Ended;

/// What was there for each slot before anything was done, and what the platform says of it.
pub(super) type Known = Vec<(Sighting, Opinion)>;

/// Looks at everything that a takeover needs.
///
/// # Errors
///
/// Something is not as it must be. Then nothing was written.
pub(super) async fn examine(
    shared: &Shared,
    platform: &Platform,
    voice: &mut Voice<impl Write>,
) -> anyhow::Result<Known> {
    let (name, apps) = (&shared.loaded.name, shared.loaded.config.apps.len());
    voice.say(&Finding::good("configuration", format!("{name} can be used; apps: {apps}")))?;
    voice.say(&rhythm(shared))?;
    let Some(first) = shared.slots.first() else { return Ok(Known::new()) };
    writable(shared, first, voice).await?;
    let known = opinions(shared, platform, first, voice).await?;
    issuer(shared, &known, voice)?;
    if let Some(address) = service::that_holds(&shared.loaded, &held(shared, &known)).await {
        let found = format!("`yzb serve` on {address} holds what is there");
        voice.say(&Finding::good("service", found))?;
    }
    Ok(known)
}

/// Whether the task and programs of ours can run beside each other.
pub(super) fn can_overlap(shared: &Shared) -> bool {
    task::ours(&shared.loaded.config.policy).1 > task::AHEAD + task::ROUND
}

fn rhythm(shared: &Shared) -> Finding {
    let (most, least) = task::ours(&shared.loaded.config.policy);
    let ahead = task::AHEAD;
    let found = format!("ours renew with {most} to {least} s left, the task with {ahead} s");
    if can_overlap(shared) {
        return Finding::good("policy", found);
    }
    Finding::warning("policy", found).remedy(
        "raise `refresh_ahead` to 15m; as it is, both issue if both run, and end each other's codes",
    )
}

/// Whether records can be read, and the turn to issue be had.
async fn writable(
    shared: &Shared,
    first: &Slot,
    voice: &mut Voice<impl Write>,
) -> anyhow::Result<()> {
    // The first may only have had no time to connect.
    if shared.store.sight(&first.key).await.is_err() {
        shared.store.sight(&first.key).await.map_err(|error| unchanged(&store_failed(&error)))?;
    }
    let turn = shared.store.turn(&first.key).await;
    let turn = turn.map_err(|error| unchanged(&store_failed(&error)))?;
    let found = match turn.is_taken() {
        true => "can be read; somebody of ours is just issuing",
        false => "can be read, and gives the turn to issue",
    };
    voice.say(&Finding::good("store", found))?;
    Ok(())
}

/// What the platform says of every code that is there. If it refuses to say, it would refuse to issue.
async fn opinions(
    shared: &Shared,
    platform: &Platform,
    first: &Slot,
    voice: &mut Voice<impl Write>,
) -> anyhow::Result<Known> {
    let silent = |slot: &Slot, error: yzb::Error| {
        let text =
            format!("the platform does not say whether it takes the {}: {error}", slot.name());
        unchanged(&Ended::new(exit_of(error.retry()), text))
    };
    let mut known = Known::with_capacity(shared.slots.len());
    let (mut asked, mut good) = (0, 0);
    for slot in &shared.slots {
        let sighting = shared.store.sight(&slot.key).await;
        let sighting = sighting.map_err(|error| unchanged(&store_failed(&error)))?;
        let mut opinion = Opinion::Unasked;
        if let Some(stored) = live(&sighting, shared) {
            let asking = platform.ask(shared, slot, &stored.code).await;
            opinion = asking.map_err(|error| silent(slot, error))?;
            asked += 1;
            good += usize::from(opinion != Opinion::Refused);
        }
        known.push((sighting, opinion));
    }
    let origin = &shared.loaded.config.platform.origin;
    if asked == 0 {
        platform.greet(shared, first).await.map_err(|error| silent(first, error))?;
        voice.say(&Finding::good(
            "platform",
            format!("answers at {origin}; there is no code yet"),
        ))?;
    } else {
        let found = format!("takes {good} of the {asked} codes that are there, at {origin}");
        voice.say(&Finding::good("platform", found))?;
    }
    Ok(known)
}

/// The record, if it is one that is not over.
fn live<'a>(sighting: &'a Sighting, shared: &Shared) -> Option<&'a Stored> {
    match sighting {
        Sighting::Record(sighted) if sighted.stored.expires_at > shared.now() => {
            Some(&sighted.stored)
        }
        _ => None,
    }
}

/// The codes that are there.
fn held(shared: &Shared, known: &Known) -> Vec<service::Held> {
    let there = shared.slots.iter().zip(known);
    let live = there.filter_map(|(slot, (sighting, _))| Some((slot, live(sighting, shared)?)));
    live.map(|(slot, stored)| slot.held(stored.code.fingerprint())).collect()
}

/// Who issued so far. A task that is at work shows in its records only.
fn issuer(shared: &Shared, known: &Known, voice: &mut Voice<impl Write>) -> io::Result<()> {
    let there = known.iter().filter_map(|(sighting, _)| live(sighting, shared));
    let (ours, theirs): (Vec<_>, Vec<_>) = there.partition(|stored| stored.generation > 0);
    let now = shared.now();
    let newest = theirs.iter().map(|stored| stored.expires_at).max();
    let found = match newest {
        None if ours.is_empty() => "there is no record yet".to_owned(),
        None => format!("records of ours: {}; of the task: none", ours.len()),
        Some(newest) => {
            let ago =
                yzb::Lifetime::DOCUMENTED.as_secs().saturating_sub(newest.since(now).as_secs());
            format!(
                "records in the task's form: {}, the newest about {} old; ours: {}",
                theirs.len(),
                span_words(ago),
                ours.len()
            )
        }
    };
    voice.say(&Finding::good("issuer", found))
}

/// A failure before anything was written.
fn unchanged(ended: &Ended) -> Ended {
    Ended::new(ended.exit, format!("{ended}; nothing was changed"))
}

/// What the store says, in a finding about one code.
pub(super) fn store_finding(slot: &Slot, error: &yzb::StoreError) -> Finding {
    Finding::bad("record", format!("{}: {}", slot.name(), store_words(error)))
        .remedy("the record that was there stays; mend Redis, and run this again")
}
