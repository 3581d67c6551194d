//! The protocol crate from outside: documents, tolerances, hostile answers, and the emulator as an
//! independent witness.

mod documents;
mod hostile;
mod properties;
mod secrets;
mod support;
mod tolerances;
mod vectors;
