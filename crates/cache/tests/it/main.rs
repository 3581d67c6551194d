//! The cache as its users see it.

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod apps;
#[cfg(test)]
mod child;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fence;
// A user of one thread's own, and pipes, are made as Linux has it.
#[cfg(target_os = "linux")]
#[cfg(test)]
mod files;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod herd;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod traps;
