//! The OpenAPI document, made from the operations that the router is made from.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::operation::{Access, Operation};
use crate::problem::TYPE_PREFIX;
use crate::{ProblemKind, routes};

/// The whole document as JSON, made once.
pub(crate) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| document().to_string())
}

fn document() -> Value {
    let operations: Vec<_> = routes::all().into_iter().map(|route| route.operation).collect();
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for operation in &operations {
        (operation.answer.described.parts)(&mut schemas);
        if let Some(body) = operation.body {
            (body.parts)(&mut schemas);
        }
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.verb.name().to_owned(), describe(operation));
        }
    }
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "yzb",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The Yuanzhibang open platform for programs in any language: codes that \
                are kept fresh, logins, signed pages. Errors are application/problem+json.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "browser": { "type": "http", "scheme": "basic" },
            },
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut parameters: Vec<_> = operation.path_parameters().map(path_parameter).collect();
    parameters.extend(operation.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.about,
            "schema": (parameter.schema)(),
        })
    }));
    // The empty one: a service without tokens wants none.
    let security = match operation.access {
        Access::Public => json!([]),
        Access::Token => json!([{ "bearer": [] }, {}]),
        Access::Browser => json!([{ "browser": [] }, { "bearer": [] }, {}]),
    };
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.about,
        "parameters": parameters,
        "security": security,
        "responses": responses(operation),
    });
    if let (Some(body), Some(described)) = (operation.body, described.as_object_mut()) {
        let content = json!({ "application/json": { "schema": (body.schema)() } });
        described.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    described
}

fn path_parameter(name: &str) -> Value {
    let about = match name {
        "app_id" => "The app's id, as the service's configuration has it.",
        _ => {
            "The user, as the app knows them: at most 1024 bytes, none of them a control character."
        }
    };
    let most = if name == "app_id" { 128 } else { 1024 };
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": about,
        "schema": { "type": "string", "minLength": 1, "maxLength": most },
    })
}

fn responses(operation: &Operation) -> Value {
    let answer = &operation.answer;
    let header = |(name, about): &(&str, &str)| {
        ((*name).to_owned(), json!({ "description": about, "schema": { "type": "string" } }))
    };
    let headers: Map<_, _> = answer.headers.iter().map(header).collect();
    let content = json!({ answer.media_type: { "schema": (answer.described.schema)() } });
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({ "description": answer.about, "headers": headers, "content": content }),
    );
    let mut by_status = BTreeMap::<u16, Vec<ProblemKind>>::new();
    for kind in operation.all_problems() {
        by_status.entry(kind.status().as_u16()).or_default().push(kind);
    }
    for (status, kinds) in by_status {
        responses.insert(status.to_string(), problem_response(&kinds));
    }
    Value::Object(responses)
}

/// The problems that have one status in common.
fn problem_response(kinds: &[ProblemKind]) -> Value {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let told: Vec<_> = kinds
        .iter()
        .map(|kind| format!("`{}`: {}. {}.", kind.name(), kind.title(), kind.remedy()))
        .collect();
    let mut headers = Map::new();
    let mut header = |name: &str, about: &str| {
        let schema = json!({ "type": "string" });
        headers.insert(name.to_owned(), json!({ "description": about, "schema": schema }));
    };
    if kinds.iter().any(|kind| kind.status().as_u16() == 401) {
        header("WWW-Authenticate", "Bearer; at the status page Basic.");
    }
    if kinds.iter().any(|kind| matches!(kind.status().as_u16(), 429 | 502 | 503)) {
        header("Retry-After", "In so many seconds, where that is known.");
    }
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "kind": { "enum": names } },
    });
    json!({
        "description": told.join(" "),
        "headers": headers,
        "content": { "application/problem+json": { "schema": schema } },
    })
}

fn problem_schema() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let types: Vec<_> =
        ProblemKind::ALL.iter().map(|kind| format!("{TYPE_PREFIX}{}", kind.name())).collect();
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Programs go by `kind`.",
        "properties": {
            "type": { "type": "string", "enum": types },
            "title": text("The same for each problem of this kind."),
            "status": { "type": "integer", "description": "The HTTP status." },
            "kind": text("What kind it is: the end of `type`."),
            "detail": text("What is known of this case."),
            "remedy": text("What to do about it."),
            "retry": {
                "type": "string",
                "description": "Whether repeating helps, and what has to be done first.",
                "enum": [
                    "never", "later", "new-server-token", "new-auth-code", "log-in-again",
                    "ask-user", "fix-configuration",
                ],
            },
            "retry_after": {
                "type": "integer",
                "minimum": 0,
                "description": "In how many seconds, where that is known.",
            },
            "platform_status": {
                "type": "integer",
                "description": "The platform's own status, where it answered.",
            },
        },
        "required": ["type", "title", "status", "kind", "detail", "remedy", "retry"],
        "additionalProperties": false,
    })
}
