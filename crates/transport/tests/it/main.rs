//! The transport from outside: stories told to the emulator and to small servers that misbehave.

#[cfg(all(test, any(feature = "reqwest", feature = "tower", feature = "ureq")))]
mod adapters;
#[cfg(all(test, feature = "hyper"))]
mod breaks;
#[cfg(test)]
mod calls;
#[cfg(all(test, feature = "hyper"))]
mod deadlines;
#[cfg(all(test, feature = "hyper"))]
mod limits;
#[cfg(all(test, feature = "hyper"))]
mod pool;
#[cfg(all(test, feature = "hyper"))]
mod proxy;
#[cfg(all(test, feature = "hyper"))]
mod redirects;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod scene;
#[cfg(all(test, feature = "hyper"))]
mod secrets;
#[cfg(all(test, feature = "hyper"))]
mod tls;
