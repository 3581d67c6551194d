//! What programs see of an app, against the emulator's core in process and its server over a socket.

#[cfg(test)]
mod apps;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod watching;
