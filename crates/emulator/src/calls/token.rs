//! `POST /OAuth2/token`: a server token, or a user's login by auth code.

use super::need;
use crate::answer::{Answer, Leaf, Record};
use crate::call::{LOGIN, field};
use crate::form::Form;
use crate::life;
use crate::mint::Mint;
use crate::rule::{Code, Rule, Why};
use crate::state::{App, Leaves, Login, State};

/// The one scope a login ever has. *Documented.*
const SCOPE: &str = "sns_base";

/// The grant decides which of the two calls it is.
pub(super) fn answer(state: &mut State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let (app_id, secret) = (need(form, field::APP_ID)?, need(form, field::SECRET)?);
    match need(form, field::GRANT_TYPE)? {
        "client_credential" => server_token(state, now, app_id, secret),
        LOGIN => {
            let code = need(form, field::CODE)?;
            user_login(state, now, app_id, secret, code)
        }
        _ => Err(Rule::FieldInvalid(field::GRANT_TYPE)),
    }
}

fn server_token(state: &mut State, now: u64, app_id: &str, secret: &str) -> Result<Answer, Rule> {
    let app = authenticated(state.apps.get_mut(app_id), secret)?;
    let held = app.server_token.current(now).filter(|_| state.dials.server_token_repeats);
    let (rule, token, span) = match held {
        Some((token, until)) => (Rule::ServerTokenRepeated, token.to_owned(), until - now),
        None => (Rule::ServerTokenIssued, state.mint.strike(), life::SERVER_TOKEN),
    };
    if rule == Rule::ServerTokenIssued {
        let grace = state.dials.previous_server_token.grace();
        app.server_token.replace(token.clone(), now, span, Leaves { grace, spares: true });
    }
    let record = [(field::ACCESS_TOKEN, token.into()), (field::EXPIRES_IN, Leaf::Span(span))];
    Ok(Answer::record(rule, record))
}

/// The secret is looked at before the code; whether a wrong one costs the code is a dial.
fn user_login(
    state: &mut State,
    now: u64,
    app_id: &str,
    secret: &str,
    code: &str,
) -> Result<Answer, Rule> {
    let dials = &state.dials;
    let app = match authenticated(state.apps.get_mut(app_id), secret) {
        Ok(app) => app,
        Err(refused) => {
            if refused == Rule::SecretWrong && dials.wrong_secret_burns_code {
                state.codes.burn(code);
            }
            return Err(refused);
        }
    };
    let open_id = match state.codes.spend(now, code, app_id) {
        Ok(open_id) => open_id,
        Err(why) => {
            if why == Why::OfAnotherApp && dials.foreign_attempt_burns_code {
                state.codes.burn(code);
            }
            return Err(Rule::Invalid(Code::AuthCode, why));
        }
    };
    let user = state.users.find(&open_id);
    let user = user.ok_or(Rule::Invalid(Code::AuthCode, Why::OfNobody))?;
    if dials.login_needs_addition && user.scopes_for(app_id).is_none() {
        return Err(Rule::NotAdded);
    }
    let login = app.logins.entry(open_id.clone()).or_default();
    let record = renew(login, &mut state.mint, now, &open_id);
    Ok(Answer::record(Rule::UserLoggedIn, record))
}

/// Gives a login two new tokens in place of any it had, and writes them as an answer.
pub(super) fn renew(login: &mut Login, mint: &mut Mint, now: u64, open_id: &str) -> Record {
    let (access, refresh) = (mint.strike(), mint.strike());
    let nothing = Leaves { grace: 0, spares: false };
    login.access.replace(access.clone(), now, life::USER_TOKEN, nothing);
    login.refresh.replace(refresh.clone(), now, life::REFRESH_TOKEN, nothing);
    vec![
        (field::OPEN_ID, open_id.into()),
        (field::ACCESS_TOKEN, access.into()),
        (field::EXPIRES_IN, Leaf::Span(life::USER_TOKEN)),
        (field::REFRESH_TOKEN, refresh.into()),
        ("scope", SCOPE.into()),
    ]
}

fn authenticated<'s>(app: Option<&'s mut App>, secret: &str) -> Result<&'s mut App, Rule> {
    let app = app.ok_or(Rule::AppUnknown)?;
    if app.secret.as_str() == secret { Ok(app) } else { Err(Rule::SecretWrong) }
}
