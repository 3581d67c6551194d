//! The emulator from outside: stories told to the pure core, and a few over a raw socket.

#[cfg(test)]
mod check_code;
#[cfg(test)]
mod control;
#[cfg(test)]
mod dials;
#[cfg(test)]
mod faults;
#[cfg(feature = "fixtures")]
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod in_process;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod login;
#[cfg(test)]
mod model;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod spoiled;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod users;
#[cfg(test)]
mod wire;
