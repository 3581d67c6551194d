//! `POST /v1/apps/{app_id}/invalidate`: "the platform refused this one".

use axum::extract::State;
use serde_json::{Value, json};
use yzb::{JsTicket, ServerAccessToken};

use super::{AppAt, Json, NoQuery, Sent, asking_problems, invalid};
use crate::complaint::{Complaint, Outcome, hear};
use crate::operation::{Access, Answer, Described, Operation, Route, Verb};
use crate::report::CodeKind;
use crate::service::Shared;
use crate::shape::{CodeText, Shape, Visible, reference, shape};
use crate::{Problem, ProblemKind};

shape! { body
    /// A complaint about a code, named by its fingerprint or by itself.
    InvalidateBody {
        /// Which kind of code it is.
        kind: CodeKind,
        /// The code's fingerprint, as this service answered it; or `code`, but not both.
        fingerprint: Option<Visible<16>>,
        /// The code itself; or `fingerprint`, but not both.
        code: Option<CodeText>,
    }
}

shape! { answer
    /// What became of a complaint.
    InvalidateAnswer {
        /// What was done.
        outcome: Outcome,
    }
}

pub(super) fn invalidate() -> Route {
    let operation = Operation {
        verb: Verb::Post,
        path: "/v1/apps/{app_id}/invalidate",
        id: "invalidate",
        summary: "The platform refused this code",
        about: "The platform is asked whether that is so; a complaint that is not true does nothing. \
                What it said up to 5 s ago is believed without asking again. After `dropped`, ask for the code again and try once more, not more often. However \
                many complain, there is one renewal.",
        access: Access::Token,
        query: &[],
        body: Some(Described { schema: either, parts: InvalidateBody::parts }),
        answer: Answer::json::<InvalidateAnswer>("What became of it."),
        problems: asking_problems!(InvalidArgument),
    };
    let handler = async |AppAt(entry): AppAt,
                         _: NoQuery,
                         State(shared): State<Shared>,
                         Sent(sent): Sent<InvalidateBody>| {
        let complaint = complaint(&sent)?;
        let outcome = hear(&entry, sent.kind.into(), &complaint, &*shared.clock).await?;
        Ok::<_, Problem>(Json(InvalidateAnswer { outcome }))
    };
    Route::new(operation, handler)
}

/// The code is named in one way.
fn either() -> Value {
    json!({
        "allOf": [reference::<InvalidateBody>()],
        "oneOf": [{ "required": ["fingerprint"] }, { "required": ["code"] }],
    })
}

fn complaint(sent: &InvalidateBody) -> Result<Complaint<'_>, Problem> {
    match (&sent.fingerprint, &sent.code, sent.kind) {
        (Some(fingerprint), None, _) => Ok(Complaint::Fingerprint(&fingerprint.0)),
        (None, Some(code), CodeKind::ServerToken) => ServerAccessToken::new(&code.0)
            .map(Complaint::ServerToken)
            .map_err(|error| invalid(&error)),
        (None, Some(code), CodeKind::JsTicket) => {
            JsTicket::new(&code.0).map(Complaint::JsTicket).map_err(|error| invalid(&error))
        }
        _ => {
            let problem = Problem::new(ProblemKind::InvalidArgument);
            Err(problem.with_detail("either fingerprint or code is needed, and not both"))
        }
    }
}
