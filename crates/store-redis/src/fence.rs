//! Whether a record may replace the one that is there. Pure.

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
    /// What is there is what it saw when it last looked.
    pub(crate) saw_it: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is to be written, and counts as this generation.
    Write { generation: u64 },
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
pub(crate) fn judge(existing: &Existing<'_>, ours: &Facts<'_>, writer: Writer) -> Verdict {
    let write = Verdict::Write { generation: ours.generation };
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
    if theirs.code == ours.code {
        let same = theirs.expires_at == ours.expires_at && theirs.generation == ours.generation;
        return if same || theirs.generation > ours.generation { Verdict::Kept } else { write };
    }
    if theirs.generation == 0 {
        let older = theirs.expires_at <= ours.expires_at;
        return if older || writer.saw_it { write } else { Verdict::Newer };
    }
    if is_newer(theirs, ours) {
        return Verdict::Newer;
    }
    // So that whoever holds the replaced one sees that this is newer.
    let generation = ours.generation.max(theirs.generation.saturating_add(1));
    Verdict::Write { generation }
}

fn is_newer(theirs: &Facts<'_>, ours: &Facts<'_>) -> bool {
    let (Some(their_issue), Some(our_issue)) = (theirs.issued_at, ours.issued_at) else {
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
    const STRANGER: Writer = Writer { now: NOW, has_turn: false, saw_it: false };
    const HOLDER: Writer = Writer { now: NOW, has_turn: true, saw_it: true };

    fn facts(code: &str, generation: u64, issued: u64, expires: u64) -> Facts<'static> {
        Facts {
            code: ServerAccessToken::new(code).unwrap().fingerprint(),
            expires_at: UnixSeconds::new(NOW.as_secs() + expires),
            issued_at: (generation > 0).then(|| UnixSeconds::new(NOW.as_secs() + issued)),
            generation,
            owner: (generation > 0).then_some("us"),
        }
    }

    fn verdict(theirs: Facts<'_>, ours: Facts<'_>, writer: Writer) -> Verdict {
        judge(&Existing::Record(theirs), &ours, writer)
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
        assert_eq!(next, Verdict::Write { generation: 6 });
    }

    #[test]
    fn generations_that_began_anew_do_not_bring_a_dead_code_back() {
        // Redis lost everything; a new process counted from one, an old one still holds its code.
        let (old, new) = (facts("a", 6, 0, 7200), facts("b", 1, 61, 7261));
        assert_eq!(verdict(new, old, STRANGER), Verdict::Newer);
        assert_eq!(verdict(old, new, HOLDER), Verdict::Write { generation: 7 });
        // Within the bound of the clocks, generations decide.
        assert_eq!(
            verdict(facts("b", 1, 60, 7260), old, STRANGER),
            Verdict::Write { generation: 6 }
        );
    }

    #[test]
    fn the_same_code_is_not_written_twice_nor_set_back() {
        let ours = facts("a", 5, 0, 7200);
        assert_eq!(verdict(ours, ours, STRANGER), Verdict::Kept);
        assert_eq!(verdict(facts("a", 6, 0, 7200), ours, STRANGER), Verdict::Kept);
        let bare = facts("a", 0, 0, 7200);
        assert_eq!(verdict(bare, ours, STRANGER), Verdict::Write { generation: 5 });
    }

    #[test]
    fn a_foreign_record_that_lasts_longer_is_replaced_only_by_who_saw_it() {
        let (theirs, ours) = (facts("b", 0, 0, 7300), facts("a", 5, 0, 7200));
        assert_eq!(verdict(theirs, ours, STRANGER), Verdict::Newer);
        assert_eq!(verdict(theirs, ours, HOLDER), Verdict::Write { generation: 5 });
        let shorter = facts("b", 0, 0, 7200);
        assert_eq!(verdict(shorter, ours, STRANGER), Verdict::Write { generation: 5 });
    }

    #[test]
    fn another_fleets_record_is_left_alone_until_it_is_over() {
        let mut theirs = facts("b", 1, 0, 7200);
        theirs.owner = Some("them");
        assert_eq!(verdict(theirs, facts("a", 9, 0, 7200), HOLDER), Verdict::Others);
        theirs.expires_at = NOW;
        assert_eq!(
            verdict(theirs, facts("a", 9, 0, 7200), STRANGER),
            Verdict::Write { generation: 9 }
        );
    }

    #[test]
    fn what_cannot_be_read_is_replaced_under_the_turn_only() {
        let ours = facts("a", 1, 0, 7200);
        assert_eq!(judge(&Existing::Unreadable, &ours, STRANGER), Verdict::Unreadable);
        assert_eq!(judge(&Existing::Unreadable, &ours, HOLDER), Verdict::Write { generation: 1 });
        assert_eq!(judge(&Existing::Absent, &ours, STRANGER), Verdict::Write { generation: 1 });
    }
}
