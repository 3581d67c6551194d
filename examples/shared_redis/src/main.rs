//! Two processes of a service, each with a cache and a connection of its own, live off one record in
//! Redis: whoever comes first issues, the other waits and takes what it finds. The published clients
//! in other languages read the same record.
//!
//! `cargo run -p shared_redis` starts a `redis-server` of its own and talks to the embedded emulator;
//! `cargo run -p shared_redis -- redis://localhost` uses yours.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod redis;

use std::error::Error;

use yzb_cache::{
    Attempt, Event, IssueError, Issued, Issuer, Kind, SlotKey, Store as _, TokenCache,
};
use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::{AppId, AppSecret, Origin, ServerAccessToken, WriterName};
use yzb_store_redis::RedisStore;
use yzb_transport::{Client, HyperTransport, Retry};

/// Asks the platform for server tokens of one app.
struct Tokens {
    client: Client<Retry<HyperTransport>>,
    app_id: AppId,
    secret: AppSecret,
}

impl Issuer for Tokens {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let call = IssueServerToken { app_id: &self.app_id, secret: &self.secret };
        match self.client.call(&call).await {
            Ok(token) => Ok(Issued::new(token.access_token, token.expires_in)),
            Err(error) => {
                let perhaps = error.may_have_taken_effect();
                Err(IssueError::new(error.retry(), error).perhaps_issued(perhaps))
            }
        }
    }
}

/// One process of the service.
fn process(name: &'static str, url: &str, origin: &Origin) -> Result<Process, Box<dyn Error>> {
    let (app_id, secret) = (AppId::new(demo::APP_ID)?, AppSecret::new(demo::APP_SECRET)?);
    let key = SlotKey::new(origin.clone(), app_id.clone(), secret.fingerprint(), Kind::ServerToken);
    let store = RedisStore::builder().server(url).name(WriterName::new(name)?).build()?;
    let client = Client::new(Retry::new(HyperTransport::new()), origin.clone());
    let cache = TokenCache::builder(key, Tokens { client, app_id, secret }).store(store.clone());
    let tell = move |_: &SlotKey, event: &Event| println!("{name:12} {}", event.name());
    Ok(Process { cache: cache.observer(tell).build(), store })
}

struct Process {
    cache: TokenCache<Tokens, RedisStore>,
    store: RedisStore,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().nth(1);
    let own = if given.is_none() { Some(redis::Redis::start().await?) } else { None };
    let url = given.or_else(|| own.as_ref().map(redis::Redis::url)).unwrap_or_default();
    let emulator = Emulator::start(World::demo())?;
    let origin: Origin = emulator.origin().parse()?;

    let (one, two) = (process("web-1", &url, &origin)?, process("web-2", &url, &origin)?);
    let (first, second) = tokio::join!(one.cache.lease(), two.cache.lease());
    println!("web-1 has    {}", first?.fingerprint());
    println!("web-2 has    {}", second?.fingerprint());

    let record = two.store.load(two.cache.key()).await?.ok_or("there is no record")?;
    println!("in Redis     {}, until {}", record.code.fingerprint(), record.expires_at);
    println!("published as type/server_access_token_info/app_id/{}", demo::APP_ID);
    Ok(())
}
