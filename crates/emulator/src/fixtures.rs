//! Worlds and fault plans from a file's text, YAML or JSON.
//!
//! JSON is read by the YAML reader, of which it is a part; so both have one shape and the same
//! errors, with line and column.

mod error;
mod world;

use serde::de::DeserializeOwned;

pub use error::FixtureError;

use crate::fault::FaultPlan;
use crate::world::World;

/// Values and keys in a file, all together: a user takes about a dozen.
pub(crate) const NODES: usize = 20_000_000;

/// Bytes of text in a file, without its punctuation.
const TEXT: usize = 1 << 30;

/// How deep values stand in each other; four suffice.
pub(crate) const DEPTH: usize = 64;

impl World {
    /// Reads a world from the text of a fixture file, YAML or JSON.
    ///
    /// ```yaml
    /// apps:
    ///   - { app_id: "990001", secret: peer-secret-0001 }
    /// users:
    ///   - open_id: T3BlbklkLUFsaWNlL2E9PQ
    ///     nick: 天使😀
    ///     avatar: https://upload.example.invalid/a/b.jpeg
    ///     sex: "1"
    ///     apps:                      # apps this user has added, with the scopes granted to each
    ///       "990001": [user/get_user_base_info]
    /// codes:
    ///   - { code: authcode-1, app_id: "990001", open_id: T3BlbklkLUFsaWNlL2E9PQ }
    /// ```
    ///
    /// | key | meaning | if left out |
    /// |---|---|---|
    /// | `apps` | `app_id`, `secret` | none |
    /// | `users` | `open_id`; `nick`, `avatar`, `sex`, `apps` | none; `""`, `""`, `"3"`, none |
    /// | `codes` | `code`, `app_id`, `open_id`; `expires_at` in unix seconds | none; never |
    /// | `code_life` | seconds that an issued code lives | 300 |
    /// | `seed` | where the sequence of tokens starts | 0 |
    /// | `allow` | the addresses on the allow-list | everybody is let in |
    /// | `dials` | see [`Dials`](crate::Dials) | their defaults |
    ///
    /// # Errors
    ///
    /// Text that is neither, unknown or missing keys, values of a wrong kind, an app, user or code
    /// named twice, more than twenty million keys and values, values in each other more than 64
    /// deep, and an app or user that is referred to and not there. The error has the line
    /// and column, and quotes nothing of the file but its own keys: secrets stay where they are.
    pub fn read(text: &str) -> Result<Self, FixtureError> {
        read::<world::Written>(text)?.world()
    }
}

impl FaultPlan {
    /// Reads a plan from the text of a file, YAML or JSON; [`FaultPlan`] shows one.
    ///
    /// # Errors
    ///
    /// As [`World::read`], and for a key or value that does not suit its fault.
    pub fn read(text: &str) -> Result<Self, FixtureError> {
        read(text)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, FixtureError> {
    // Its snippets would quote the neighbouring lines, and secrets with them.
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_events: NODES,
            max_nodes: NODES,
            max_total_scalar_bytes: TEXT,
            max_depth: DEPTH,
            flow_nesting_limit: DEPTH,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| FixtureError::of(&error))
}
