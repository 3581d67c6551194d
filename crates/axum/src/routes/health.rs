//! `GET /v1/live`, `/v1/ready`, `/v1/status`, and the last two of one app: how the service stands.

use axum::extract::State;

use super::{AppAt, Json, NoQuery};
use crate::operation::{Access, Answer, Operation, Route, Verb};
use crate::report::{AppReport, StatusReport, is_ready, report, report_of};
use crate::service::Shared;
use crate::shape::shape;
use crate::{Problem, ProblemKind};

/// The most apps that the status tells about.
const MOST: usize = 1000;

/// How many apps are named that are not ready.
const NAMED: usize = 10;

shape! { answer
    /// The service answers.
    LiveAnswer {
        /// Always true.
        live: bool,
    }
}

shape! { answer
    /// Every code is at hand.
    ReadyAnswer {
        /// Always true: what is not ready is a problem.
        ready: bool,
        /// How many apps that are.
        apps: u64,
    }
}

pub(super) fn all() -> [Route; 5] {
    [live(), ready(), app_ready(), status(), app_status()]
}

const fn operation(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    answer: Answer,
) -> Operation {
    Operation {
        verb: Verb::Get,
        path,
        id,
        summary,
        about,
        access: Access::Token,
        query: &[],
        body: None,
        answer,
        problems: &[],
    }
}

fn live() -> Route {
    let answer = Answer::json::<LiveAnswer>("It does.");
    let about = "Needs no token. It says nothing of the apps: restarting helps none of them.";
    let operation = operation("/v1/live", "live", "Whether the service answers", about, answer);
    let operation = Operation { access: Access::Public, ..operation };
    Route::new(operation, async |_: NoQuery| Json(LiveAnswer { live: true }))
}

fn ready() -> Route {
    let answer = Answer::json::<ReadyAnswer>("They are.");
    let about = "Nothing is renewed for this: whoever keeps the codes fresh does that.";
    let summary = "Whether both codes of every app are at hand";
    let operation = operation("/v1/ready", "ready", summary, about, answer);
    let operation = Operation { problems: &[ProblemKind::NotReady], ..operation };
    Route::new(operation, async |_: NoQuery, State(shared): State<Shared>| {
        let entries = shared.gateway.entries();
        let missing = entries.iter().filter(|(_, entry)| !is_ready(entry)).map(|(id, _)| &**id);
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            return Ok(Json(ReadyAnswer { ready: true, apps: entries.len() as u64 }));
        }
        let named = missing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = if missing.len() > NAMED { ", …" } else { "" };
        let (missing, all) = (missing.len(), entries.len());
        let detail = format!("{missing} of {all} apps are not ready: {named}{more}");
        Err(Problem::new(ProblemKind::NotReady).with_detail(detail).again_after(None))
    })
}

fn app_ready() -> Route {
    let answer = Answer::json::<ReadyAnswer>("They are.");
    let about = "Nothing is renewed for this.";
    let summary = "Whether both codes of the app are at hand";
    let operation = operation("/v1/apps/{app_id}/ready", "appReady", summary, about, answer);
    let operation = Operation { problems: &[ProblemKind::NotReady], ..operation };
    Route::new(operation, async |AppAt(entry): AppAt, _: NoQuery| {
        if is_ready(&entry) {
            return Ok(Json(ReadyAnswer { ready: true, apps: 1 }));
        }
        let app = entry.app();
        let token = app.server_tokens().peek().map_or("the server token", |_| "");
        let ticket = app.tickets().peek().map_or("the ticket", |_| "");
        let and = if token.is_empty() || ticket.is_empty() { "" } else { " and " };
        let problem = Problem::new(ProblemKind::NotReady).again_after(None);
        Err(problem.with_detail(format!("missing: {token}{and}{ticket}")))
    })
}

fn status() -> Route {
    let answer = Answer::json::<StatusReport>("How they stand.");
    let about = "What the status page shows. No secret is in it.";
    let operation = operation("/v1/status", "status", "How all apps stand", about, answer);
    Route::new(operation, async |_: NoQuery, State(shared): State<Shared>| {
        Json(report(&shared, MOST))
    })
}

fn app_status() -> Route {
    let answer = Answer::json::<AppReport>("How it stands.");
    let path = "/v1/apps/{app_id}/status";
    let operation = operation(path, "appStatus", "How the app stands", "", answer);
    let handler = async |AppAt(entry): AppAt, _: NoQuery, State(shared): State<Shared>| {
        Json(report_of(&shared, &entry))
    };
    Route::new(operation, handler)
}
