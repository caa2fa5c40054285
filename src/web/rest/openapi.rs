//! `/openapi.json`: the calls of the contract as `OpenAPI` 3.1, out of the descriptors and their
//! comments, which are in the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode, header};
use prost::Message as _;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use prost_types::{DescriptorProto, FileDescriptorSet};
use serde_json::{Map, Value, json};

use super::rules::RULES;
use crate::json::{Call, is_text};
use crate::pb;

/// Numbers of fields of the descriptors' own descriptors, by which places of comments go.
const MESSAGES: i32 = 4;
const SERVICES: i32 = 6;
const FIELDS: i32 = 2;
const METHODS: i32 = 2;
const NESTED: i32 = 3;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| written().to_string() + "\n");

/// The document.
pub(super) fn document() -> Response {
    let is_json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::OK, is_json, DOCUMENT.as_str()).into_response()
}

fn written() -> Value {
    let comments = comments();
    let mut schemas = Schemas { comments: &comments, done: BTreeMap::new(), asked: Vec::new() };
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for rule in RULES {
        let Some(call) = Call::named(rule.service, rule.method) else { continue };
        named.insert(call.path());
        let verb = rule.verb.as_str().to_ascii_lowercase();
        let operation = operation(&call, &rule.verb, rule.path, &mut schemas);
        paths.entry(rule.path.to_owned()).or_default().insert(verb, operation);
    }
    for call in Call::all().filter(|it| !it.asks_often() && !named.contains(&it.path())) {
        let path = format!("/v1/{}/{}", call.service(), call.method());
        let operation = operation(&call, &Method::POST, &path, &mut schemas);
        paths.entry(path).or_default().insert("post".to_owned(), operation);
    }
    schemas.finish();
    let mut components: Map<String, Value> = schemas.done.into_iter().collect();
    components.insert("Refusal".to_owned(), refusal());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "TradeForge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The calls of the contract as JSON. A call may also be made by POST to \
                            /v1/SERVICE/METHOD with its request as the body. Answers that stream \
                            are one JSON object a line; a last line with `error` says that the \
                            stream broke.",
        },
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(call: &Call, verb: &Method, path: &str, schemas: &mut Schemas<'_>) -> Value {
    let in_path: Vec<&str> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.split('}').next()).collect();
    let has_body = *verb != Method::GET && *verb != Method::DELETE;
    let mut parameters = Vec::new();
    for field in call.input().fields() {
        let is_in_path = in_path.contains(&field.name());
        if !is_in_path && (has_body || !is_of_query(&field)) {
            continue;
        }
        let place = if is_in_path { "path" } else { "query" };
        let mut parameter = json!({
            "name": field.name(),
            "in": place,
            "required": is_in_path,
            "schema": schemas.field(&field),
        });
        if let Some(comment) = schemas.comments.get(field.full_name()) {
            parameter["description"] = json!(comment);
        }
        parameters.push(parameter);
    }
    let kind = if call.answers_often() { "application/x-ndjson" } else { "application/json" };
    let schema = schemas.reference(&call.output());
    let mut operation = json!({
        "operationId": format!("{}_{}", call.service(), call.method()),
        "tags": [call.service()],
        "description": schemas.comments.get(&call.path()[1..].replace('/', ".")),
        "parameters": parameters,
        "responses": {
            "200": { "description": "The answer.", "content": { kind: { "schema": schema } } },
            "default": {
                "description": "A refusal.",
                "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } },
                },
            },
        },
    });
    if has_body {
        let schema = schemas.reference(&call.input());
        let content = json!({ "application/json": { "schema": schema } });
        operation["requestBody"] = json!({ "content": content });
    }
    operation
}

/// Whether a query can say it by its name alone; fields of messages stand behind a point.
fn is_of_query(field: &FieldDescriptor) -> bool {
    match field.kind() {
        Kind::Message(message) => is_text(&message),
        _ => true,
    }
}

fn refusal() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": text,
                    "reason": text,
                    "message": text,
                    "fields": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": { "field": text, "description": text },
                        },
                    },
                    "more": { "type": "integer" },
                },
            },
        },
    })
}

struct Schemas<'c> {
    comments: &'c BTreeMap<String, String>,
    done: BTreeMap<String, Value>,
    asked: Vec<MessageDescriptor>,
}

