//! The suite for authors of stores: what is right passes, and what is wrong is caught, promise by
//! promise.

mod flawed;

use yzb_cache::conformance::{self, Promise, Report};
use yzb_cache::{FileStore, MemoryStore, SharedStore, Store};

use crate::folder::Folder;
use flawed::{Flaw, Flawed};

/// All that an author writes.
async fn passes<S: Store>(one: &S, other: &S) -> Report {
    conformance::check(one, other).await.unwrap()
}

#[tokio::test]
async fn our_stores_keep_their_promises() {
    let (memory, folder) = (MemoryStore::new(), Folder::new());
    let report = passes(&memory, &memory.clone()).await;
    assert!(!report.gives_turns() && !report.refuses_older_records());
    assert!(!report.refuses_who_saw_something_else());
    assert!(report.keeps_generations() && report.keeps_moments_of_issue());

    let report = passes(&folder.store(), &folder.store()).await;
    assert!(report.gives_turns() && report.refuses_older_records());
    assert!(report.keeps_generations() && report.keeps_moments_of_issue());

    let folder = Folder::new();
    let shared = || SharedStore::new(FileStore::open(&folder.0).unwrap());
    assert_eq!(passes(&shared(), &shared()).await, report, "behind a pointer it is the same");
}

#[tokio::test]
async fn each_broken_promise_is_caught() {
    use Promise as P;
    let flawed = |flaw| async move {
        let store = Flawed::new(flaw);
        conformance::check(&store, &store.second()).await
    };
    let sound = flawed(Flaw::Nothing).await.unwrap();
    assert!(sound.gives_turns() && sound.refuses_older_records());
    assert!(!sound.refuses_who_saw_something_else());
    let compares = flawed(Flaw::Compares).await.unwrap();
    assert!(compares.refuses_who_saw_something_else());
    let table = [
        (Flaw::Away, P::Works),
        (Flaw::Rubbish, P::Empty),
        (Flaw::CutsCodes, P::RoundTrip),
        (Flaw::ExpiryInMinutes, P::RoundTrip),
        (Flaw::IssuedAtExpiry, P::RoundTrip),
        (Flaw::CountsItself, P::RoundTrip),
        (Flaw::HandlesOfTheirOwn, P::RoundTrip),
        (Flaw::KeepsTheFirst, P::Overwrite),
        (Flaw::ForgetsTheApp, P::Isolation),
        (Flaw::ForgetsTheCase, P::Isolation),
        (Flaw::ForgetsTheSecret, P::Isolation),
        (Flaw::ForgetsThePlatform, P::Isolation),
        (Flaw::ForgetsThePort, P::Isolation),
        (Flaw::ForgetsTheKind, P::Isolation),
        (Flaw::RemovesFirst, P::Wholeness),
        (Flaw::TwoSteps, P::Wholeness),
        (Flaw::TakenFromTheStart, P::Turns),
        (Flaw::EverybodysTurn, P::Turns),
        (Flaw::OneTurnForAll, P::Turns),
        (Flaw::TurnForEver, P::Turns),
        (Flaw::SavingEndsTheTurn, P::Turns),
        (Flaw::OneHandleHasNoTurns, P::Turns),
        (Flaw::LiesAboutKeeping, P::Fence),
        (Flaw::KeepsWhatItRefuses, P::Fence),
        (Flaw::RefusesTheSame, P::Fence),
        (Flaw::ComparesWithNothing, P::Fence),
        (Flaw::LockedByADroppedSave, P::Cancellation),
        (Flaw::TurnOfADroppedAsker, P::Cancellation),
        (Flaw::HalfASave, P::Cancellation),
    ];
    for (flaw, promise) in table {
        let violation = flawed(flaw).await.expect_err("a flaw that nobody noticed");
        assert_eq!(violation.promise(), promise, "{flaw:?}: {violation}");
        assert!(violation.to_string().starts_with("broken is the promise that"), "{violation}");
    }
}
