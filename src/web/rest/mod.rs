//! The contract as JSON over plain HTTP, for curl and whoever has no gRPC: a verb and a path are a
//! call, which is made of the very services that gRPC reaches, with its tokens, limits, measures
//! and errors. What streams comes as one object a line.

mod frames;
mod openapi;
mod rules;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use tonic::{Code, Status};
use tower::ServiceExt as _;

use self::rules::Found;
use super::callers::refused;
use super::query;
use super::refusal::HttpRefusal;
use crate::excerpt::excerpt;
use crate::json::{Call, Fault, Refusal, RefusedField, read_strictly};

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
/// What a call says of itself to the services.
const HANDED_ON: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::USER_AGENT,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// What every route needs.
#[derive(Clone)]
struct Rest {
    /// The services, as gRPC reaches them.
    services: Router,
    /// The most bytes of a request.
    bytes_max: usize,
}

/// The routes of it.
pub(super) fn routes(services: Router, bytes_max: usize) -> Router {
    Router::new()
        .route("/v1/{*rest}", any(call).with_state(Rest { services, bytes_max }))
        .route("/openapi.json", get(async || openapi::document()))
}

async fn call(State(rest): State<Rest>, request: Request) -> Response {
    match made(rest, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn made(rest: Rest, request: Request) -> Result<Response, HttpRefusal> {
    let (head, body) = request.into_parts();
    let path = decoded(head.uri.path());
    let (call, mut fields) = match rules::find(&head.method, &path) {
        Ok(Found::Call(call, fields)) => (call, fields),
        Ok(Found::OtherVerbs(verbs)) => return Ok(other_verbs(&path, &verbs)),
        Ok(Found::Nothing) => return Err(nowhere(&path)),
        Err((field, why)) => return Err(invalid(vec![RefusedField { field, description: why }])),
    };
    let mut faults = query::read(head.uri.query().unwrap_or_default(), |name, text| {
        call.set(&mut fields, name, text)
    });
    let body = to_bytes(body, rest.bytes_max).await.map_err(|_| too_large(rest.bytes_max))?;
    if !body.is_empty() {
        is_json(&head.headers)?;
        faults.extend(join(&mut fields, &body));
    }
    if !faults.is_empty() {
        return Err(invalid(faults));
    }
    let message = call.request(fields).map_err(misfit)?;
    let mut inner = Request::new(Body::from(frames::framed(&message)));
    *inner.method_mut() = Method::POST;
    *inner.uri_mut() = call.path().parse().map_err(|_| nowhere(&path))?;
    *inner.version_mut() = http::Version::HTTP_2;
    *inner.extensions_mut() = head.extensions;
    let grpc = HeaderValue::from_static("application/grpc");
    inner.headers_mut().insert(header::CONTENT_TYPE, grpc);
    inner.headers_mut().insert(header::TE, HeaderValue::from_static("trailers"));
    for name in HANDED_ON {
        if let Some(value) = head.headers.get(&name) {
            inner.headers_mut().insert(name, value.clone());
        }
    }
    let Ok(answer) = rest.services.oneshot(inner).await;
    if let Some(status) = Status::from_header_map(answer.headers())
        && status.code() != Code::Ok
    {
        return Ok(refused(status));
    }
    told(&call, answer).await
}

async fn told(call: &Call, answer: Response) -> Result<Response, HttpRefusal> {
    if call.answers_often() {
        let lines = frames::lines(call.clone(), answer.into_body());
        let body = Body::from_stream(lines);
        return Ok((StatusCode::OK, [(header::CONTENT_TYPE, LINES)], body).into_response());
    }
    match frames::only(answer.into_body()).await {
        Ok(message) => {
            let value = call.answer(&message).ok_or_else(broken)?;
            let body = format!("{value}\n");
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response())
        }
        Err(status) => Ok(refused(status)),
    }
}

/// Puts what the body says beside what path and query say; what is said twice is a fault.
fn join(fields: &mut Map<String, Value>, body: &Bytes) -> Vec<RefusedField> {
    let fault = |field: &str, description: String| RefusedField {
        field: excerpt(field).into_owned(),
        description,
    };
    match read_strictly(body) {
        Ok(Value::Object(object)) => {
            let mut faults = Vec::new();
            for (name, value) in object {
                if fields.contains_key(&name) {
                    faults.push(fault(&name, "stands in the path or the query already".to_owned()));
                }
                fields.insert(name, value);
            }
            faults
        }
        Ok(_) => vec![fault("body", "must be one JSON object".to_owned())],
        Err(cause) => vec![fault("body", format!("is no JSON: {cause}"))],
    }
}

/// Forms of other pages cannot send that.
fn is_json(headers: &HeaderMap) -> Result<(), HttpRefusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!("a body is application/json here, and not {:?}", excerpt(kind));
    let refusal = Refusal::plain(Code::InvalidArgument, "NOT_JSON", message);
    Err(HttpRefusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal })
}

