//! `POST /v1/apps/{app_id}/check`: whether a code is valid.

use yzb::{CheckedCode, JsTicket, OpenId, ServerAccessToken, UserAccessToken, Validity};

use super::{AppAt, Json, NoQuery, Sent, asking_problems, invalid};
use crate::operation::{Access, Answer, Described, Operation, Route, Verb};
use crate::shape::{CodeText, shape, words};
use crate::{Problem, ProblemKind};

words! {
    /// A kind of code that the platform can check.
    CheckedKind {
        /// The server's token.
        ServerToken = "server-token",
        /// A user's token.
        UserToken = "user-token",
        /// A ticket.
        JsTicket = "js-ticket",
    }
}

shape! { body
    /// A question about a code.
    CheckBody {
        /// Which kind of code it is.
        kind: CheckedKind,
        /// The code.
        code: CodeText,
        /// Whose token it is; for a user's token, and for no other.
        open_id: Option<String>,
    }
}

shape! { answer
    /// What the platform says of a code.
    CheckAnswer {
        /// Whether it is valid.
        valid: bool,
        /// Until when, in unix seconds. For a replaced ticket that is nearer than its own expiry.
        expires_at: Option<u64>,
    }
}

pub(super) fn check() -> Route {
    let operation = Operation {
        verb: Verb::Post,
        path: "/v1/apps/{app_id}/check",
        id: "check",
        summary: "Ask the platform whether a code is valid",
        about: "Codes from this service need no check.",
        access: Access::Token,
        query: &[],
        body: Some(Described::of::<CheckBody>()),
        answer: Answer::json::<CheckAnswer>("What the platform says."),
        problems: asking_problems!(InvalidArgument),
    };
    let handler = async |AppAt(entry): AppAt, _: NoQuery, Sent(sent): Sent<CheckBody>| {
        let app = entry.app();
        let validity = match (sent.kind, &sent.open_id) {
            (CheckedKind::ServerToken, None) => {
                let token =
                    ServerAccessToken::new(&sent.code.0).map_err(|error| invalid(&error))?;
                app.check(CheckedCode::ServerToken(&token)).await?
            }
            (CheckedKind::JsTicket, None) => {
                let ticket = JsTicket::new(&sent.code.0).map_err(|error| invalid(&error))?;
                app.check(CheckedCode::JsTicket(&ticket)).await?
            }
            (CheckedKind::UserToken, Some(open_id)) => {
                let token = UserAccessToken::new(&sent.code.0).map_err(|error| invalid(&error))?;
                let open_id = OpenId::new(open_id).map_err(|error| invalid(&error))?;
                app.check(CheckedCode::UserToken(&token, &open_id)).await?
            }
            _ => {
                let problem = Problem::new(ProblemKind::InvalidArgument);
                return Err(problem.with_detail("open_id is for a user-token, and for no other"));
            }
        };
        Ok(Json(CheckAnswer {
            valid: validity.is_valid(),
            expires_at: match validity {
                Validity::ValidUntil(until) => Some(until.as_secs()),
                Validity::Invalid => None,
            },
        }))
    };
    Route::new(operation, handler)
}
