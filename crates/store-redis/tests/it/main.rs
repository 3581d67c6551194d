//! The store against real servers, started by each test and killed at its end.

#[cfg(test)]
mod away;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod failovers;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fences;
#[cfg(test)]
mod fleets;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod records;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod sightings;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod turns;
