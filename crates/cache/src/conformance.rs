//! What every [`Store`] promises, as checks for its author to run in a test.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use yzb_cache::{MemoryStore, conformance};
//!
//! // Two handles on one empty store: where processes share it, two connections.
//! let store = MemoryStore::new();
//! let report = conformance::check(&store, &store.clone()).await.unwrap();
//!
//! // What a store need not do, it may: say in your test what yours does.
//! assert!(!report.gives_turns() && !report.refuses_older_records());
//! assert!(!report.refuses_who_saw_something_else());
//! assert!(report.keeps_generations() && report.keeps_moments_of_issue());
//! # }
//! ```
//!
//! It needs no runtime of its own, writes under app ids that begin with `conformance-`, and leaves
//! its records behind. What happens at the same time happens in one task here: a store that keeps
//! threads or processes apart by other means than one that keeps tasks apart needs a test for that.

mod cancelled;
mod fence;
mod records;
mod report;
mod samples;
mod turns;

use crate::Store;

pub use report::{Promise, Report, Violation};

/// Checks a store through two handles on it, which is to be empty.
///
/// # Errors
///
/// It broke a promise; the error says which, and what it did.
pub async fn check<S: Store>(one: &S, other: &S) -> Result<Report, Violation> {
    let mut report = Report::default();
    records::is_empty(one, other).await?;
    records::keeps_what_it_is_given(one, other, &mut report).await?;
    records::keeps_keys_apart(one, other).await?;
    records::keeps_the_last(one, other).await?;
    records::keeps_records_whole(one, other).await?;
    report.turns = turns::gives_turns_to_one_at_a_time(one, other).await?;
    report.fence = fence::refuses_or_keeps(one, other).await?;
    report.compares = fence::compares(one, other).await?;
    cancelled::survives_saves(one, other).await?;
    cancelled::survives_turns(one, other).await?;
    Ok(report)
}
