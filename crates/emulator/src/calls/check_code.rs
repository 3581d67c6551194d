//! `POST /OAuth2/checkCode`: whether a token or ticket works, and until which moment.

use super::need;
use crate::answer::{Answer, Leaf};
use crate::call::field;
use crate::form::Form;
use crate::rule::{Code, Rule, Why};
use crate::state::State;

/// With an `open_id` an access token is a user's, without one it is the server's. A ticket has no
/// user: its `open_id` is not looked at.
pub(super) fn answer(state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let app_id = need(form, field::APP_ID)?;
    let kind = need(form, field::TYPE)?;
    let value = need(form, field::CODE)?;
    let open_id = form.field(field::OPEN_ID);

    let (code, user) = match (kind, open_id) {
        (field::ACCESS_TOKEN, None) => (Code::ServerToken, ""),
        (field::ACCESS_TOKEN, Some(user)) => (Code::UserToken, user),
        (field::JS_TICKET, _) => (Code::Ticket, ""),
        _ => return Err(Rule::FieldInvalid(field::TYPE)),
    };
    let app = state.app(app_id)?;
    let slot = match code {
        Code::UserToken => app.logins.get(user).map(|login| &login.access),
        Code::Ticket => Some(&app.ticket),
        _ => Some(&app.server_token),
    };
    let checked = slot.map_or(Err(Why::Unknown), |slot| slot.check(value, now));
    let live = checked.map_err(|why| Rule::Invalid(code, why))?;
    let rule = if live.replaced { Rule::CodeIsReplacedInGrace } else { Rule::CodeIsCurrent };
    Ok(Answer::record(rule, [(field::EXPIRES_IN, Leaf::Moment(live.until))]))
}
