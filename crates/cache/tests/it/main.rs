//! The cache as its users see it.
#![cfg(feature = "tokio")]

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod herd;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tickets;
