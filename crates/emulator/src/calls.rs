//! What the platform decides, one call after the other. Every call first looks for its fields,
//! then at the app, then at the secret or token, and only then at what was asked for.

mod check_code;
mod common_resource;
mod refresh_token;
mod ticket;
mod token;
mod user_resource;

pub(crate) use ticket::issue as issue_ticket;

use crate::answer::Answer;
use crate::call::{Call, field};
use crate::form::Form;
use crate::rule::{Code, Rule};
use crate::state::{App, State};

/// Decides one call. Whatever refuses is an `Err` on the way and an answer in the end.
pub(crate) fn decide(call: Call, state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    match call {
        Call::ServerToken | Call::UserLogin => token::answer(state, now, form),
        Call::UserRefresh => refresh_token::answer(state, now, form),
        Call::JsTicket => ticket::answer(state, now, form),
        Call::CheckCode => check_code::answer(state, now, form),
        Call::UserCount => common_resource::count(state, now, form),
        Call::UserList => common_resource::list(state, now, form),
        Call::AppAccess => user_resource::access(state, now, form),
        Call::AppIsAdded => user_resource::is_added(state, now, form),
        Call::UserBaseInfo => user_resource::base_info(state, now, form),
    }
}

/// The field's value, or the rule that asks for it.
fn need<'f>(form: &'f Form, name: &'static str) -> Result<&'f str, Rule> {
    form.field(name).ok_or(Rule::FieldMissing(name))
}

/// The app that calls with its server token: `app_id` and `access_token`, both good.
fn caller<'s>(state: &'s State, now: u64, form: &Form) -> Result<&'s App, Rule> {
    let (app_id, token) = (need(form, field::APP_ID)?, need(form, field::ACCESS_TOKEN)?);
    let app = state.app(app_id)?;
    match app.server_token.check(token, now) {
        Ok(_) => Ok(app),
        Err(why) => Err(Rule::Invalid(Code::ServerToken, why)),
    }
}