impl Schemas<'_> {
    fn reference(&mut self, message: &MessageDescriptor) -> Value {
        match message.full_name() {
            "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
            "google.protobuf.Duration" => {
                json!({ "type": "string", "pattern": r"^-?\d+(\.\d+)?s$" })
            }
            "google.protobuf.FieldMask" => json!({ "type": "string" }),
            _ => {
                if !self.done.contains_key(message.name()) {
                    self.asked.push(message.clone());
                }
                json!({ "$ref": format!("#/components/schemas/{}", message.name()) })
            }
        }
    }

    fn finish(&mut self) {
        while let Some(message) = self.asked.pop() {
            if self.done.contains_key(message.name()) {
                continue;
            }
            // Before its fields, which may lead back to it.
            self.done.insert(message.name().to_owned(), Value::Null);
            let mut properties = Map::new();
            for field in message.fields() {
                let mut schema = self.field(&field);
                if let Some(comment) = self.comments.get(field.full_name()) {
                    schema["description"] = json!(comment);
                }
                properties.insert(field.json_name().to_owned(), schema);
            }
            let schema = json!({
                "type": "object",
                "description": self.comments.get(message.full_name()),
                "properties": properties,
                "additionalProperties": false,
            });
            self.done.insert(message.name().to_owned(), schema);
        }
    }

    fn field(&mut self, field: &FieldDescriptor) -> Value {
        if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let values = entry.map_entry_value_field();
            return json!({ "type": "object", "additionalProperties": self.one(&values) });
        }
        if field.is_list() {
            return json!({ "type": "array", "items": self.one(field) });
        }
        self.one(field)
    }

    fn one(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Double | Kind::Float => json!({ "type": "number" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
                json!({ "type": "integer" })
            }
            // JSON's numbers are not exact beyond 2^53; a request may have either.
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                json!({ "type": ["string", "integer"], "format": "int64" })
            }
            Kind::Enum(them) => json!({ "type": "string", "enum": names(&them) }),
            Kind::Message(message) => self.reference(&message),
        }
    }
}

fn names(them: &EnumDescriptor) -> Vec<String> {
    them.values().map(|it| it.name().to_owned()).collect()
}

/// What the contract says of its messages, fields and calls, by their full names.
fn comments() -> BTreeMap<String, String> {
    let mut comments = BTreeMap::new();
    let files = FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap_or_default();
    for file in &files.file {
        let Some(info) = &file.source_code_info else { continue };
        for location in &info.location {
            let comment = location.leading_comments().trim();
            if comment.is_empty() {
                continue;
            }
            let name = match location.path[..] {
                [MESSAGES, message, ref rest @ ..] => file
                    .message_type
                    .get(message as usize)
                    .and_then(|it| within(it, file.package(), rest)),
                [SERVICES, service, METHODS, method] => {
                    file.service.get(service as usize).and_then(|service| {
                        let method = service.method.get(method as usize)?;
                        Some(format!("{}.{}.{}", file.package(), service.name(), method.name()))
                    })
                }
                _ => None,
            };
            let words: Vec<&str> = comment.split_whitespace().collect();
            comments.extend(name.map(|name| (name, words.join(" "))));
        }
    }
    comments
}

fn within(message: &DescriptorProto, prefix: &str, rest: &[i32]) -> Option<String> {
    let name = format!("{prefix}.{}", message.name());
    match *rest {
        [] => Some(name),
        [FIELDS, field] => {
            message.field.get(field as usize).map(|field| format!("{name}.{}", field.name()))
        }
        [NESTED, inner, ref rest @ ..] => {
            message.nested_type.get(inner as usize).and_then(|inner| within(inner, &name, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(name)) = object.get("$ref") {
                    found.insert(name.rsplit('/').next().unwrap().to_owned());
                }
                object.values().for_each(|it| references(it, found));
            }
            Value::Array(list) => list.iter().for_each(|it| references(it, found)),
            _ => {}
        }
    }

    #[test]
    fn every_call_is_in_it_once_and_every_message_that_it_names() {
        let document = written();
        let mut operations = Vec::new();
        for path in document["paths"].as_object().unwrap().values() {
            for operation in path.as_object().unwrap().values() {
                assert!(operation["description"].is_string(), "{operation}");
                operations.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
        let all = Call::all().filter(|call| !call.asks_often());
        let mut expected: Vec<_> =
            all.map(|call| format!("{}_{}", call.service(), call.method())).collect();
        operations.sort();
        expected.sort();
        assert_eq!(operations, expected);
        let mut named = BTreeSet::new();
        references(&document, &mut named);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        assert!(named.iter().all(|name| schemas.contains_key(name)), "{named:?}");
        assert!(schemas.values().all(Value::is_object));
        let cancel = &document["paths"]["/v1/runs/{run_id}:cancel"]["post"];
        assert_eq!(cancel["parameters"][0]["in"], "path");
        let run = &schemas["Run"]["properties"];
        assert!(run["runId"]["description"].as_str().unwrap().starts_with("Its id"), "{run}");
    }
}
