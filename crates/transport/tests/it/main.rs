//! The transport from outside: stories told to the emulator and to small servers that misbehave.
#![cfg(feature = "hyper")]

#[cfg(test)]
mod adapters;
#[cfg(test)]
mod breaks;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod tls;
