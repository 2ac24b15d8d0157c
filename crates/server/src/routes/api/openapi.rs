//! The `OpenAPI` 3.1 document, made from the table of operations and `schemas.json`.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::BASE;
use super::table::{OPERATIONS, Operation, Query};

static SCHEMAS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("schemas.json")).expect("schemas.json is JSON"));

const ABOUT: &str = "Everything that the pages and the command line of the distribution do. Reading needs nothing. \
    What a person says is a statement that they sign (in-toto in a DSSE envelope) and hand in at `POST /ledger`: the \
    signature is the authorisation. What programs may ask for needs a token. Errors are problem documents (RFC 9457).";

/// The document that `/api/v1/openapi.json` serves.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Packhouse", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "paths": paths,
        "components": {
            "schemas": *SCHEMAS,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({ "operationId": operation.id, "summary": operation.summary });
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path.map(path_parameter).collect();
    parameters.extend(operation.query.iter().map(query_parameter));
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { body.content_type: { "schema": reference(body.schema) } },
        });
    }
    let answer = match operation.answer {
        Some(schema) => json!({ "application/json": { "schema": reference(schema) } }),
        None => json!({ "text/plain": { "schema": { "type": "string" } } }),
    };
    described["responses"] = json!({
        operation.status.to_string(): { "description": operation.summary, "content": answer },
        "default": {
            "description": "Why not",
            "content": { "application/problem+json": { "schema": reference("Problem") } },
        },
    });
    if let Some(scope) = operation.scope {
        described["security"] = json!([{ "token": [scope.word()] }]);
    }
    described
}

fn path_parameter(name: &str) -> Value {
    let about = match name {
        "id" => "A maintainer's id.",
        "peer" => "What another distribution is called here.",
        "project" => "A project's name (PEP 503).",
        "version" => "A version (PEP 440).",
        "suite" => "A suite's name.",
        _ => "A snapshot's number.",
    };
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string" } })
}

fn query_parameter(query: &Query) -> Value {
    let one = json!({ "type": if query.number { "integer" } else { "string" } });
    let schema = if query.repeats { json!({ "type": "array", "items": one }) } else { one };
    json!({
        "name": query.name,
        "in": "query",
        "required": query.required,
        "description": query.about,
        "schema": schema,
    })
}

/// A schema by its name; `Name[]` is a list.
fn reference(name: &str) -> Value {
    match name.strip_suffix("[]") {
        Some(one) => json!({ "type": "array", "items": reference(one) }),
        None => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}
