//! The cache's driver under a scheduler that chooses who runs next, at every lock, atomic and await.
//!
//! A scenario is a few tasks and what must be true at their end. Each is run under schedules drawn
//! at random and under schedules by priority (PCT), which find orders that chance rarely does.
//! A failure prints its schedule; `cargo xtask schedules --replay` runs it again.

mod planted;
mod runner;
mod scenarios;
mod world;
