//! Where Redis is: one server, the master that Sentinels know, or a Cluster.

use super::{Connection, Sentinels, Server};
use crate::Failure;

/// Where to connect to.
pub(crate) enum Target {
    Server(Box<Server>),
    Sentinels(Box<Sentinels>),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

impl Target {
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        match self {
            Self::Server(server) => server.connect().await.map(Connection::One),
            Self::Sentinels(sentinels) => sentinels.connect().await.map(Connection::One),
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => {
                let connection = client.get_async_generic_connection().await?;
                Ok(Connection::Many(connection))
            }
        }
    }
}
