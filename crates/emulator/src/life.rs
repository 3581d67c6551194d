//! How long things live, in seconds. A thing issued at `t` with life `n` works while `now < t + n`.

/// A server access token. *Documented by example* (`"expires_in": 7200`).
pub const SERVER_TOKEN: u64 = 7200;

/// A js ticket. *Documented.*
pub const TICKET: u64 = 7200;

/// What a replaced ticket has left, if its own end is not nearer. *Documented* (ten minutes).
pub const TICKET_GRACE: u64 = 600;

/// What a replaced server token has left. *Assumed*: nobody says, and a client that survives this
/// survives anything milder.
pub const SERVER_TOKEN_GRACE: u64 = 0;

/// A user's access token. *Documented by example.*
pub const USER_TOKEN: u64 = 7200;

/// A user's refresh token: thirty days. *Assumed.*
pub const REFRESH_TOKEN: u64 = 30 * 24 * 3600;

/// An auth code made by `issue_code`. *Assumed*: the platform calls it temporary and no more.
pub const AUTH_CODE: u64 = 300;
