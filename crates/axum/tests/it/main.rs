//! The routes in process, and the server over sockets with clients that mean no good.

#[cfg(test)]
mod complaints;
#[cfg(test)]
mod document;
#[cfg(test)]
mod extractors;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod status;
#[cfg(all(test, unix))]
mod unix_socket;
