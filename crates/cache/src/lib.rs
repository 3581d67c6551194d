//! Lifetimes of the Yuanzhibang (猿之棒) open platform's server tokens and tickets: renewed ahead,
//! shared by everyone who asks, and never displaced by a failure.
//!
//! An [`Issuer`] asks the platform, a [`Store`] keeps codes beyond the process, an [`Observer`] is
//! told what happens, and a [`Policy`] has the limits.
#![cfg_attr(
    feature = "tokio",
    doc = "[`TokenCache`] makes one code of these that is always at hand, [`Apps`] those of many apps."
)]
//! [`Slot`] is the state of one code, pure: it takes the time and chance as arguments and says what
//! to do.
//!
//! ```
//! use yzb_cache::{Issued, Monotonic, Now, Plan, Policy, Slot};
//! use yzb_proto::{Lifetime, ServerAccessToken, UnixSeconds};
//!
//! let (policy, mut slot) = (Policy::default(), Slot::new(false));
//! let now = Now::new(UnixSeconds::new(1_654_569_706), Monotonic::from_millis(0));
//!
//! // The first who asks is told to renew; whoever asks meanwhile waits.
//! let Plan::Lead { attempt, .. } = slot.plan(&policy, now) else { panic!() };
//! assert!(matches!(slot.plan(&policy, now), Plan::Wait { .. }));
//!
//! // The answer is there: everyone is served.
//! let issued = Issued::new(ServerAccessToken::new("5cc928")?, Lifetime::DOCUMENTED);
//! let record = slot.settle(&policy, attempt, (now, now), Ok(issued), 0.5);
//! slot.finish(attempt, now);
//! assert!(record.is_some_and(|record| record.expires_at == UnixSeconds::new(1_654_576_906)));
//! assert!(matches!(slot.plan(&policy, now), Plan::Serve(_)));
//! # Ok::<(), yzb_proto::InvalidValue>(())
//! ```
//!
//! # Contract
//!
//! 1. **Fresh** codes are served without a look at the slot. When one is **due**, exactly one
//!    renewal runs and everyone else is served at once. When it is **over or absent**, callers wait
//!    for one renewal and share its outcome, errors included.
//! 2. **A failed renewal never displaces a code that works**, and no error ends renewing. Attempts
//!    are apart by random, growing pauses with a floor ([`PolicyBuilder::retry_pauses`]). Requests
//!    that may have issued a code draw from a budget ([`PolicyBuilder::issue_interval`]).
//! 3. **A renewal whose caller goes away is taken over** by the next who asks or waits: the same
//!    request goes on, and no second one is sent.
//! 4. **A complaint names its lease.** A late one cannot drop a newer code. After it, a stored
//!    record is adopted only if it is another code and expires later.
//! 5. **Time counts from before the request was sent**, and both clocks are looked at on every use: a
//!    wall clock that jumps back lengthens nothing, and one that jumps forward costs one renewal. A
//!    jump is reported. A stored record that lasts longer than a fresh code could is due at once.
//! 6. **Tickets.** A ticket from a shared store is trusted until its end, and at most 600 s less a
//!    margin after it was last known to be the current one. A ticket request without a definite
//!    answer ends the held one at most 600 s after it was sent. [`Lease::sure_until`] says until when
//!    a signature is sure to verify.
//! 7. **A fleet** is many processes on one shared [`Store`].
//!     - At most one request for a code is under way. Whoever has the store's turn reads the store once
//!       more, sends nothing later than a third of the turn after asking for it, keeps it while the
//!       platform is slow, and does not hand it back while a request may be under way.
//!     - A writer says what it saw, and a store that compares ([`Stored::fence`]) lets it replace nothing
//!       else: a process that slept cannot overwrite its successor. A refused write is settled: the
//!       platform says which code is the current one ([`Issuer::check`]); where nobody can tell, the
//!       stored one is taken.
//!     - What was lost is written again by whoever holds it, what is surely older is replaced, and
//!       everything else is adopted within one [`PolicyBuilder::reread_every`], by those who can read.
//!     - Another issuer's code is adopted, not fought, and reported ([`Event::ForeignWriter`]). A record
//!       that cannot be read is reported, and replaced when ours is due.
//!     - Without the store, what is held is served; whether a process then issues alone, how often, and
//!       what that costs the others, is said at [`PolicyBuilder::issue_without_store`]. One that does
//!       not answer in time is asked a second time first: whoever asks may be out of breath, not the store.
//!     - Clocks that differ by no more than [`PolicyBuilder::clock_bound`] do no harm. What differs by
//!       more from the platform's or the store's is reported within one renewal
//!       ([`Event::ClockDiffers`]), and whichever ends a stored code sooner is believed.
//! 8. **Isolation**: a [`SlotKey`] is origin, app, fingerprint of the secret and kind.
//! 9. **Secrets** are in no `Debug`, `Display`, error, event, key or file name.
//! 10. **Nothing is spawned** behind anybody's back, and constructing anything needs no runtime.
//! 11. **Many apps** are as many slots: one that hangs or fails delays no other, and idle ones cost the
//!     busy ones nothing.
//! 12. **Other people's code may panic** (stores, observers, chance, clocks, issuers): that costs what
//!     it was asked for, and no code; nobody is left waiting.
//! 13. **Errors** say what failed and whether waiting helps, can be cloned for everyone who waited,
//!     and hold no body.
//!
//! # Limits
//!
//! A code that another process stored is believed as far as the moment beside it says: a wall clock
//! that was set back lengthens that, up to the longest lifetime that is believed. Of its own last
//! codes a process knows better, by the monotonic clock. Of two codes whose writers do not count, the one
//! that expires later is taken for the newer, because the platform's live equally long, unless they are too
//! close to tell: then the stored one is taken. A monotonic clock that does not count the time in which
//! the machine slept leaves that to the wall clock.
//!
//! Of a code that a process got and took with it when it died, nobody else knows. That a token was
//! replaced so shows when it is refused. That a ticket was shows only to those who ask the platform
//! ([`PolicyBuilder::watch_every`]): others serve the old one until it is due, and it is over in 600 s.
//! Two issues that are closer than the clocks' bound and [`PolicyBuilder::send_within`] together cannot be
//! put in order by their moments; then the stored code is taken.
//!
//! A renewal's caller who stays alive and is never polled again holds up the others for as long, and
//! what it read may be old by the time it goes on: a code asked for without a turn is then compared with
//! the store, and not written over what is there. A clock that panics whenever it is asked makes time
//! stand still for renewals; callers who read hear the panic.
//!
//! # Features
//!
//! - `tokio` (default): `TokenCache`, with Tokio's timers. Without it there is the
//!   pure part, the traits and the memory store.
//! - `file`: `FileStore`, by which the processes of one machine share codes (Unix).
//! - `conformance`: checks for authors of a [`Store`].
//!
//! # Choices
//!
//! A lifetime that the platform does not say is taken for [`PolicyBuilder::unknown_lifetime`], so that
//! an answer with one field less is no outage; the code is renewed at the rhythm of the budget and
//! not stored. A longer one than is believed is cut, not refused. The budget counts requests that
//! issued a code or perhaps did; a definite refusal issues nothing, and has its pauses.

