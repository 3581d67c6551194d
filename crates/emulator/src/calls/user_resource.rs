//! `POST /UserResource/getAppAccess`, `getAppIsAdded` and `getUserBaseInfo`: one user of the app.

use super::{caller, need};
use crate::answer::{Answer, Data, Leaf};
use crate::call::field;
use crate::form::Form;
use crate::rule::Rule;
use crate::state::State;
use crate::world::{SCOPE_BASE_INFO, User};

pub(super) fn access(state: &State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let (_, scopes) = member(state, now, form)?;
    if scopes.is_empty() {
        return Err(Rule::NoScopes);
    }
    Ok(Answer { rule: Rule::ScopesListed, data: Data::Texts(scopes.to_vec()) })
}

pub(super) fn is_added(state: &State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let is_added = match member(state, now, form) {
        Ok(_) => true,
        Err(Rule::NotAdded) => false,
        Err(refused) => return Err(refused),
    };
    Ok(Answer::record(Rule::AdditionAnswered, [("is_added", is_added.into())]))
}

pub(super) fn base_info(state: &State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let (user, scopes) = member(state, now, form)?;
    if !scopes.iter().any(|scope| scope == SCOPE_BASE_INFO) {
        return Err(Rule::ScopeNotGranted);
    }
    let record = [
        ("nick", user.nick.as_str().into()),
        ("avatar", user.avatar.as_str().into()),
        ("sex", Leaf::Sex(user.sex.clone())),
    ];
    Ok(Answer::record(Rule::BaseInfoRead, record))
}

/// The user asked about, who has added the app, and the scopes granted to it.
fn member<'s>(state: &'s State, now: u64, form: &Form) -> Result<(&'s User, &'s [String]), Rule> {
    let (app_id, open_id) = (need(form, field::APP_ID)?, need(form, field::OPEN_ID)?);
    caller(state, now, form)?;
    let user = state.users.find(open_id).ok_or(Rule::NotAdded)?;
    let scopes = user.scopes_for(app_id).ok_or(Rule::NotAdded)?;
    Ok((user, scopes))
}
