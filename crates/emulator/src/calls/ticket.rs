//! `POST /OAuth2/ticket`: a ticket to sign pages with.

use super::{caller, need};
use crate::answer::{Answer, Leaf};
use crate::call::field;
use crate::dials::TwiceReplaced;
use crate::form::Form;
use crate::life;
use crate::mint::Mint;
use crate::rule::Rule;
use crate::state::{App, Leaves, State};

/// The ticket before this one is left its grace.
pub(super) fn answer(state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let app_id = need(form, field::APP_ID)?;
    need(form, field::ACCESS_TOKEN)?;
    if need(form, field::TYPE)? != field::JS_TICKET {
        return Err(Rule::FieldInvalid(field::TYPE));
    }
    caller(state, now, form)?;

    let app = state.apps.get_mut(app_id).ok_or(Rule::AppUnknown)?;
    let ticket = issue(app, &mut state.mint, now, state.dials.twice_replaced_ticket);
    let record = [("ticket", ticket.into()), (field::EXPIRES_IN, Leaf::Span(life::TICKET))];
    Ok(Answer::record(Rule::TicketIssued, record))
}

/// Gives the app a new ticket, whoever asked for it.
pub(crate) fn issue(app: &mut App, mint: &mut Mint, now: u64, twice: TwiceReplaced) -> String {
    let ticket = mint.strike();
    let spares = twice == TwiceReplaced::KeepsItsGrace;
    let leaves = Leaves { grace: life::TICKET_GRACE, spares };
    app.ticket.replace(ticket.clone(), now, life::TICKET, leaves);
    ticket
}
