//! Whether a record may replace the one that is there. Pure.

use yzb_cache::Replaces;
use yzb_proto::{Fingerprint, Lifetime, UnixSeconds};

/// What is under a key.
pub(crate) enum Existing<'a> {
    Absent,
    /// Something that is no record.
    Unreadable,
    Record(Facts<'a>),
}

/// What of a record decides.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) code: Fingerprint,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) issued_at: Option<UnixSeconds>,
    /// The latest moment at which this code or one that it replaced was asked for.
    pub(crate) fence: Option<UnixSeconds>,
    /// Zero if whoever wrote it does not count: a foreign record.
    pub(crate) generation: u64,
    /// The fleet it belongs to, if it says so.
    pub(crate) owner: Option<&'a str>,
}

/// What the writer knows of it.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) now: UnixSeconds,
    /// It has the turn to issue.
    pub(crate) has_turn: bool,
    /// What is there is what its store saw when it last looked.
    pub(crate) saw_it: bool,
    /// What it saw itself, if it says so.
    pub(crate) replaces: Replaces,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is to be written, with this generation and fence.
    Write { generation: u64, fence: Option<UnixSeconds> },
    /// The same is there already, or later news of the same code.
    Kept,
    /// A newer record is there.
    Newer,
    /// What is there cannot be read, and is replaced only by whoever has the turn.
    Unreadable,
    /// A record of another fleet is there.
    Others,
}

/// By how much the clocks of two issuers may differ. Of two codes that were issued further apart, the
/// later one is the newer, however the generations were counted: they begin anew where Redis lost
/// what it had.
pub(crate) const CLOCK_BOUND: Lifetime = Lifetime::from_secs(60);

/// Whether `ours` may replace what exists.
///
/// A writer that says what it saw replaces that, and nothing else: it compared the two, or asked the
/// platform, and knows better than two generations or two clocks. For others they decide, and while
/// Redis loses nothing, a record that was replaced never comes back. Each write over another code makes the generation greater and the fence no earlier; so to come back, a record would have to have
/// been asked for later than the fence, which is no earlier than its own issue.
pub(crate) fn judge(existing: &Existing<'_>, ours: &Facts<'_>, writer: Writer) -> Verdict {
    let write = Verdict::Write { generation: ours.generation, fence: ours.fence };
    let theirs = match existing {
        Existing::Absent => return write,
        Existing::Unreadable if writer.has_turn => return write,
        Existing::Unreadable => return Verdict::Unreadable,
        Existing::Record(theirs) if theirs.expires_at <= writer.now => return write,
        Existing::Record(theirs) => theirs,
    };
    if theirs.owner.is_some() && theirs.owner != ours.owner {
        return Verdict::Others;
    }
    // None is the earliest.
    let fence = ours.fence.max(theirs.fence);
    if theirs.code == ours.code {
        let same = theirs.expires_at == ours.expires_at && theirs.generation == ours.generation;
        let kept = same || theirs.generation > ours.generation;
        let generation = ours.generation;
        return if kept { Verdict::Kept } else { Verdict::Write { generation, fence } };
    }
    // So that whoever holds the replaced one sees that this is newer.
    let after = if theirs.generation == 0 { 0 } else { theirs.generation.saturating_add(1) };
    let successor = Verdict::Write { generation: ours.generation.max(after), fence };
    match writer.replaces {
        Replaces::NotSaid => {}
        Replaces::Record { code, generation }
            if (code, generation) == (theirs.code, theirs.generation) =>
        {
            return successor;
        }
        _ => return Verdict::Newer,
    }
    if theirs.generation == 0 {
        let older = theirs.expires_at <= ours.expires_at;
        return if older || writer.saw_it { write } else { Verdict::Newer };
    }
    if is_newer(theirs, ours) { Verdict::Newer } else { successor }
}

