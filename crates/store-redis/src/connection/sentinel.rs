//! A master that Sentinels know.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{ConnectionAddr, IntoConnectionInfo as _, RedisResult, Value};

use super::server::{Login, Server};
use super::{Address, within};
use crate::{Failure, Problem};

/// The Sentinels, and the master that they are asked for.
pub(crate) struct Sentinels {
    pub(crate) sentinels: Vec<Server>,
    pub(crate) service: String,
    /// Who we are to the master.
    pub(crate) login: Login,
    /// How the master is reached: with the TLS of this address, if it has one.
    pub(crate) like: ConnectionAddr,
    /// The one that answered last is asked first; and while it is asked, whoever comes meanwhile or
    /// afterwards begins with the next one.
    pub(crate) first: AtomicUsize,
    /// A Sentinel that is silent for so long is passed over for the next.
    pub(crate) patience: Duration,
}

impl Sentinels {
    /// Connects to the master, once it says itself that it is one.
    pub(crate) async fn connect(&self) -> Result<(MultiplexedConnection, Address), Failure> {
        let mut last = Failure::new(Problem::NoMaster);
        for (index, sentinel) in self.in_order() {
            self.pass_over(index);
            match self.follow(sentinel).await {
                Ok(found) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(found);
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// Where the first Sentinel that answers says that the master is.
    pub(crate) async fn whereabouts(&self) -> Result<Address, Failure> {
        let mut last = Failure::new(Problem::NoMaster);
        for (index, sentinel) in self.in_order() {
            self.pass_over(index);
            match within(self.patience, self.ask(sentinel)).await.and_then(|answer| answer) {
                Ok(address) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(address);
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// Until it answers, it is not the one to begin with: a caller with less time than it takes to find
    /// out that it is silent would begin with it each time.
    fn pass_over(&self, index: usize) {
        self.first.store((index + 1) % self.sentinels.len().max(1), Ordering::Relaxed);
    }

    /// All of them, from the one that answered last.
    fn in_order(&self) -> impl Iterator<Item = (usize, &Server)> {
        let first = self.first.load(Ordering::Relaxed);
        let all = self.sentinels.iter().enumerate();
        all.clone().skip(first).chain(all.take(first))
    }

    async fn follow(&self, sentinel: &Server) -> Result<(MultiplexedConnection, Address), Failure> {
        let address = within(self.patience, self.ask(sentinel)).await??;
        let mut master = self.master(address.clone())?.connect().await?;
        // A Sentinel may not know yet that this one is a replica by now.
        let role = redis::cmd("ROLE").query_async(&mut master).await;
        let role: Value = role.map_err(Failure::of)?;
        match first_text(&role) {
            Some("master") => Ok((master, address)),
            _ => Err(Failure::new(Problem::NoMaster)),
        }
    }

    async fn ask(&self, sentinel: &Server) -> Result<Address, Failure> {
        let mut connection = sentinel.connect().await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(&self.service);
        let answer: RedisResult<Option<Address>> = question.query_async(&mut connection).await;
        answer.map_err(Failure::of)?.ok_or_else(|| Failure::new(Problem::NoMaster))
    }

    fn master(&self, (host, port): Address) -> Result<Server, Failure> {
        let addr = match &self.like {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        let server = Server::new(addr.into_connection_info().map_err(Failure::of)?);
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
