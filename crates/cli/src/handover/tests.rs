//! Stories of a handover: a task as it was published, a service of ours, readers as they were published, a
//! Redis, a platform, and hours that pass in moments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod over;
mod scene;
mod shadowing;

use scene::Scene;

/// A Redis server of the test's own, as the tests of the store start it.
#[path = "../../../store-redis/tests/it/support"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "those tests need more of it")]
mod redis_server {
    pub(crate) mod folder;
    pub(crate) mod process;
    pub(crate) mod server;
    pub(crate) mod wait;

    pub(crate) use wait::eventually;
}
