//! A master that Sentinels know.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{ConnectionAddr, IntoConnectionInfo as _, Value};

use super::server::{Login, Server};
use super::within;
use crate::{Failure, Problem};

/// The Sentinels, and the master that they are asked for.
pub(crate) struct Sentinels {
    pub(crate) sentinels: Vec<Server>,
    pub(crate) service: String,
    /// Who we are to the master.
    pub(crate) login: Login,
    /// How the master is reached: with the TLS of this address, if it has one.
    pub(crate) like: ConnectionAddr,
    /// The one that answered last is asked first.
    pub(crate) first: AtomicUsize,
}

/// A Sentinel that is silent for so long is passed over for the next.
const PATIENCE: Duration = Duration::from_millis(300);

impl Sentinels {
    /// Asks one after the other for the master, and connects to it once it says itself that it is.
    pub(crate) async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        let first = self.first.load(Ordering::Relaxed);
        let mut last = Failure::new(Problem::NoMaster);
        for step in 0..self.sentinels.len() {
            let index = (first + step) % self.sentinels.len();
            let Some(sentinel) = self.sentinels.get(index) else { continue };
            match self.follow(sentinel).await {
                Ok(connection) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn follow(&self, sentinel: &Server) -> Result<MultiplexedConnection, Failure> {
        let (host, port) = within(PATIENCE, self.ask(sentinel)).await??;
        let mut master = self.master(host, port)?.connect().await?;
        // A Sentinel may not know yet that this one is a replica by now.
        let role: Value = redis::cmd("ROLE").query_async(&mut master).await?;
        match first_text(&role) {
            Some("master") => Ok(master),
            _ => Err(Failure::new(Problem::NoMaster)),
        }
    }

    async fn ask(&self, sentinel: &Server) -> Result<(String, u16), Failure> {
        let mut connection = sentinel.connect().await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(&self.service);
        let answer: Option<(String, u16)> = question.query_async(&mut connection).await?;
        answer.ok_or_else(|| Failure::new(Problem::NoMaster))
    }

    fn master(&self, host: String, port: u16) -> Result<Server, Failure> {
        let address = match &self.like {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        let server = Server::new(address.into_connection_info()?);
        Ok(Server { login: self.login.clone(), ..server })
    }
}

fn first_text(answer: &Value) -> Option<&str> {
    let Value::Array(parts) = answer else { return None };
    match parts.first()? {
        Value::BulkString(text) => core::str::from_utf8(text).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}
