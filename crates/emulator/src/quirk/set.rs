//! Which quirks are on: some, always; or some at random, by a seed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Quirk;
use crate::mint::Mint;

/// A set of quirks, applied to every answer; or, with a seed, the set from which each answer draws.
///
/// ```
/// use yzb_emulator::{Quirk, Quirks};
///
/// let always = Quirks::from_iter([Quirk::Bom, Quirk::StatusNumber]);
/// assert!(always.contains(Quirk::Bom) && !always.contains(Quirk::Gzip));
/// let some = always.seeded(7); // each answer has none, one or both
/// let any = Quirks::all().seeded(7); // each answer has some of all there are
/// # let _ = (some, any);
/// ```
///
/// As JSON: `{"quirks": ["bom", "status-number"], "seed": 7}`; either may be left out, and a seed
/// alone draws from all.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Quirks {
    bits: u64,
    seed: Option<u64>,
}

impl Quirks {
    /// None: every answer as the published clients accept it.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All, of which those about one thing exclude each other. Of use with a seed.
    #[must_use]
    pub fn all() -> Self {
        Quirk::ALL.iter().copied().collect()
    }

    /// With this one too.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.bits |= bit(quirk);
        self
    }

    /// Lets each answer draw its quirks from these. Of those that are about one thing, such as the
    /// status, one is on in an answer out of four, each as likely as the others: a quirk that is
    /// alone in this has one chance in four, each of nine one in thirty-six. (`success-unknown`
    /// yields to `empty-as-2000` and `full-as-2011` and has a little less.) The same seed draws the
    /// same for the same sequence of answers.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Whether this quirk is on, or may be drawn.
    #[must_use]
    pub fn contains(self, quirk: Quirk) -> bool {
        self.bits & bit(quirk) != 0
    }

    /// Those that are on or may be drawn, in the order of [`Quirk::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.contains(*quirk))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Where drawing begins, if these are drawn from.
    pub(crate) fn seed(self) -> Option<u64> {
        self.seed
    }

    /// The first two that exclude each other, if any do: both are about one thing, or one leaves
    /// the other nothing to change. Where such are on together all the same, without a seed, the
    /// first in [`Quirk::ALL`] counts.
    #[must_use]
    pub fn clash(self) -> Option<(Quirk, Quirk)> {
        self.iter().find_map(|one| {
            let later = self.iter().filter(|other| bit(one) < bit(*other));
            later.map(|other| (one, other)).find(|(one, other)| excludes(*one, *other))
        })
    }

    /// The quirks of one answer: drawn if seeded, and of those that exclude each other the first.
    pub(crate) fn draw(self, chance: &mut Mint) -> Self {
        if self.is_empty() {
            return Self::none();
        }
        let drawn = match self.seed {
            Some(_) => self.chosen(chance),
            None => self,
        };
        let kept = |kept: Self, quirk: Quirk| {
            if kept.iter().any(|one| excludes(one, quirk)) { kept } else { kept.with(quirk) }
        };
        drawn.iter().fold(Self::none(), kept)
    }

    /// Of each thing that these are about: whether anything at all, one time in four, and then
    /// which.
    fn chosen(self, chance: &mut Mint) -> Self {
        let mut drawn = Self::none();
        let mut rest: Vec<Quirk> = self.iter().collect();
        while let Some(first) = rest.first() {
            let group = first.group();
            let members = rest.iter().take_while(|quirk| quirk.group() == group).count();
            // The upper bits decide whether, the lower ones which.
            let dice = chance.step();
            let which = usize::try_from(dice & 0xffff_ffff).unwrap_or(0) % members;
            if dice >> 62 == 0 {
                drawn = drawn.with(rest[which]);
            }
            rest.drain(..members);
        }
        drawn
    }
}

/// Whether two cannot both be seen in one answer.
fn excludes(one: Quirk, other: Quirk) -> bool {
    let masked = |quirk| matches!(quirk, Quirk::EmptyAs2000 | Quirk::FullAs2011);
    one != other
        && (one.group() == other.group()
            || (one == Quirk::SuccessUnknown && masked(other))
            || (other == Quirk::SuccessUnknown && masked(one)))
}

fn bit(quirk: Quirk) -> u64 {
    1 << quirk as u32
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<T: IntoIterator<Item = Quirk>>(quirks: T) -> Self {
        quirks.into_iter().fold(Self::none(), Self::with)
    }
}

impl From<Quirk> for Quirks {
    fn from(quirk: Quirk) -> Self {
        Self::none().with(quirk)
    }
}

/// The names.
impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Quirks");
        let names: Vec<_> = self.iter().map(Quirk::name).collect();
        shown.field("quirks", &names).field("seed", &self.seed).finish()
    }
}

