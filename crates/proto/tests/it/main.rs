//! The protocol crate from outside: documents, tolerances, hostile answers, and the emulator as an
//! independent witness.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod documents;
mod hostile;
mod properties;
mod secrets;
mod support;
mod tolerances;
mod vectors;
