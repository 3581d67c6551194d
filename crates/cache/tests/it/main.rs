//! The cache as its users see it.

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod apps;
#[cfg(test)]
mod fleet;
mod herd;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod traps;
