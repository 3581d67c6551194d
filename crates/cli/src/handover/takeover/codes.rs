//! One code after another: looked at, and kept, written again or issued.

use std::io::{self, Write};
use std::time::Duration;

use yzb::{Fingerprint, StoreError, Timer};
use yzb_store_redis::Sighting;

use super::super::platform::{Opinion, exit_of};
use super::super::{Slot, span_words, store_failed, task};
use super::ground::{Known, store_finding};
use super::hands::Hands;
use super::step::{Step, Why};
use super::voice::Voice;
use crate::ask::moment;
use crate::doctor::finding::Finding;
use crate::exit::Ended;

/// How often it is looked whether the task has renewed what was due for it.
const LOOK: Duration = Duration::from_secs(5);

/// How often one record is looked at, which may change under our hands: longer than the task is waited for.
const LOOKS: usize = 60;

const OTHERS: &str =
    "two deployments use one Redis for this app: give one a key prefix or a database";

impl Hands<'_> {
    /// Does what is to be done with each code, and tells it. One that fails leaves its record as it was,
    /// and holds up no other.
    pub(super) async fn carry_out(
        &self,
        known: Known,
        timer: &impl Timer,
        voice: &mut Voice<impl Write>,
    ) -> io::Result<()> {
        for (slot, (sighting, opinion)) in self.shared.slots.iter().zip(known) {
            let done = self.one(slot, (code_of(&sighting), opinion), timer, voice).await;
            match done {
                Ok(finding) => voice.say(&finding)?,
                Err(Failed::Store(error)) => {
                    voice.say(&store_finding(slot, &error))?;
                    voice.fails(store_failed(&error).exit);
                }
                Err(Failed::Told(ended)) => {
                    let text = format!("{}: {ended}", slot.name());
                    let remedy =
                        "the record that was there stays; run this again when that is mended";
                    voice.say(&Finding::bad("record", text).remedy(remedy))?;
                    voice.fails(ended.exit);
                }
                Err(Failed::Io(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// What would be done with each, without doing it.
    pub(super) fn plan(&self, known: &Known, voice: &mut Voice<impl Write>) -> io::Result<()> {
        let now = self.shared.now();
        for (slot, (sighting, opinion)) in self.shared.slots.iter().zip(known) {
            let step = self.way.step(sighting, *opinion, now);
            let text = match step {
                Step::Keep => "stays as it is".to_owned(),
                Step::Write => "stays, and is written again in our spelling".to_owned(),
                Step::Issue(why) => format!("another would be issued, because {why}"),
                Step::Await => {
                    "is about to be due for the task, which would be waited for".to_owned()
                }
                Step::Leave => "is another fleet's, and would be left alone".to_owned(),
            };
            let text = format!("{}: {text}", slot.name());
            voice.say(&match step {
                Step::Leave => Finding::bad("plan", text).remedy(OTHERS),
                _ => Finding::good("plan", text),
            })?;
        }
        Ok(())
    }

    async fn one(
        &self,
        slot: &Slot,
        (mut asked, mut opinion): (Option<Fingerprint>, Opinion),
        timer: &impl Timer,
        voice: &mut Voice<impl Write>,
    ) -> Result<Finding, Failed> {
        let mut is_told = false;
        for _ in 0..LOOKS {
            let sighting = self.shared.store.sight(&slot.key).await?;
            if code_of(&sighting) != asked {
                // Somebody replaced it since it was asked about.
                asked = code_of(&sighting);
                opinion = self.opinion(slot, &sighting).await?;
            }
            match self.way.step(&sighting, opinion, self.shared.now()) {
                Step::Keep => return Ok(self.kept(slot, &sighting, "goes on")),
                Step::Write => {
                    if let Sighting::Record(sighted) = &sighting
                        && self.write(slot, &sighted.stored).await?
                    {
                        return Ok(self.kept(slot, &sighting, "goes on, in our spelling"));
                    }
                }
                Step::Issue(why) => return self.get(slot, &sighting, opinion, why).await,
                Step::Await => {
                    if !std::mem::replace(&mut is_told, true) {
                        voice.say(&self.awaited(slot))?;
                    }
                    timer.sleep(LOOK).await;
                }
                Step::Leave => {
                    let text = format!("{} is another fleet's, and was left alone", slot.name());
                    return Ok(Finding::bad("record", text).remedy(OTHERS));
                }
            }
        }
        let text = format!("{} changes all the time: several issuers are at work", slot.name());
        Ok(Finding::bad("record", text).remedy("find out who writes it: see OPERATING.md"))
    }

    async fn opinion(&self, slot: &Slot, sighting: &Sighting) -> Result<Opinion, Failed> {
        let Sighting::Record(sighted) = sighting else { return Ok(Opinion::Unasked) };
        let asked = self.platform.ask(self.shared, slot, &sighted.stored.code).await;
        asked.map_err(|error| Failed::Told(Ended::new(exit_of(error.retry()), error)))
    }

    async fn get(
        &self,
        slot: &Slot,
        sighting: &Sighting,
        opinion: Opinion,
        why: Why,
    ) -> Result<Finding, Failed> {
        // The store must not give back what the platform takes no more, or not for as long as it says.
        let refused = match (opinion, sighting) {
            (Opinion::Refused, _) => code_of(sighting),
            (Opinion::ValidUntil(until), Sighting::Record(sighted))
                if sighted.stored.expires_at.since(until).as_secs() > task::TOLERANCE =>
            {
                code_of(sighting)
            }
            _ => None,
        };
        let got = self.issue(slot, refused).await.map_err(Failed::Told)?;
        let how = match got.by_us {
            true => format!("was issued as #{}, because {why}", got.code),
            false => format!("was just replaced by #{}, from somebody else", got.code),
        };
        Ok(Finding::good("record", format!("{} {how}", slot.name())))
    }

    fn kept(&self, slot: &Slot, sighting: &Sighting, how: &str) -> Finding {
        let Sighting::Record(sighted) = sighting else {
            return Finding::good("record", slot.name());
        };
        let (stored, now) = (&sighted.stored, self.shared.now());
        let (code, until) = (stored.code.fingerprint(), moment(stored.expires_at, now));
        Finding::good("record", format!("{} {how}: #{code}, until {until}", slot.name()))
    }

    fn awaited(&self, slot: &Slot) -> Finding {
        let longest = span_words(task::ROUND + 2 * task::TOLERANCE);
        let found =
            format!("{} is due for the task: waiting for it, {longest} at most", slot.name());
        Finding::skipped("record", found)
            .remedy("if both asked now, nobody would know whose token the platform keeps")
    }
}

/// Why one code was not dealt with.
enum Failed {
    Store(StoreError),
    Told(Ended),
    /// Nobody can be told.
    Io(io::Error),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn code_of(sighting: &Sighting) -> Option<Fingerprint> {
    match sighting {
        Sighting::Record(sighted) => Some(sighted.stored.code.fingerprint()),
        _ => None,
    }
}