/// How a set is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    quirks: Option<Vec<String>>,
    seed: Option<u64>,
}

impl Serialize for Quirks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let quirks = Some(self.iter().map(|quirk| quirk.name().to_owned()).collect());
        Written { quirks, seed: self.seed }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Quirks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { quirks, seed } = Written::deserialize(deserializer)?;
        let set = match quirks {
            Some(names) => names.iter().map(|name| name.parse()).collect::<Result<_, _>>(),
            None if seed.is_some() => Ok(Self::all()),
            None => Ok(Self::none()),
        };
        Ok(Self { seed, ..set.map_err(serde::de::Error::custom::<super::UnknownQuirk>)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quirk::About;

    #[test]
    fn there_is_a_bit_for_each() {
        assert!(Quirk::ALL.len() <= 64);
        assert_eq!(Quirks::all().iter().count(), Quirk::ALL.len());
    }

    #[test]
    fn of_those_about_one_thing_the_first_counts() {
        let set = Quirks::from_iter([
            Quirk::Bom,
            Quirk::DataNull,
            Quirk::StatusNull,
            Quirk::StatusNumber,
        ]);
        let drawn: Vec<_> = set.draw(&mut Mint::new(0)).iter().collect();
        assert_eq!(drawn, [Quirk::StatusNumber, Quirk::DataNull, Quirk::Bom]);
    }

    #[test]
    fn those_that_exclude_each_other_are_found() {
        let clash = |quirks: &[Quirk]| quirks.iter().copied().collect::<Quirks>().clash();
        let (null, number) = (Quirk::StatusNull, Quirk::StatusNumber);
        assert_eq!(clash(&[null, Quirk::Bom, number]), Some((number, null)));
        assert_eq!(clash(&[Quirk::EmptyAs2000, Quirk::FullAs2011, Quirk::Bom]), None);
        let unknown = (Quirk::FullAs2011, Quirk::SuccessUnknown);
        assert_eq!(clash(&[unknown.0, unknown.1]), Some(unknown));
        assert_eq!(clash(&[]), None);
    }

    #[test]
    fn draws_are_as_likely_as_they_are_said_to_be() {
        let set = Quirks::all().seeded(1);
        let mut chance = Mint::new(1);
        let drawn: Vec<_> = (0..36_000).map(|_| set.draw(&mut chance)).collect();
        let often = |quirk| drawn.iter().filter(|drawn| drawn.contains(quirk)).count();
        for quirk in [Quirk::StatusNumber, Quirk::StatusZeroLed, Quirk::StatusTwice] {
            assert!((850..1150).contains(&often(quirk)), "{quirk}: {}", often(quirk));
        }
        for quirk in [Quirk::Bom, Quirk::Gzip, Quirk::FullAs2011] {
            assert!((8600..9400).contains(&often(quirk)), "{quirk}: {}", often(quirk));
        }
        assert!(drawn.iter().all(|drawn| drawn.clash().is_none()));
    }

    #[test]
    fn those_about_one_thing_stand_together() {
        let groups: Vec<About> = Quirk::ALL.iter().map(|quirk| quirk.group()).collect();
        for (n, group) in groups.iter().enumerate() {
            let before = groups[..n].iter().rposition(|other| other == group);
            assert!(before.is_none_or(|at| at + 1 == n), "{group:?} is in two places");
        }
    }

    #[test]
    fn a_seed_draws_some_of_the_set_and_the_same_again() {
        let set = Quirks::all().seeded(7);
        let draw = |set: Quirks| {
            let mut chance = Mint::new(set.seed().unwrap());
            (0..1000).map(|_| set.draw(&mut chance).bits).collect::<Vec<_>>()
        };
        let drawn = draw(set);
        assert_eq!(drawn, draw(set));
        assert_ne!(drawn, draw(Quirks::all().seeded(8)));
        assert_eq!(
            drawn.iter().fold(0, |all, bits| all | bits),
            set.bits,
            "each is drawn sometimes"
        );
    }

    #[test]
    fn it_is_written_by_names() {
        let set = Quirks::from(Quirk::Bom).with(Quirk::Gzip).seeded(3);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"{"quirks":["bom","gzip"],"seed":3}"#);
        assert_eq!(serde_json::from_str::<Quirks>(&json).unwrap(), set);
        let read = |json| serde_json::from_str::<Quirks>(json);
        assert_eq!(read(r#"{"seed": 1}"#).unwrap(), Quirks::all().seeded(1));
        assert_eq!(read("{}").unwrap(), Quirks::none());
        assert!(read(r#"{"quirks": ["bomb"]}"#).unwrap_err().to_string().contains("there are: "));
    }
}
