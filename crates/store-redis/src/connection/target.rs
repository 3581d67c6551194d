//! Where Redis is: one server, the master that Sentinels know, or a Cluster; and a connection there.

use redis::{Cmd, RedisResult, Value};

#[cfg(feature = "cluster")]
use super::cluster::Node;
use super::{Connected, Sentinels, Server};
use crate::{Failure, Problem};

/// Where to connect to.
pub(crate) enum Target {
    Server(Box<Server>),
    Sentinels(Box<Sentinels>),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

impl Target {
    pub(crate) async fn connect(&self) -> Result<Connected, Failure> {
        match self {
            Self::Server(server) => Ok((Connection::One(server.connect().await?), None)),
            Self::Sentinels(sentinels) => {
                let (master, address) = sentinels.connect().await?;
                Ok((Connection::One(master), Some(address)))
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => {
                let connection =
                    client.get_async_generic_connection().await.map_err(Failure::of)?;
                Ok((Connection::Many(connection), None))
            }
        }
    }
}

/// An open connection. Cloning shares it.
#[derive(Clone)]
pub(crate) enum Connection {
    One(redis::aio::MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Many(redis::cluster_async::ClusterConnection<Node>),
}

impl Connection {
    pub(super) async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => command.query_async(connection).await,
            #[cfg(feature = "cluster")]
            Self::Many(connection) => command.query_async(connection).await,
        }
    }

    /// Whether it is one connection to one server. That to a Cluster mends itself.
    pub(super) const fn is_one(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// Whether it is of no use any more: a new one may do better.
    pub(super) const fn is_condemned_by(&self, failure: &Failure) -> bool {
        match failure.problem() {
            Problem::Cut | Problem::Unreachable | Problem::WrongPassword | Problem::OddAnswer => {
                true
            }
            Problem::Silent | Problem::ReadOnly | Problem::TooManyClients => self.is_one(),
            _ => false,
        }
    }
}
