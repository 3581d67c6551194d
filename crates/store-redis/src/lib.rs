//! The Yuanzhibang (猿之棒) open platform's server tokens and tickets in Redis: in the records that the
//! published Node, Python, PHP and Java clients read, shared by any number of our processes, with one
//! issuer per app at a time.
//!
//! ```no_run
//! use yzb_cache::TokenCache;
//! # use yzb_cache::{Issuer, SlotKey};
//! use yzb_store_redis::RedisStore;
//!
//! # fn example<I: Issuer>(key: SlotKey, issuer: I) -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedisStore::open("rediss://yzb:password@redis.example:6379/0")?;
//! let cache = TokenCache::builder(key, issuer).store(store).build();
//! # Ok(())
//! # }
//! ```
//!
//! One store, cloned, serves all apps of a process over one connection. `OPERATING.md` in this crate
//! is for whoever runs Redis: topology, sizing, permissions, alerts, and moving over from the published
//! Python task and back.
//!
//! # Contract
//!
//! 1. **Records** begin as the published writer writes them, byte for byte, under the published keys,
//!    and expire in Redis with the code. Behind the two published fields stand `generation`,
//!    `issued_at`, `previous` with `previous_until` (tickets), `issuer` and `owner`, and where clocks differ
//!    `fence`, which the published readers ignore.
//! 2. **The fence.** A record that says what its writer saw ([`Stored::replaces`](yzb_cache::Stored::replaces);
//!    those of a cache do) is written over that or over nothing, compared and written in one step, and
//!    counts further than what it replaces. One that does not say is written over what is older: one
//!    of a newer or equal generation with another code is never replaced by it, nor a foreign one that
//!    expires later, unless this store saw that very one; of two codes issued more than a minute apart
//!    the later one is the newer, however generations were counted: they begin anew where Redis lost
//!    what it had. A refused write is [`StoreErrorKind::Conflict`](yzb_cache::StoreErrorKind::Conflict).
//! 3. **The turn** is a key with the holder's name and an expiry of 60 s ([`Builder::lease`]), which
//!    only its holder extends (while the platform is slow) or removes. One in which a request may still be
//!    under way is left to expire. Dropping it sends the release without waiting; one that gets
//!    lost (the connection breaks, or the runtime ends at once: see [`RedisStore::released`]) leaves the
//!    turn to its expiry. What takes a question for the turn back follows it on its way, if its answer
//!    does not come in time or its caller goes away. Whatever else stands under that key without an end is given one, and told of.
//! 4. **A foreign record** (one without a generation: the Python task's, a colleague's script's) is
//!    given to the cache like any other, which adopts and reports it. One that cannot be read is
//!    reported once, is as good as absent then, and is replaced only by whoever has the turn.
//! 5. **Another fleet's record** (another app secret, or another platform) is neither read nor
//!    replaced while it lasts. Ours is kept aside, where the published readers do not look, and is
//!    moved to the published key when theirs is over. [`Event::OtherFleet`] reports it.
//! 6. **Every command comes to the same if it is carried out twice,** so one that met a broken
//!    connection or a read-only server is repeated once on a new connection, and nothing else is. A
//!    connection is given up when it breaks, when it is silent, when a caller gives up waiting on it,
//!    and when the server turns out to be a read-only replica.
//! 7. **Connecting** is lazy, done once for all callers, goes on while none of them waits, and is apart
//!    by random pauses of up to a second. A connection that breaks before it carried anything out
//!    counts as an attempt that failed.
//! 8. **Errors** are [`Failure`]s with a [`Problem`] that says what to do. They quote nothing that the
//!    server said, because it may quote a code or a password.
//! 9. **Commands** are those of Redis 5.0, and scripts of one key each.
//! 10. **Who only looks on** ([`RedisStore::sight`]) sends nothing that writes, and leaves no trace in
//!     what later writes are judged by.
//! 11. **Looks** that are asked for at the same time are one `MGET` of up to 64 keys (in a Cluster each is
//!     a `GETRANGE`, and so is one that is alone). Whoever gives up waiting for its answer takes it from nobody.
//!     A record that cannot be read is so for its own app only. After a look that failed, the next one
//!     for each of its keys is by itself, in case one of the values is what it failed of. Where the server
//!     refuses the command, keys are looked at one by one ([`Event::OneByOne`]).
//!
//! Waiters learn of a new record by looking: the cache asks again while another process has the turn,
//! after some 25 ms at first, then ever more rarely up to every 100 to 300 ms, and only then. Keyspace
//! messages would be quicker by a part of that, but Redis sends none unless an operator switches them on, loses them with the connection, and has them
//! per node in a Cluster; whoever relied on them would have to look as well.
//!
//! # Tasks
//!
//! The Redis client library runs one task on Tokio's runtime per open connection, from the first use of
//! the store to the drop of its last clone. An attempt to connect is one, for
//! [`connect_timeout`](Builder::connect_timeout) at most: a caller that is left half done, as a renewal
//! is whose caller went away, would otherwise keep the connection from everybody else. And a turn that
//! is dropped has one, until its release is answered, because `Drop` cannot wait. Nothing else is
//! spawned, and making a store needs no runtime. All of these run where the store is used first; if that
//! runtime ends or stands still, the next caller connects on its own.
//!
//! # Limits
//!
//! Redis replicates without waiting: a failover may lose the last write, and a master that is cut off
//! from its replicas takes writes that will be lost. The holder of a lost code writes it again at its
//! next look. `OPERATING.md` says how `min-replicas-to-write` narrows that.
//!
//! The clocks of two issuers are believed to differ by at most a minute. The server's is a witness that
//! both see ([`Store::time`](yzb_cache::Store::time)): the cache of a process whose clock is more than half a minute from it says so
//! with its next code ([`yzb_cache::Event::ClockDiffers`]). It is asked at most once in ten minutes.
//!
//! What a store itself saw is kept per store, not per cache: of a record that cannot be read, one of
//! two caches of one app on one store is told. Values are looked at up to 64 KiB. `MGET` gives them whole,
//! so one that has just become larger crosses the network once; a value that is known to be odd is
//! looked at by itself. `MGET` does not tell what is no text from what is absent either: where a record
//! was there before, the key is looked at again by itself; where none was, whoever goes to write there
//! learns and reports it, and replaces it only with the turn.
//!
//! # Features
//!
//! - `cluster` (default): Redis Cluster.
//! - `tls`: `rediss://`. `ring` (default) and `aws-lc-rs` bring the cryptography, which is installed for
//!   the whole process when a store with `rediss://` is made, unless the program has installed one.

mod builder;
mod connection;
mod event;
mod failure;
mod fence;
mod invalid;
mod keys;
mod looks;
mod record;
mod script;
mod sighting;
mod store;
mod time;
mod tls;
mod turn;

pub use builder::Builder;
pub use event::{Event, Watch};
pub use failure::{Failure, Problem};
pub use invalid::InvalidSetting;
pub use sighting::{Sighted, Sighting, TimeToLive, Whose};
pub use store::RedisStore;
