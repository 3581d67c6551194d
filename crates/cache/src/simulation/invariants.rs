//! What must hold in every history.

use super::history::{History, Outcome};
use super::world::{Fact, Numbered};
use crate::{Clock, Now};

/// After every step.
pub(super) fn always(history: &History<impl Numbered>) -> Result<(), String> {
    let state = history.world.state();
    if state.most_in_flight > 1 {
        return Err("two requests in flight".to_owned());
    }
    if let Some(pair) = state.issues.windows(2).find(|pair| pair[1] < pair[0] + 30_000) {
        return Err(format!("two codes may have been issued within the budget: {pair:?}"));
    }
    if state.too_late {
        return Err("a request was sent after the turn was too old".to_owned());
    }
    for failed in &state.failed {
        if state.begun.iter().any(|begun| begun > failed && *begun < failed + 1000) {
            return Err(format!("an attempt sooner than the floor after the failure at {failed}"));
        }
    }
    drop(state);
    displaced(history)
}

/// What a caller got.
pub(super) fn served<T: Numbered>(
    history: &History<T>,
    outcome: &Outcome<T>,
) -> Result<(), String> {
    let Ok(lease) = outcome else { return Ok(()) };
    let now = history.world.now();
    let state = history.world.state();
    let number = lease.token().number();
    let code = state.codes[number];
    // Of older codes a slot does not remember the ends: a store that gives one back after the wall
    // clock was set back is believed; and so is another process. The crate's docs say so.
    let foreign = state.codes[number..].iter().any(|code| code.foreign);
    // Of two that were issued within a minute by two who had no turn nobody can tell the newer one.
    let close =
        |other: &Fact| other.foreign != code.foreign && other.sent.abs_diff(code.sent) <= 60_000;
    let doubt = foreign && state.jumped || state.codes.iter().any(close);
    let remembered = state.codes.len() - number <= 4 && !doubt;
    if state.millis >= code.end && remembered {
        return Err(format!(
            "code {number} was served {} ms past its end",
            state.millis - code.end
        ));
    }
    if now.wall >= lease.expires_at() && !state.doubtful.contains(&lease.serial()) {
        return Err(format!("code {number} was served past its moment and nobody was told"));
    }
    if code.refused.is_some_and(|refused| code.sent <= refused) && remembered {
        return Err(format!("code {number} was refused, and is served again"));
    }
    Ok(())
}

/// When nobody can go on without time passing.
pub(super) fn settled(history: &History<impl Numbered>) -> Result<(), String> {
    // Whoever leads may wait, nobody else.
    let waiting = history.callers.iter().filter(|caller| !caller.excused).count();
    if history.cache.peek().is_some() && waiting > 1 {
        return Err(format!("{waiting} callers wait while a code lives"));
    }
    if history.world.state().turns > 0 && history.callers.is_empty() && history.keeper.is_none() {
        return Err("other processes wait for work that nobody does".to_owned());
    }
    Ok(())
}

/// A code that lives by both clocks and was not refused is there for everyone.
fn displaced(history: &History<impl Numbered>) -> Result<(), String> {
    let newest = history.cache.subscribe().current();
    let now: Now = history.world.now();
    let Some(lease) = newest else {
        let state = history.world.state();
        let last = state.log.iter().rev().find(|line| {
            ["Issued", "Adopted", "Invalidated"].iter().any(|name| line.contains(name))
        });
        let lost = last.is_some_and(|line| !line.contains("Invalidated"));
        return if lost { Err("a code was displaced".to_owned()) } else { Ok(()) };
    };
    if lease.is_live(now) && history.cache.peek().is_none() {
        return Err("a live code is not handed out".to_owned());
    }
    Ok(())
}
