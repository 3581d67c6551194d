//! Tickets, and the server token that they want.

use std::sync::Arc;

use shuttle::future::{block_on, spawn, yield_now};
use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
use yzb_cache::{
    Attempt, IssueError, Issued, Kind, MemoryStore, TicketCall, TicketIssuer, TokenCache,
};
use yzb_proto::{JsTicket, Lifetime, Retry, ServerAccessToken};

use super::{crowd, joined};
use crate::world::{World, impatient, key};

/// A platform at which the first token died.
#[derive(Clone, Default)]
struct FirstTokenDied(Arc<AtomicU64>);

impl TicketCall for FirstTokenDied {
    async fn ticket(
        &self,
        token: &ServerAccessToken,
        _: &Attempt,
    ) -> Result<Issued<JsTicket>, IssueError> {
        yield_now().await;
        if token.expose_secret() == "code-0" {
            return Err(IssueError::new(Retry::NewServerToken, "4102"));
        }
        let number = self.0.fetch_add(1, SeqCst);
        let ticket = JsTicket::new(&format!("ticket-{number}")).map_err(IssueError::later)?;
        Ok(Issued::new(ticket, Lifetime::DOCUMENTED))
    }
}

type Tickets = TokenCache<TicketIssuer<FirstTokenDied, World, MemoryStore>>;

fn scene(world: &World) -> (TokenCache<World>, Tickets) {
    let tokens = world.cache();
    let issuer = TicketIssuer::new(FirstTokenDied::default(), tokens.clone());
    let tickets = TokenCache::builder(key("1").of_kind(Kind::JsTicket), issuer)
        .clock(world.clone())
        .timer(world.clone())
        .random(|| 0.5)
        .build();
    (tokens, tickets)
}

/// A dead token is noticed by the ticket's issuer and by somebody else at once: one other token is
/// got, and one ticket.
pub(crate) fn a_dead_token_is_noticed_by_two() {
    let world = World::new();
    let (tokens, tickets) = scene(&world);
    let dead = block_on(tokens.lease()).unwrap();
    world.advance(60);
    let complaining = {
        let tokens = tokens.clone();
        spawn(async move {
            tokens.invalidate(&dead);
            tokens.lease().await.unwrap().serial()
        })
    };
    let impatient_one = {
        let tickets = tickets.clone();
        spawn(async move { impatient(tickets.lease()).await.is_some() })
    };
    let served = joined(crowd(2, || {
        let tickets = tickets.clone();
        async move { tickets.lease().await.unwrap().serial() }
    }));
    assert_eq!(served, [1, 1]);
    assert_eq!(joined(vec![complaining]), [2]);
    joined(vec![impatient_one]);
    assert_eq!((world.issues(), world.most_in_flight()), (2, 1));
}

mod explored {
    crate::scenarios::scenarios!(a_dead_token_is_noticed_by_two);
}
