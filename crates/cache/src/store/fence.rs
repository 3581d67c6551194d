//! Which record may replace which.

use yzb_proto::Fingerprint;

use super::Stored;
use crate::broken::{Rule, broken};

/// What a writer saw in the store when it last looked: what its record is to replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replaces {
    /// The writer does not say.
    #[default]
    NotSaid,
    /// There was nothing that could be read.
    Nothing,
    /// There was this.
    Record {
        /// The code.
        code: Fingerprint,
        /// How many times it had been replaced; zero if that was not said.
        generation: u64,
    },
}

/// What a store that compares is to do with a record that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fence {
    /// Write it.
    Write,
    /// Nothing: what is kept is the same, or later news of the same code.
    Keep,
    /// Refuse it with [`StoreErrorKind::Conflict`](crate::StoreErrorKind::Conflict): somebody else
    /// wrote since its writer looked.
    Refuse,
}

impl Replaces {
    /// What was seen, if anything was.
    #[must_use]
    pub fn seen(record: Option<&Stored>) -> Self {
        record.map_or(Self::Nothing, |record| Self::Record {
            code: record.code.fingerprint(),
            generation: record.generation,
        })
    }
}

impl Stored {
    /// Whether this may be written over what a store keeps: the one rule by which a writer that slept
    /// cannot overwrite its successor, and nobody overwrites what they have not seen. To be asked while
    /// nobody else writes.
    ///
    /// ```
    /// use yzb_cache::{Code, Fence, Replaces, Stored};
    /// use yzb_proto::{ServerAccessToken, UnixSeconds};
    ///
    /// let record = |code, generation| {
    ///     let code = Code::ServerToken(ServerAccessToken::new(code)?);
    ///     Ok::<_, yzb_proto::InvalidValue>(
    ///         Stored::new(code, UnixSeconds::new(1_654_576_906)).generation(generation),
    ///     )
    /// };
    /// let (first, second) = (record("a", 1)?, record("b", 2)?);
    /// let ours = record("c", 2)?.replaces(Replaces::seen(Some(&first)));
    /// assert_eq!(ours.fence(Some(&first)), Fence::Write);
    /// assert_eq!(ours.fence(Some(&second)), Fence::Refuse);
    /// # Ok::<(), yzb_proto::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn fence(&self, kept: Option<&Self>) -> Fence {
        let Some(kept) = kept else { return Fence::Write };
        let code = kept.code.fingerprint();
        if code == self.code.fingerprint() && kept.code.kind() == self.code.kind() {
            let later = kept.generation > self.generation;
            let same = kept.generation == self.generation && kept.expires_at == self.expires_at;
            return if later || same { Fence::Keep } else { Fence::Write };
        }
        if broken(Rule::Fence) {
            return Fence::Write;
        }
        let may = match self.replaces {
            Replaces::NotSaid if broken(Rule::HealFenced) => true,
            Replaces::NotSaid if kept.generation == 0 => kept.expires_at <= self.expires_at,
            Replaces::NotSaid => kept.generation < self.generation,
            Replaces::Nothing => false,
            Replaces::Record { code: seen, generation } => {
                seen == code && generation == kept.generation
            }
        };
        if may { Fence::Write } else { Fence::Refuse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use yzb_proto::{ServerAccessToken, UnixSeconds};

    fn record(code: &str, generation: u64) -> Stored {
        let code = Code::ServerToken(ServerAccessToken::new(code).unwrap());
        Stored::new(code, UnixSeconds::new(1_700_007_200)).generation(generation)
    }

    #[test]
    fn a_writer_replaces_what_it_saw_and_nothing_else() {
        let (seen, successor, foreign) = (record("a", 5), record("b", 6), record("c", 0));
        let ours = record("d", 6).replaces(Replaces::seen(Some(&seen)));
        assert_eq!(ours.fence(Some(&seen)), Fence::Write);
        assert_eq!(ours.fence(None), Fence::Write, "evicted");
        for other in [&successor, &foreign, &record("a", 6), &record("e", 4)] {
            assert_eq!(ours.fence(Some(other)), Fence::Refuse);
        }
        let ours = ours.replaces(Replaces::Nothing);
        assert_eq!(ours.fence(Some(&foreign)), Fence::Refuse);
        assert_eq!(ours.fence(None), Fence::Write);
    }

    #[test]
    fn later_news_of_the_same_code_is_kept() {
        let ours = record("a", 5);
        assert_eq!(ours.fence(Some(&record("a", 4))), Fence::Write);
        assert_eq!(ours.fence(Some(&record("a", 5))), Fence::Keep);
        assert_eq!(ours.fence(Some(&record("a", 6))), Fence::Keep);
    }

    #[test]
    fn where_a_writer_does_not_say_what_it_saw_generations_decide() {
        let ours = record("a", 5);
        assert_eq!(ours.fence(Some(&record("b", 4))), Fence::Write);
        assert_eq!(ours.fence(Some(&record("b", 5))), Fence::Refuse);
    }
}
