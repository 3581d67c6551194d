//! `POST /CommonResource/getUserCount` and `getUserList`: the users who added the app.

use super::{caller, need};
use crate::answer::{Answer, Data, Leaf, Record};
use crate::call::field;
use crate::form::Form;
use crate::rule::Rule;
use crate::state::{State, Users};

pub(super) fn count(state: &State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let app = caller(state, now, form)?;
    let count = u64::try_from(app.members.len()).unwrap_or(u64::MAX);
    Ok(Answer::record(Rule::UsersCounted, [("user_count", Leaf::Count(count))]))
}

/// A page starts after the user whose `id` is `load_more_id`, whether or not that id is in the
/// list; 0 is before all.
pub(super) fn list(state: &State, now: u64, form: &Form) -> Result<Answer, Rule> {
    let after = number(form, field::LOAD_MORE_ID)?;
    let wanted = match number(form, field::LOAD_MORE_COUNT)? {
        0 => return Err(Rule::FieldInvalid(field::LOAD_MORE_COUNT)),
        wanted => wanted.min(state.dials.page_limit.max(1)),
    };
    let app = caller(state, now, form)?;

    // A user's id is one more than the index, so the users after id n are those from index n.
    let start = app.members.partition_point(|&index| index < after);
    let page = app.members.iter().skip(start).take(wanted);
    let page: Vec<_> = page.filter_map(|&index| entry(&state.users, index)).collect();
    if page.is_empty() {
        return Err(Rule::NoUsers);
    }
    Ok(Answer { rule: Rule::UsersListed, data: Data::Records(page) })
}

fn entry(users: &Users, index: usize) -> Option<Record> {
    let user = users.list.get(index)?;
    let id = (index + 1).to_string();
    Some(vec![("id", Leaf::Id(id)), (field::OPEN_ID, user.open_id.as_str().into())])
}

/// A field of decimal digits; a number too large to count users with is as good as the largest.
fn number(form: &Form, name: &'static str) -> Result<usize, Rule> {
    let text = need(form, name)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Rule::FieldInvalid(name));
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}