fn is_newer(theirs: &Facts<'_>, ours: &Facts<'_>) -> bool {
    let (Some(their_issue), Some(our_issue)) = (theirs.fence, ours.issued_at) else {
        return theirs.generation >= ours.generation;
    };
    let apart = |earlier: UnixSeconds, later: UnixSeconds| later > earlier + CLOCK_BOUND;
    if apart(our_issue, their_issue) {
        return true;
    }
    !apart(their_issue, our_issue) && theirs.generation >= ours.generation
}

#[cfg(test)]
mod tests {
    use super::*;
    use yzb_proto::ServerAccessToken;

    const NOW: UnixSeconds = UnixSeconds::new(1_700_000_000);
    const STRANGER: Writer =
        Writer { now: NOW, has_turn: false, saw_it: false, replaces: Replaces::NotSaid };
    const HOLDER: Writer = Writer { has_turn: true, saw_it: true, ..STRANGER };

    fn facts(code: &str, generation: u64, issued: u64, expires: u64) -> Facts<'static> {
        Facts {
            code: ServerAccessToken::new(code).unwrap().fingerprint(),
            expires_at: UnixSeconds::new(NOW.as_secs() + expires),
            issued_at: (generation > 0).then(|| UnixSeconds::new(NOW.as_secs() + issued)),
            fence: (generation > 0).then(|| UnixSeconds::new(NOW.as_secs() + issued)),
            generation,
            owner: (generation > 0).then_some("us"),
        }
    }

    fn verdict(theirs: Facts<'_>, ours: Facts<'_>, writer: Writer) -> Verdict {
        judge(&Existing::Record(theirs), &ours, writer)
    }

    /// With which generation it is written, if it is.
    fn written(verdict: Verdict) -> Option<u64> {
        match verdict {
            Verdict::Write { generation, .. } => Some(generation),
            _ => None,
        }
    }

    #[test]
    fn nothing_replaces_a_record_of_a_newer_or_equal_generation_with_another_code() {
        for generation in [5, 6] {
            let theirs = facts("b", generation, 0, 7200);
            for writer in [STRANGER, HOLDER] {
                assert_eq!(verdict(theirs, facts("a", 5, 0, 7200), writer), Verdict::Newer);
                let mut undated = facts("a", 5, 0, 7200);
                undated.issued_at = None;
                assert_eq!(verdict(theirs, undated, writer), Verdict::Newer);
            }
        }
        let next = verdict(facts("b", 5, 0, 7200), facts("a", 6, 0, 7200), STRANGER);
        assert_eq!(written(next), Some(6));
    }

    #[test]
    fn generations_that_began_anew_do_not_bring_a_dead_code_back() {
        // Redis lost everything; a new process counted from one, an old one still holds its code.
        let (old, new) = (facts("a", 6, 0, 7200), facts("b", 1, 61, 7261));
        assert_eq!(verdict(new, old, STRANGER), Verdict::Newer);
        assert_eq!(written(verdict(old, new, HOLDER)), Some(7));
        // Within the bound of the clocks, generations decide.
        assert_eq!(written(verdict(facts("b", 1, 60, 7260), old, STRANGER)), Some(6));
    }

    #[test]
    fn the_same_code_is_not_written_twice_nor_set_back() {
        let ours = facts("a", 5, 0, 7200);
        assert_eq!(verdict(ours, ours, STRANGER), Verdict::Kept);
        assert_eq!(verdict(facts("a", 6, 0, 7200), ours, STRANGER), Verdict::Kept);
        let bare = facts("a", 0, 0, 7200);
        assert_eq!(written(verdict(bare, ours, STRANGER)), Some(5));
    }

    #[test]
    fn a_foreign_record_that_lasts_longer_is_replaced_only_by_who_saw_it() {
        let (theirs, ours) = (facts("b", 0, 0, 7300), facts("a", 5, 0, 7200));
        assert_eq!(verdict(theirs, ours, STRANGER), Verdict::Newer);
        assert_eq!(written(verdict(theirs, ours, HOLDER)), Some(5));
        let shorter = facts("b", 0, 0, 7200);
        assert_eq!(written(verdict(shorter, ours, STRANGER)), Some(5));
    }

    #[test]
    fn who_says_what_it_saw_replaces_that_and_nothing_else_whatever_clocks_and_counters_say() {
        let says = |seen: Facts<'_>| {
            let (code, generation) = (seen.code, seen.generation);
            Writer { replaces: Replaces::Record { code, generation }, ..STRANGER }
        };
        let seen = facts("a", 5, 0, 7200);
        let ours = facts("b", 6, 0, 7200);
        for there in [facts("c", 1, 0, 7200), facts("c", 0, 0, 7100), facts("a", 4, 0, 7200)] {
            assert_eq!(verdict(there, ours, says(seen)), Verdict::Newer);
            let saw_nothing = Writer { replaces: Replaces::Nothing, ..HOLDER };
            assert_eq!(verdict(there, ours, saw_nothing), Verdict::Newer);
        }
        // Its clock is behind by minutes, and it counts from one.
        let later = facts("a", 5, 300, 7500);
        assert_eq!(written(verdict(later, facts("b", 1, 0, 7200), says(later))), Some(6));
        let foreign = facts("a", 0, 0, 7500);
        assert_eq!(written(verdict(foreign, facts("b", 1, 0, 7200), says(foreign))), Some(1));
        assert_eq!(written(judge(&Existing::Absent, &ours, says(seen))), Some(6), "evicted");
        let mut theirs = seen;
        theirs.owner = Some("them");
        assert_eq!(verdict(theirs, ours, says(theirs)), Verdict::Others);
    }

    #[test]
    fn another_fleets_record_is_left_alone_until_it_is_over() {
        let mut theirs = facts("b", 1, 0, 7200);
        theirs.owner = Some("them");
        assert_eq!(verdict(theirs, facts("a", 9, 0, 7200), HOLDER), Verdict::Others);
        theirs.expires_at = NOW;
        assert_eq!(written(verdict(theirs, facts("a", 9, 0, 7200), STRANGER)), Some(9));
    }

    /// Whatever three holders write again and again, in whatever order, however their generations were
    /// counted and their clocks set: no two take turns in replacing each other.
    #[test]
    fn a_record_that_was_replaced_does_not_come_back() {
        let records: Vec<_> =
            (1..=3).flat_map(|generation| [0, 30, 61].map(|issued| (generation, issued))).collect();
        let mut replacements = 0;
        for first in &records {
            for second in &records {
                for third in &records {
                    replacements += replay([*first, *second, *third]);
                }
            }
        }
        assert!(replacements > 100_000, "{replacements}");
    }

    /// Every order of five writes among the three, after one of them. How many replaced another.
    fn replay(three: [(u64, u64); 3]) -> u32 {
        let ours: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .zip(three)
            .map(|(code, (generation, issued))| facts(code, generation, issued, 7200))
            .collect();
        let mut replacements = 0;
        for order in 0..3_usize.pow(6) {
            let mut at = order % 3;
            let (mut there, mut replaced) = (ours[at], [false; 3]);
            for step in 1..6 {
                let index = order / 3_usize.pow(step) % 3;
                let verdict = verdict(there, ours[index], STRANGER);
                let Verdict::Write { generation, fence } = verdict else { continue };
                there = Facts { generation, fence, ..ours[index] };
                if index != at {
                    assert!(!replaced[index], "{three:?} in order {order}");
                    replaced[at] = true;
                    at = index;
                    replacements += 1;
                }
            }
        }
        replacements
    }

    #[test]
    fn what_cannot_be_read_is_replaced_under_the_turn_only() {
        let ours = facts("a", 1, 0, 7200);
        assert_eq!(judge(&Existing::Unreadable, &ours, STRANGER), Verdict::Unreadable);
        assert_eq!(written(judge(&Existing::Unreadable, &ours, HOLDER)), Some(1));
        assert_eq!(written(judge(&Existing::Absent, &ours, STRANGER)), Some(1));
    }
}
