//! The calls under `/UserResource`: what concerns one user. They pass the **server** token.

pub mod app_access;
pub mod app_is_added;
pub mod base_info;
