//! The users of an app, page by page.

use std::fmt;

use yzb_proto::UserId;
use yzb_proto::common_resource::user_list::{ListUsers, ListedUser};

use super::App;
use crate::Error;
use crate::error::{Cause, ErrorKind};

/// The users who have added an app, asked for page by page as they are wanted.
///
/// ```no_run
/// # async fn example(app: yzb::App) -> Result<(), yzb::Error> {
/// let mut users = app.users();
/// while let Some(user) = users.next().await? {
///     println!("{}", user.open_id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// After an error, asking again asks for the same page again. The list is not a snapshot: who adds
/// the app meanwhile is perhaps in it.
#[must_use = "nobody is asked before `next`"]
pub struct Users {
    app: App,
    after: Option<UserId>,
    rows: std::vec::IntoIter<ListedUser>,
    is_over: bool,
    pages: u64,
    /// Where some earlier page ended. It is set anew at each power of two, so that a list that goes round
    /// is found out however long the round is, and nothing else needs to be remembered.
    mark: Option<UserId>,
}

impl Users {
    pub(super) fn new(app: App) -> Self {
        let rows = Vec::new().into_iter();
        Self { app, after: None, rows, is_over: false, pages: 0, mark: None }
    }

    /// Begins after this row, where an earlier list was left.
    pub fn after(mut self, row: UserId) -> Self {
        self.after = Some(row);
        self
    }

    /// The next user; none after the last one.
    ///
    /// # Errors
    ///
    /// The next page is not to be had; [`Error::retry`] says what to do.
    pub async fn next(&mut self) -> Result<Option<ListedUser>, Error> {
        if let Some(user) = self.rows.next() {
            return Ok(Some(user));
        }
        self.rows = self.next_page().await?.into_iter();
        Ok(self.rows.next())
    }

    /// The next page, of at most 100 users; empty after the last one. Where [`next`](Self::next) is in
    /// the middle of a page, it is the rest of that.
    ///
    /// # Errors
    ///
    /// It is not to be had; [`Error::retry`] says what to do.
    pub async fn next_page(&mut self) -> Result<Vec<ListedUser>, Error> {
        if self.rows.len() > 0 {
            return Ok(std::mem::take(&mut self.rows).collect());
        }
        if self.is_over {
            return Ok(Vec::new());
        }
        let page = self.app.users_page(self.after.as_ref(), ListUsers::USUAL_COUNT).await?;
        match page.last() {
            None => self.is_over = true,
            // It would go on like this for ever.
            Some(last) if self.has_ended_at(&last.id) => {
                return Err(Error::new(ErrorKind::StuckList, Cause::Nothing));
            }
            Some(last) => {
                self.after = Some(last.id.clone());
                self.pages += 1;
                if self.pages.is_power_of_two() {
                    self.mark.clone_from(&self.after);
                }
            }
        }
        Ok(page)
    }

    fn has_ended_at(&self, row: &UserId) -> bool {
        self.after.as_ref() == Some(row) || self.mark.as_ref() == Some(row)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("app", &self.app)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
