//! How often a peer may be wrong.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use yzb::Monotonic;

use crate::Limits;

/// Who is at the other end of a connection. The serving helper puts it into each request's
/// extensions; whoever serves otherwise may do so too. Without it all peers count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Peer {
    /// At this address.
    Address(IpAddr),
    /// A process of this user, over a Unix socket.
    User(u32),
    /// Nobody said.
    #[default]
    Unknown,
}

/// The most peers that are remembered.
const MOST: usize = 4096;

/// Counts wrong tokens by peer.
pub(crate) struct Attempts {
    most: u32,
    pause: Duration,
    peers: Mutex<HashMap<Peer, Debt>>,
}

/// When the peer will have been forgiven everything.
struct Debt(Monotonic);

impl Peer {
    /// Whether unrelated programs look like this peer: whoever is wrong must not lock them out.
    const fn is_shared(self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::User(_) | Self::Unknown => true,
        }
    }

    /// What is counted as one: whoever has an IPv6 address has many.
    fn counted(self) -> Self {
        match self {
            Self::Address(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(v4) => Self::Address(v4.into()),
                None => {
                    let [a, b, c, d, ..] = address.segments();
                    Self::Address(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
                }
            },
            other => other,
        }
    }
}

impl Attempts {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (most, pause) = (limits.wrong_tokens.max(1), limits.wrong_token_pause);
        Self { most, pause, peers: Mutex::default() }
    }

    /// Whether the peer's token is not even looked at now, and how long that will be so.
    pub(crate) fn shut_out(&self, peer: Peer, now: Monotonic) -> Option<Duration> {
        if peer.is_shared() { None } else { self.wait(peer, now) }
    }

    /// How long until the peer may be wrong again, if it may not be now.
    fn wait(&self, peer: Peer, now: Monotonic) -> Option<Duration> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let owed = peers.get(&peer.counted())?.0.since(now);
        let allowed = self.pause * (self.most - 1);
        owed.checked_sub(allowed).filter(|wait| !wait.is_zero())
    }

    /// A peer was wrong. How long it has to wait, if it was so too often; then it is not counted.
    pub(crate) fn wrong(&self, peer: Peer, now: Monotonic) -> Option<Duration> {
        if let Some(wait) = self.wait(peer, now) {
            return Some(wait);
        }
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST {
            peers.retain(|_, debt| debt.0 > now);
        }
        if peers.len() >= MOST {
            // So many at once are one attacker. Who owes least is forgotten.
            let least = peers.iter().min_by_key(|(_, debt)| debt.0).map(|(peer, _)| *peer);
            least.map(|peer| peers.remove(&peer));
        }
        let debt = peers.entry(peer.counted()).or_insert(Debt(now));
        debt.0 = debt.0.max(now) + self.pause;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic::from_millis(seconds * 1000)
    }

    fn address(text: &str) -> Peer {
        Peer::Address(text.parse().unwrap())
    }

    #[test]
    fn a_peer_may_be_wrong_so_often_and_then_at_a_rhythm() {
        let attempts = Attempts::new(&Limits::default());
        let peer = address("192.0.2.1");
        for _ in 0..10 {
            assert_eq!(attempts.shut_out(peer, at(0)), None);
            assert_eq!(attempts.wrong(peer, at(0)), None);
        }
        assert_eq!(attempts.wrong(peer, at(0)), Some(Duration::from_secs(6)));
        assert_eq!(attempts.shut_out(peer, at(2)), Some(Duration::from_secs(4)));
        assert_eq!(attempts.wrong(address("192.0.2.2"), at(2)), None, "another is not touched");
        assert_eq!(attempts.wrong(peer, at(6)), None);
        assert!(attempts.wrong(peer, at(6)).is_some());
        assert_eq!(attempts.wrong(peer, at(1000)), None);
    }

    #[test]
    fn who_shares_a_machine_is_slowed_down_when_wrong_but_not_shut_out_when_right() {
        let attempts = Attempts::new(&Limits::default());
        for peer in [address("127.0.0.1"), address("::1"), Peer::User(7), Peer::Unknown] {
            while attempts.wrong(peer, at(0)).is_none() {}
            assert_eq!(attempts.shut_out(peer, at(0)), None);
        }
    }

    #[test]
    fn a_network_of_addresses_is_one_peer_and_a_flood_of_peers_is_bounded() {
        let attempts = Attempts::new(&Limits::default());
        for last in 0..10 {
            attempts.wrong(address(&format!("2001:db8::{last:x}")), at(0));
        }
        assert!(attempts.shut_out(address("2001:db8::ffff"), at(0)).is_some());
        assert!(attempts.shut_out(address("2001:db8:1::1"), at(0)).is_none());
        for number in 0..4_200_u32 {
            attempts.wrong(Peer::Address(IpAddr::V4(number.into())), at(0));
        }
        assert!(attempts.peers.lock().unwrap().len() <= MOST);
        assert!(attempts.shut_out(address("2001:db8::1"), at(0)).is_some(), "who owes most stays");
    }
}
