//! The calls under `/CommonResource`: what concerns the app.

pub mod user_count;
pub mod user_list;
