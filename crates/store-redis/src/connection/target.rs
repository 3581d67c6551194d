//! Where Redis is: one server, the master that Sentinels know, or a Cluster.

use super::{Connected, Connection, Sentinels, Server};
use crate::Failure;

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
                let connection = client.get_async_generic_connection().await?;
                Ok((Connection::Many(connection), None))
            }
        }
    }
}
