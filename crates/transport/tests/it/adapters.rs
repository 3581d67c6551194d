//! Other people's stacks keep the same rules.

#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(all(feature = "tower", feature = "hyper"))]
mod tower;
#[cfg(feature = "ureq")]
mod ureq;
