//! The document and the service, walked both ways: whatever the document says can be had, and
//! whatever can be had the document says.

mod provoke;

use std::collections::BTreeSet;

use axum::http::{Method, Request};
use serde_json::Value;
use yzb_axum::{ProblemKind, Service, axum};

use crate::scene::{Answer, Scene, ask, get};
use crate::schema::judge;
use provoke::Operation;

fn document() -> Value {
    serde_json::from_str(Service::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            all.push(Operation::new(path, method, described.clone()));
        }
    }
    all
}

/// Complains if an answer is not one of those that the document has for this operation.
fn is_documented(document: &Value, operation: &Operation, answer: &Answer) -> Vec<String> {
    let status = answer.status.as_u16().to_string();
    let Some(described) = operation.described["responses"].get(&status) else {
        return vec![format!("{}: no {status}: {answer:?}", operation.id())];
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let Some(content) = described["content"].get(media_type) else {
        return vec![format!("{}: {status} is not {media_type}", operation.id())];
    };
    let value = match media_type {
        "text/html" | "application/openmetrics-text" => Value::String(answer.text.clone()),
        _ => answer.json(),
    };
    let mut complaints = judge(document, &content["schema"], &value);
    for name in ["retry-after", "yzb-sure-until", "www-authenticate"] {
        let headers = described["headers"].as_object().unwrap();
        let known = headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        if answer.headers.contains_key(name) && !known {
            complaints.push(format!("{}: {status} has the header {name}", operation.id()));
        }
    }
    complaints
}

#[tokio::test(start_paused = true)]
async fn every_status_and_every_kind_of_problem_in_the_document_can_be_had() {
    let document = document();
    let mut seen = BTreeSet::new();
    for operation in operations(&document) {
        let answer = operation.succeed().await;
        assert_eq!(answer.status, 200, "{}: {answer:?}", operation.id());
        assert_eq!(is_documented(&document, &operation, &answer), [""; 0]);
        for (status, kind) in operation.problems() {
            let answer = operation.provoke(&kind).await;
            assert_eq!(answer.problem(), (status, kind.clone()), "{}", operation.id());
            assert_eq!(is_documented(&document, &operation, &answer), [""; 0]);
            seen.insert(kind);
        }
    }
    // These belong to no operation: there is none at that path or by that method.
    seen.extend(["no-such-route", "method-not-allowed"].map(str::to_owned));
    let all: BTreeSet<_> = ProblemKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    assert_eq!(seen, all);
}

#[tokio::test(start_paused = true)]
async fn whatever_is_provoked_anywhere_is_in_the_document() {
    let document = document();
    // Each trouble at each operation, also where the document does not have it.
    for operation in operations(&document) {
        for kind in ProblemKind::ALL {
            let answer = operation.provoke(kind.name()).await;
            assert_eq!(is_documented(&document, &operation, &answer), [""; 0], "{kind:?}");
        }
    }
}

#[tokio::test]
async fn no_method_but_the_documented_ones_is_answered() {
    let (document, scene) = (document(), Scene::new());
    let service = scene.service().build();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{app_id}", "990001").replace("{open_id}", "x");
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            if methods.get(method.as_str().to_lowercase()).is_some() {
                continue;
            }
            let request = Request::builder().method(&method).uri(&path).header("host", "localhost");
            let answer = ask(&service, request.body(axum::body::Body::empty()).unwrap()).await;
            answer.is_problem(405, "method-not-allowed");
            assert!(!answer.header("allow").is_empty(), "{method} {path}: {answer:?}");
        }
    }
    for path in ["/v1", "/v1/", "/v1/apps", "/v1/apps/990001", "/v1/live/", "//v1/live", "/metrics"]
    {
        ask(&service, get(path)).await.is_problem(404, "no-such-route");
    }
}

#[test]
fn the_document_names_everything_it_refers_to() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let path = part.split('"').next().unwrap();
        assert!(document.pointer(path).is_some(), "{path}");
    }
    let mut ids: Vec<_> = operations(&document).iter().map(Operation::id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert!(all > 15, "there are {all} operations");
}

#[tokio::test]
async fn the_served_document_is_the_one_of_the_library() {
    let scene = Scene::new();
    assert_eq!(scene.get("/v1/openapi.json").await.ok(), document());
}