#[cfg_attr(not(schedules), expect(unreachable_pub, reason = "the tester of schedules sees it"))]
mod broken;
#[cfg(feature = "tokio")]
mod cache;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod issuer;
mod key;
mod lease;
mod observer;
mod policy;
#[cfg(test)]
#[cfg(feature = "tokio")]
mod simulation;
mod slot;
mod store;
#[cfg(feature = "tokio")]
mod sync;
#[cfg(feature = "tokio")]
mod ticket;
#[cfg(feature = "tokio")]
mod timer;
mod token;

#[cfg(schedules)]
pub use broken::{Rule, while_broken};
#[cfg(feature = "tokio")]
pub use cache::{Apps, AppsBuilder, Builder, Changes, Reader, Taken, TokenCache};
pub use clock::{Clock, Monotonic, Now, SystemClock};
pub use error::{LeaseError, LeaseErrorKind};
pub use issuer::{Attempt, Checked, IssueError, Issuer};
pub use key::SlotKey;
pub use lease::{Issued, Lease, Previous, Source};
pub use observer::{Anomaly, Event, Observer, Operation, Witness};
pub use policy::{InvalidPolicy, Policy, PolicyBuilder};
pub use slot::{Finding, Plan, Slot, Work};
#[cfg(all(feature = "file", unix))]
pub use store::FileStore;
pub use store::{
    Fence, MemoryStore, Replaces, SharedStore, Store, StoreError, StoreErrorKind, Stored, Turn,
};
#[cfg(feature = "tokio")]
pub use ticket::{TicketCall, TicketIssuer};
#[cfg(feature = "tokio")]
pub use timer::{Timer, TokioTimer};
pub use token::{Code, Kind, Token};
