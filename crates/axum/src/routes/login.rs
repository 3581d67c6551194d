//! `POST /v1/apps/{app_id}/login`: a page's code for the user.

use super::{AppAt, Json, NoQuery, Sent, asking_problems};
use crate::Problem;
use crate::operation::{Access, Answer, Described, Operation, Route, Verb};
use crate::shape::{Visible, shape};

shape! { body
    /// A login.
    LoginBody {
        /// What the page got from `yzb.core.requestAuthCode`. It is good for one login.
        code: Visible<1024>,
        /// Whether to answer the user's tokens too. They are "temporarily useless" (documented).
        with_tokens: Option<bool>,
    }
}

shape! { answer
    /// Who the user is.
    LoginAnswer {
        /// The user, as this app knows them.
        open_id: String,
        /// What the user granted, if the platform said it.
        scope: Option<String>,
        /// The user's token, if it was asked for. It is a secret.
        access_token: Option<String>,
        /// How long that token lives, in seconds.
        expires_in: Option<u64>,
        /// The user's refresh token, if it was asked for. It is a secret.
        refresh_token: Option<String>,
    }
}

pub(super) fn login() -> Route {
    let operation = Operation {
        verb: Verb::Post,
        path: "/v1/apps/{app_id}/login",
        id: "login",
        summary: "Log a user in by code",
        about: "A code is spent by arriving: after any error ask the page for a new one, unless \
                `retry` says otherwise.",
        access: Access::Token,
        query: &[],
        body: Some(Described::of::<LoginBody>()),
        answer: Answer::json::<LoginAnswer>("The user."),
        problems: asking_problems!(InvalidArgument, AuthCodeRefused),
    };
    let handler = async |AppAt(entry): AppAt, _: NoQuery, Sent(sent): Sent<LoginBody>| {
        let user = entry.app().login(&sent.code.0).await?;
        let wanted = sent.with_tokens.unwrap_or_default();
        let access_token = user.access_token.filter(|_| wanted);
        let refresh_token = user.refresh_token.filter(|_| wanted);
        Ok::<_, Problem>(Json(LoginAnswer {
            open_id: user.open_id.as_str().to_owned(),
            scope: user.scope.map(|scope| scope.as_str().to_owned()),
            access_token: access_token.map(|token| token.expose_secret().to_owned()),
            expires_in: user.expires_in.filter(|_| wanted).map(yzb::Lifetime::as_secs),
            refresh_token: refresh_token.map(|token| token.expose_secret().to_owned()),
        }))
    };
    Route::new(operation, handler)
}
