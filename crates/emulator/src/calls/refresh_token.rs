//! `POST /OAuth2/refreshtoken`: new tokens for a user, without the app's secret.

use super::{need, token};
use crate::answer::Answer;
use crate::call::field;
use crate::form::Form;
use crate::rule::{Code, Rule, Why};
use crate::state::State;

/// A refresh token is good once: the answer replaces it, and the user's access token too.
pub(super) fn answer(state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let (app_id, open_id) = (need(form, field::APP_ID)?, need(form, field::OPEN_ID)?);
    let refresh = need(form, field::REFRESH_TOKEN)?;
    if need(form, field::GRANT_TYPE)? != field::REFRESH_TOKEN {
        return Err(Rule::FieldInvalid(field::GRANT_TYPE));
    }

    let invalid = |why| Rule::Invalid(Code::RefreshToken, why);
    let app = state.apps.get_mut(app_id).ok_or(Rule::AppUnknown)?;
    let login = app.logins.get_mut(open_id).ok_or(invalid(Why::Unknown))?;
    login.refresh.check(refresh, now).map_err(invalid)?;
    let record = token::renew(login, &mut state.mint, now, open_id);
    Ok(Answer::record(Rule::UserTokenRefreshed, record))
}