/// `%3A` and the like as what they stand for.
fn decoded(path: &str) -> String {
    // A plus is a plus in a path, and the reader of forms takes it for a space.
    let pair = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    let value = form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
    value.unwrap_or_default()
}

fn other_verbs(path: &str, verbs: &[Method]) -> Response {
    let verbs: Vec<&str> = verbs.iter().map(Method::as_str).collect();
    let verbs = verbs.join(", ");
    let message = format!("{} takes {verbs}", excerpt(path));
    let refusal = Refusal::plain(Code::Unimplemented, "WRONG_METHOD", message);
    let refusal = HttpRefusal { status: StatusCode::METHOD_NOT_ALLOWED, refusal };
    let mut response = refusal.into_response();
    if let Ok(verbs) = HeaderValue::from_str(&verbs) {
        response.headers_mut().insert(header::ALLOW, verbs);
    }
    response
}

fn nowhere(path: &str) -> HttpRefusal {
    let message = format!("no call is at {}; /openapi.json lists them", excerpt(path));
    let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_ROUTE", message);
    HttpRefusal { status: StatusCode::NOT_FOUND, refusal }
}

fn too_large(bytes_max: usize) -> HttpRefusal {
    let message = format!("a request may have {bytes_max} bytes; send bars by PUT /import");
    let refusal = Refusal::plain(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message);
    HttpRefusal { status: StatusCode::PAYLOAD_TOO_LARGE, refusal }
}

fn invalid(fields: Vec<RefusedField>) -> HttpRefusal {
    faulty("INVALID_SPEC", fields)
}

/// A JSON that is none of the message.
fn misfit(faults: Vec<Fault>) -> HttpRefusal {
    let field = |(path, description): Fault| {
        let field = if path.is_empty() { "body".to_owned() } else { path };
        RefusedField { field, description }
    };
    faulty("INVALID_JSON", faults.into_iter().map(field).collect())
}

fn faulty(reason: &str, fields: Vec<RefusedField>) -> HttpRefusal {
    let lines: Vec<_> =
        fields.iter().map(|it| format!("{}: {}", it.field, it.description)).collect();
    let refusal = Refusal::plain(Code::InvalidArgument, reason, lines.join("; "));
    HttpRefusal { status: StatusCode::BAD_REQUEST, refusal: Refusal { fields, ..refusal } }
}

fn broken() -> HttpRefusal {
    let refusal = Refusal::plain(Code::Internal, "INTERNAL", "the answer is none".to_owned());
    HttpRefusal { status: StatusCode::INTERNAL_SERVER_ERROR, refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_was_meant() {
        assert_eq!(decoded("/v1/strategies/a%20b+c%26d"), "/v1/strategies/a b+c&d");
        assert_eq!(decoded("/v1/runs/r:cancel"), "/v1/runs/r:cancel");
    }

    #[test]
    fn what_is_said_twice_is_refused() {
        let mut fields = Map::from_iter([("runId".to_owned(), Value::from("a"))]);
        let faults = join(&mut fields, &Bytes::from_static(b"{\"runId\":\"b\",\"reason\":\"c\"}"));
        assert_eq!(faults.len(), 1);
        assert!(
            join(&mut Map::new(), &Bytes::from_static(b"[1]"))[0].description.contains("one JSON")
        );
        assert!(
            join(&mut Map::new(), &Bytes::from_static(b"{"))[0].description.contains("no JSON")
        );
    }
}
