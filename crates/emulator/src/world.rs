//! The world a platform starts from: its apps, its users, its auth codes.

mod code;
pub mod demo;
mod user;

pub use code::AuthCode;
pub use user::User;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;

use crate::dials::Dials;
use crate::hidden::Hidden;
use crate::life;

/// The scope without which user base info answers 4103. *Documented.*
pub const SCOPE_BASE_INFO: &str = "user/get_user_base_info";

/// A builder of what exists before the first request.
///
/// Naming an app id, an open id or a code twice replaces the earlier one. References are not
/// checked: a code or an addition that names an app which does not exist is simply never of use.
///
/// ```
/// use yzb_emulator::{AuthCode, SCOPE_BASE_INFO, User, World};
///
/// let world = World::new()
///     .app("990001", "peer-secret-0001")
///     .user(User::new("open-id-1").nick("天使😀").sex("1").adds("990001", [SCOPE_BASE_INFO]))
///     .code(AuthCode::new("authcode-1", "990001", "open-id-1"));
/// # let _ = world;
/// ```
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) apps: Vec<(String, Hidden)>,
    pub(crate) users: Vec<User>,
    pub(crate) codes: Vec<AuthCode>,
    pub(crate) code_life: u64,
    pub(crate) seed: u64,
    pub(crate) dials: Dials,
    pub(crate) allow_list: Vec<IpAddr>,
    places: Places,
}

/// Where in its list each name is.
#[derive(Clone, Default)]
struct Places {
    apps: HashMap<String, usize>,
    users: HashMap<String, usize>,
    codes: HashMap<Hidden, usize>,
}

/// The lists say it all.
impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}

impl World {
    /// A world without apps and users.
    #[must_use]
    pub fn new() -> Self {
        Self {
            apps: Vec::new(),
            users: Vec::new(),
            codes: Vec::new(),
            code_life: life::AUTH_CODE,
            seed: 0,
            dials: Dials::default(),
            allow_list: Vec::new(),
            places: Places::default(),
        }
    }

    /// The built-in world: see [`demo`].
    #[must_use]
    pub fn demo() -> Self {
        demo::world()
    }

    /// Registers an app.
    #[must_use]
    pub fn app(mut self, app_id: impl Into<String>, secret: impl Into<String>) -> Self {
        let app = (app_id.into(), Hidden::from(secret.into()));
        put(&mut self.apps, &mut self.places.apps, app.0.clone(), app);
        self
    }

    /// Adds a user. Users are numbered from 1 in the order added, and that number is the `id` of
    /// the user list.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        put(&mut self.users, &mut self.places.users, user.open_id.clone(), user);
        self
    }

    /// Plants an auth code whose value the test knows beforehand.
    #[must_use]
    pub fn code(mut self, code: AuthCode) -> Self {
        put(&mut self.codes, &mut self.places.codes, code.code.clone(), code);
        self
    }

    /// How many seconds a code made by `issue_code` lives; [`life::AUTH_CODE`] unless said.
    #[must_use]
    pub fn code_life(mut self, seconds: u64) -> Self {
        self.code_life = seconds;
        self
    }

    /// Where the sequence of tokens, tickets and codes starts; 0 unless said. Two platforms with
    /// one seed that are asked the same things answer with the same tokens.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How the platform behaves where nobody documents it.
    #[must_use]
    pub fn dials(mut self, dials: Dials) -> Self {
        self.dials = dials;
        self
    }

    /// Puts an address on the allow-list. As long as the list is empty everybody may ask; from the
    /// first address on, all others are refused. (That there is a list is *documented*.)
    #[must_use]
    pub fn allow(mut self, address: IpAddr) -> Self {
        self.allow_list.push(address.to_canonical());
        self
    }
}

impl World {
    /// Whether there is no app, so that every call is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.apps.is_empty()
    }

    /// Whether an app has this id.
    #[must_use]
    pub fn has_app(&self, app_id: &str) -> bool {
        self.places.apps.contains_key(app_id)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts an item in the place of its namesake, or at the end.
fn put<K: Eq + Hash, T>(list: &mut Vec<T>, places: &mut HashMap<K, usize>, name: K, item: T) {
    let place = *places.entry(name).or_insert(list.len());
    match list.get_mut(place) {
        Some(held) => *held = item,
        None => list.push(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_replaces_and_keeps_its_place() {
        let world = World::new()
            .app("1", "old")
            .app("1", "new")
            .user(User::new("a"))
            .user(User::new("b"))
            .user(User::new("a").nick("A"));
        assert_eq!(world.apps.len(), 1);
        assert_eq!(world.apps[0].1.as_str(), "new");
        assert_eq!(world.users.len(), 2);
        assert_eq!(world.users[0].nick, "A");
    }

    #[test]
    fn debug_names_apps_and_users_and_no_secret() {
        let world = World::new().app("990001", "planted-secret").code(AuthCode::new(
            "planted-code",
            "990001",
            "a",
        ));
        let shown = format!("{world:?}");
        assert!(shown.contains("990001"));
        assert!(!shown.contains("planted"), "{shown}");
    }
}
