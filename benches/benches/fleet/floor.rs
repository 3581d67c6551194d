//! The floor: one process that issues both codes of each app and writes both records, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use cpu_time::ProcessTime;
use redis::aio::MultiplexedConnection;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use yzb::proto::oauth2::server_token::IssueServerToken;
use yzb::proto::oauth2::ticket::IssueTicket;
use yzb::proto::{Body, Record, UnixSeconds};
use yzb::transport::Client;
use yzb::{AppId, AppSecret, HyperTransport};

use crate::child::{answer, told};
use crate::{AT_ONCE, SECRET, app_id};

/// Says that it is ready; when told to begin, does it, and says how many CPU milliseconds that took.
pub(crate) fn serve(origin: &str, redis: &str, apps: usize) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let client = Arc::new(Client::new(HyperTransport::new(), origin.parse()?));
    let redis = redis::Client::open(redis)?;
    let redis = runtime.block_on(redis.get_multiplexed_async_connection())?;
    answer("ready")?;
    told()?.context("nothing to do")?;
    let before = ProcessTime::now();
    runtime.block_on(issue_all(client, redis, apps))?;
    answer(&format!("{} 0", before.elapsed().as_secs_f64() * 1000.0))?;
    told().map(drop)
}

async fn issue_all(
    client: Arc<Client<HyperTransport>>,
    redis: MultiplexedConnection,
    apps: usize,
) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (client, mut redis, next) = (Arc::clone(&client), redis.clone(), Arc::clone(&next));
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= apps {
                    return Ok(());
                }
                issue(&client, &mut redis, &app_id(number)).await?;
            }
        });
    }
    workers.join_all().await.into_iter().collect()
}

async fn issue(
    client: &Client<HyperTransport>,
    redis: &mut MultiplexedConnection,
    id: &str,
) -> Result<()> {
    let (app_id, secret) = (&AppId::new(id)?, &AppSecret::new(SECRET)?);
    let token = client.call(&IssueServerToken { app_id, secret }).await?;
    let access_token = &token.access_token;
    let ends = UnixSeconds::new(2_000_000_000);
    let record = Record::new(access_token.clone(), ends).to_json();
    write(redis, &format!("type/server_access_token_info/app_id/{id}"), &record).await?;
    let ticket = client.call(&IssueTicket { app_id, access_token }).await?;
    let record = Record::new(ticket.ticket, ends).to_json();
    write(redis, &format!("type/js_ticket_info/app_id/{id}"), &record).await
}

async fn write(redis: &mut MultiplexedConnection, key: &str, record: &Body) -> Result<()> {
    let mut command = redis::cmd("SET");
    Ok(command.arg(key).arg(record.as_ref()).arg("EX").arg(7200).exec_async(redis).await?)
}
