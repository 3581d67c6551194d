//! `POST /OAuth2/ticket`: a ticket to sign pages with.

use super::{caller, need};
use crate::answer::Answer;
use crate::call::field;
use crate::form::Form;
use crate::life;
use crate::rule::Rule;
use crate::state::State;

/// The ticket before this one is left its grace.
pub(super) fn answer(state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let app_id = need(form, field::APP_ID)?;
    need(form, field::ACCESS_TOKEN)?;
    if need(form, field::TYPE)? != field::JS_TICKET {
        return Err(Rule::FieldInvalid(field::TYPE));
    }
    caller(state, now, form)?;

    let app = state.apps.get_mut(app_id).ok_or(Rule::AppUnknown)?;
    let ticket = state.mint.strike();
    app.ticket.replace(ticket.clone(), now, life::TICKET, life::TICKET_GRACE);
    let record = [("ticket", ticket.into()), (field::EXPIRES_IN, life::TICKET.into())];
    Ok(Answer::record(Rule::TicketIssued, record))
}
