//! What the platform remembers between requests.

mod codes;
mod counts;
mod slot;

use std::collections::HashMap;
use std::net::IpAddr;

pub(crate) use codes::Codes;
pub(crate) use counts::Counts;
pub(crate) use slot::{Leaves, Slot};

use crate::dials::Dials;
use crate::hidden::Hidden;
use crate::mint::Mint;
use crate::rule::Rule;
use crate::world::{User, World};

/// Everything a call may read and change.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) apps: HashMap<String, App>,
    pub(crate) users: Users,
    pub(crate) codes: Codes,
    pub(crate) mint: Mint,
    pub(crate) dials: Dials,
    /// Empty: everybody may ask.
    pub(crate) allow_list: Vec<IpAddr>,
}

/// One app: its secret, what it was issued, who added it.
#[derive(Debug)]
pub(crate) struct App {
    /// Its place in the world.
    pub(crate) number: usize,
    pub(crate) secret: Hidden,
    pub(crate) server_token: Slot,
    pub(crate) ticket: Slot,
    /// By open id. One login at a time per user: memory stays flat however often they log in.
    pub(crate) logins: HashMap<String, Login>,
    /// Indices into the users, ascending.
    pub(crate) members: Vec<usize>,
}

/// What a user's login gave the app.
#[derive(Debug, Default)]
pub(crate) struct Login {
    pub(crate) access: Slot,
    pub(crate) refresh: Slot,
}

/// The users in the order they were added to the world, and where each is.
#[derive(Debug)]
pub(crate) struct Users {
    pub(crate) list: Vec<User>,
    by_open_id: HashMap<String, usize>,
}

impl State {
    pub(crate) fn new(world: World) -> Self {
        let World { apps, users, codes, code_life, seed, dials, allow_list, .. } = world;
        let apps = apps.into_iter().enumerate().map(|(number, (app_id, secret))| {
            let app = App::new(number, &app_id, secret, &users);
            (app_id, app)
        });
        Self {
            apps: apps.collect(),
            users: Users::new(users),
            codes: Codes::new(codes, code_life),
            mint: Mint::new(seed),
            dials,
            allow_list,
        }
    }

    /// Whether a request from there is let in. Who asks without an address is inside already.
    pub(crate) fn admits(&self, source: Option<&IpAddr>) -> Result<(), Rule> {
        match source {
            Some(source) if !self.allow_list.is_empty() => {
                let listed = self.allow_list.contains(&source.to_canonical());
                if listed { Ok(()) } else { Err(Rule::IpRefused) }
            }
            _ => Ok(()),
        }
    }

    /// The app, or the rule that refuses its id.
    pub(crate) fn app(&self, app_id: &str) -> Result<&App, Rule> {
        self.apps.get(app_id).ok_or(Rule::AppUnknown)
    }
}

impl App {
    fn new(number: usize, app_id: &str, secret: Hidden, users: &[User]) -> Self {
        let added = |(n, user): (usize, &User)| user.scopes_for(app_id).map(|_| n);
        Self {
            number,
            secret,
            server_token: Slot::default(),
            ticket: Slot::default(),
            logins: HashMap::new(),
            members: users.iter().enumerate().filter_map(added).collect(),
        }
    }
}

impl Users {
    fn new(list: Vec<User>) -> Self {
        let by_open_id = list.iter().enumerate().map(|(n, user)| (user.open_id.clone(), n));
        Self { by_open_id: by_open_id.collect(), list }
    }

    pub(crate) fn find(&self, open_id: &str) -> Option<&User> {
        self.list.get(*self.by_open_id.get(open_id)?)
    }
}
