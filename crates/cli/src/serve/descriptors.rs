//! How many connections there may be: whoever opens many must not take the descriptors that renewals need.

use yzb_axum::ServeLimits;

/// Kept for the platform, Redis, files and commands: twice what is renewed at once has a connection each.
const OURS: u64 = 256;

/// The fewest connections of an address, however few descriptors there are.
const FEWEST: u64 = 16;

/// The most connections of each of so many addresses. First the process is let have as many descriptors
/// as it may: the usual 1024 are not enough for the usual number of connections.
pub(super) fn connections(addresses: usize) -> usize {
    share(descriptors(), addresses)
}

/// The same of so many descriptors; all it wants, if there is no limit.
fn share(descriptors: Option<u64>, addresses: usize) -> usize {
    let most = ServeLimits::default().connections;
    let Some(all) = descriptors else { return most };
    let each = all.saturating_sub(OURS.min(all / 2)) / (addresses.max(1) as u64);
    usize::try_from(each.max(FEWEST)).map_or(most, |each| each.min(most))
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        // Some systems have a further limit, and the old one is still there.
        Err(_) => limit.current,
    }
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_renewals_need_is_left_out_and_the_rest_is_shared() {
        for (descriptors, addresses, each) in [
            (None, 3, 1024),
            (Some(20_000), 2, 1024),
            (Some(1024), 1, 768),
            (Some(1024), 2, 384),
            (Some(256), 1, 128),
            (Some(20), 3, 16),
            (Some(1024), 0, 768),
        ] {
            assert_eq!(share(descriptors, addresses), each, "{descriptors:?} {addresses}");
        }
    }
}
