//! The store against real servers, started by each test and killed at its end.

#[cfg(test)]
mod fences;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod records;
#[cfg(test)]
mod support;
#[cfg(test)]
mod turns;
