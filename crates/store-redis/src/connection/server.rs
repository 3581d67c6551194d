//! One server: its address, and who we are to it.

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, RedisConnectionInfo, RedisError, RedisResult,
};

use crate::Failure;

/// An address, and who we are there.
#[derive(Clone)]
pub(crate) struct Server {
    /// Without user and password, which the client library would send in its own way.
    pub(crate) address: ConnectionInfo,
    pub(crate) login: Login,
}

/// Who we are to a server, and which of its databases we use.
#[derive(Clone, Default)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: i64,
}

impl Server {
    /// Takes an address apart from the login that came with it.
    pub(crate) fn new(info: ConnectionInfo) -> Self {
        let with = info.redis_settings();
        let login = Login {
            user: with.username().map(str::to_owned),
            password: with.password().map(str::to_owned),
            database: with.db(),
        };
        // Redis before 7.2 does not know the commands by which the library introduces itself.
        let address =
            info.set_redis_settings(RedisConnectionInfo::default().set_skip_set_lib_name());
        Self { address, login }
    }

    pub(crate) async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        let client = Client::open(self.address.clone()).map_err(Failure::of)?;
        // The time for each is measured by whoever asked.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connecting.await.map_err(Failure::of)?;
        self.login.enter(&mut connection).await.map_err(Failure::of)?;
        Ok(connection)
    }
}

impl Login {
    /// Logs in, and chooses the database. Done here and not by the library, whose errors do not tell
    /// a wrong password from a server that has too many clients.
    pub(crate) async fn enter(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        if self.user.is_some() || self.password.is_some() {
            // A user without one may be let in with any; nobody is to come in as somebody else.
            let password = self.password.as_deref().unwrap_or_default();
            let mut auth = redis::cmd("AUTH");
            // An old server knows only the password.
            if let Some(user) = &self.user {
                auth.arg(user);
            }
            let entered: RedisResult<()> = auth.arg(password).exec_async(connection).await;
            entered.map_err(|error| without(password, error))?;
        }
        if self.database != 0 {
            redis::cmd("SELECT").arg(self.database).exec_async(connection).await?;
        }
        Ok(())
    }
}

/// A server that does not know the command quotes what came with it, and the library logs errors.
fn without(password: &str, error: RedisError) -> RedisError {
    match error.detail() {
        Some(detail) if !password.is_empty() && detail.contains(password) => {
            let code = error.code().unwrap_or("ERR").to_owned();
            redis::make_extension_error(code, None)
        }
        _ => error,
    }
}
