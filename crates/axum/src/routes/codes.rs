//! `GET /v1/apps/{app_id}/server-token` and `…/js-ticket`: the codes themselves.

use axum::extract::State;

use super::{AppAt, Json, NoQuery};
use crate::operation::{Access, Answer, Operation, Route, Verb};
use crate::service::Shared;
use crate::shape::shape;
use crate::{Problem, ProblemKind};

shape! { answer
    /// A server token that may be used now.
    ServerTokenAnswer {
        /// The server's access token. It is a secret.
        access_token: String,
        /// By what it may be told apart in logs and complaints.
        fingerprint: String,
        /// When it expires, in unix seconds. Ask again for each use instead of keeping it.
        expires_at: u64,
        /// How long that is from now, in seconds.
        expires_in: u64,
    }
}

shape! { answer
    /// A ticket that may be used now.
    JsTicketAnswer {
        /// The ticket. It is a secret: to sign a page, ask for `js-config` instead.
        js_ticket: String,
        /// By what it may be told apart in logs and complaints.
        fingerprint: String,
        /// When it expires, in unix seconds. Ask again for each use instead of keeping it.
        expires_at: u64,
        /// How long that is from now, in seconds.
        expires_in: u64,
        /// Until when a signature made now with it is sure to be accepted, in unix seconds.
        sure_until: u64,
    }
}

pub(super) fn server_token() -> Route {
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/apps/{app_id}/server-token",
        id: "serverToken",
        summary: "The app's server token",
        about: "A fresh one is answered at once; an absent or dead one is renewed first.",
        access: Access::Token,
        query: &[],
        body: None,
        answer: Answer::json::<ServerTokenAnswer>("The token."),
        problems: &[ProblemKind::NoServerToken],
    };
    Route::new(operation, async |AppAt(entry): AppAt, _: NoQuery, State(shared): State<Shared>| {
        let lease = entry.app().server_token().await?;
        let expires_at = lease.expires_at();
        Ok::<_, Problem>(Json(ServerTokenAnswer {
            access_token: lease.token().expose_secret().to_owned(),
            fingerprint: lease.fingerprint().to_string(),
            expires_at: expires_at.as_secs(),
            expires_in: expires_at.since(shared.clock.now().wall).as_secs(),
        }))
    })
}

pub(super) fn js_ticket() -> Route {
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/apps/{app_id}/js-ticket",
        id: "jsTicket",
        summary: "The app's ticket",
        about: "For programs that sign pages themselves. A fresh one is answered at once.",
        access: Access::Token,
        query: &[],
        body: None,
        answer: Answer::json::<JsTicketAnswer>("The ticket."),
        problems: &[ProblemKind::NoTicket],
    };
    Route::new(operation, async |AppAt(entry): AppAt, _: NoQuery, State(shared): State<Shared>| {
        let lease = entry.app().js_ticket().await?;
        let (now, expires_at) = (shared.clock.now(), lease.expires_at());
        Ok::<_, Problem>(Json(JsTicketAnswer {
            js_ticket: lease.token().expose_secret().to_owned(),
            fingerprint: lease.fingerprint().to_string(),
            expires_at: expires_at.as_secs(),
            expires_in: expires_at.since(now.wall).as_secs(),
            sure_until: lease.sure_until(now).as_secs(),
        }))
    })
}
