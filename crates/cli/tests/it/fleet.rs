//! The fleet for real: services that are processes, a `redis-server`, a platform, and between them
//! something that holds a message, loses it or brings it late. Nothing in the program knows of it.
//!
//! With `--nocapture` each story prints what the platform had issued before and after.

mod counts;
mod gate;
mod issued;
mod killed;
mod moved;
mod outages;
mod scene;
mod stopped;
mod wire;
