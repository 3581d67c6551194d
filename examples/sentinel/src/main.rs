//! The master of a Redis dies. The Sentinel names its replica the new master, the store follows, and
//! whoever asks for a token meanwhile is served from memory.
//!
//! `cargo run -p sentinel` starts a master, a replica and a Sentinel of its own.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod servers;

use std::error::Error;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use yzb_cache::{
    Attempt, IssueError, Issued, Issuer, Kind, Policy, SlotKey, Store as _, TokenCache,
};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken};
use yzb_store_redis::{Event, RedisStore};

use servers::Servers;

/// In place of the platform: this example is about what keeps its tokens.
struct Fixed;

impl Issuer for Fixed {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let token = ServerAccessToken::new("5cc928").map_err(IssueError::fix_configuration)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut servers = Servers::start().await?;
    let store = RedisStore::builder()
        // One of several that are asked in turn; name all that you have.
        .sentinels([servers.sentinel()], "mymaster")
        .watch(|event: &Event<'_>| match event {
            Event::Disconnected(failure) => println!("redis        {failure}"),
            event => println!("redis        {}", event.name()),
        })
        .build()?;

    let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
    let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
    let often = Policy::builder().reread_every(Duration::from_millis(300)).build()?;
    let cache = TokenCache::builder(key.clone(), Fixed).policy(often).store(store.clone()).build();
    println!("token        {}", cache.lease().await?.fingerprint());

    servers.kill_master().await?;
    println!("the master is dead");
    let follow = async {
        while store.load(&key).await.is_err() {
            let lease = cache.lease().await?;
            println!("served       {} meanwhile", lease.fingerprint());
            sleep(Duration::from_millis(500)).await;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    timeout(Duration::from_secs(20), follow).await??;
    let record = store.load(&key).await?.ok_or("the replica had no record")?;
    println!("in Redis     {}, of the new master", record.code.fingerprint());
    Ok(())
}
