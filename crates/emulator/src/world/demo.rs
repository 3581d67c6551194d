//! The built-in world, [`World::demo`]: two apps, 253 users, one auth code.
//!
//! | who | what |
//! |---|---|
//! | app [`APP_ID`] | secret [`APP_SECRET`]; 252 users added it |
//! | app [`EMPTY_APP_ID`] | secret [`EMPTY_APP_SECRET`]; nobody added it |
//! | [`ANGEL`] | 天使😀, added the app and granted [`SCOPE_BASE_INFO`]; [`AUTH_CODE`] is theirs |
//! | [`RESERVED`] | added the app and granted nothing: base info is 4103 |
//! | [`STRANGER`] | has not added the app: 4104 |
//! | `demo-user-001` … `demo-user-250` | added the app and granted [`SCOPE_BASE_INFO`], so that the user list has three pages of 100 |

use super::{AuthCode, SCOPE_BASE_INFO, User, World};

/// The app most examples use.
pub const APP_ID: &str = "990001";
/// The secret of [`APP_ID`].
pub const APP_SECRET: &str = "peer-secret-0001";
/// An app without users: its lists are empty (2011).
pub const EMPTY_APP_ID: &str = "990002";
/// The secret of [`EMPTY_APP_ID`].
pub const EMPTY_APP_SECRET: &str = "peer-secret-0002";
/// The open id of the user who granted everything.
pub const ANGEL: &str = "T3BlbklkLUFsaWNlL2E9PQ";
/// The open id of the user who added the app and granted nothing. Its `+` and `/` must survive a
/// form.
pub const RESERVED: &str = "T3BlbklkLUJv/b+Q2";
/// The open id of the user who has not added the app.
pub const STRANGER: &str = "T3BlbklkLUNhcm9s";
/// An auth code of [`ANGEL`] for [`APP_ID`]; it waits for its one login and does not expire.
pub const AUTH_CODE: &str = "authcode-1";

/// How many `demo-user-…` follow the three with names.
const CROWD: u32 = 250;

pub(super) fn world() -> World {
    let world = World::new()
        .app(APP_ID, APP_SECRET)
        .app(EMPTY_APP_ID, EMPTY_APP_SECRET)
        .user(named(ANGEL, "天使😀", "1").adds(APP_ID, [SCOPE_BASE_INFO]))
        .user(named(RESERVED, "Bo", "2").adds(APP_ID, [] as [&str; 0]))
        .user(named(STRANGER, "Carol", "3"))
        .code(AuthCode::new(AUTH_CODE, APP_ID, ANGEL));
    (1..=CROWD).fold(world, |world, n| world.user(one_of_the_crowd(n)))
}

fn named(open_id: &str, nick: &str, sex: &str) -> User {
    let avatar = "https://upload.example.invalid/a/b.jpeg";
    User::new(open_id).nick(nick).avatar(avatar).sex(sex)
}

fn one_of_the_crowd(n: u32) -> User {
    let user = named(&format!("demo-user-{n:03}"), &format!("user {n}"), "3");
    user.adds(APP_ID, [SCOPE_BASE_INFO])
}
