//! The calls under `/OAuth2`.

pub mod check_code;
pub mod refresh_token;
pub mod server_token;
pub mod ticket;
pub mod user_token;
