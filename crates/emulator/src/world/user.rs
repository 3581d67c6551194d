//! One user of the platform.

/// A user, and the apps this user has added with the scopes granted to each.
///
/// Nothing but the open id is required: `nick` and `avatar` start empty, `sex` as `"3"`.
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) open_id: String,
    pub(crate) nick: String,
    pub(crate) avatar: String,
    pub(crate) sex: String,
    pub(crate) apps: Vec<Addition>,
}

/// One app in a user's list of added apps.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    pub(crate) app_id: String,
    pub(crate) scopes: Vec<String>,
}

impl User {
    /// A user who has added no app. The emulator gives a user one open id for all apps.
    #[must_use]
    pub fn new(open_id: impl Into<String>) -> Self {
        Self {
            open_id: open_id.into(),
            nick: String::new(),
            avatar: String::new(),
            sex: "3".to_owned(),
            apps: Vec::new(),
        }
    }

    /// The name shown to others.
    #[must_use]
    pub fn nick(mut self, nick: impl Into<String>) -> Self {
        self.nick = nick.into();
        self
    }

    /// The URL of the picture.
    #[must_use]
    pub fn avatar(mut self, url: impl Into<String>) -> Self {
        self.avatar = url.into();
        self
    }

    /// `"1"` male, `"2"` female, `"3"` unknown (documented); any other text is passed on as it is,
    /// to see what a client makes of it.
    #[must_use]
    pub fn sex(mut self, sex: impl Into<String>) -> Self {
        self.sex = sex.into();
        self
    }

    /// The user adds an app and grants it these scopes, perhaps none. Again for the same app
    /// replaces the scopes.
    #[must_use]
    pub fn adds<S: Into<String>>(
        mut self,
        app_id: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let app_id = app_id.into();
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.apps.retain(|addition| addition.app_id != app_id);
        self.apps.push(Addition { app_id, scopes });
        self
    }

    /// The scopes granted to an app, or `None` if the user has not added it.
    pub(crate) fn scopes_for(&self, app_id: &str) -> Option<&[String]> {
        let addition = self.apps.iter().find(|addition| addition.app_id == app_id)?;
        Some(&addition.scopes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_without_scopes_is_not_the_same_as_not_added() {
        let user = User::new("a").adds("1", [] as [&str; 0]).adds("2", ["x"]).adds("2", ["y"]);
        assert_eq!(user.scopes_for("1"), Some(&[][..]));
        assert_eq!(user.scopes_for("2"), Some(&["y".to_owned()][..]));
        assert_eq!(user.scopes_for("3"), None);
    }
}
