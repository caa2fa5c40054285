//! A refusal over plain HTTP: the JSON of every refusal, under the status that fits.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tonic::{Code, Status};

use crate::excerpt::cut;
use crate::json::Refusal;

/// The most bytes of a refusal: what gRPC may say in its headers.
const SENT_BYTES_MAX: usize = 6_000;
/// The most characters of its message where it says more than fits.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// What is answered instead of what was asked.
#[derive(Debug)]
pub(super) struct HttpRefusal {
    pub status: StatusCode,
    pub refusal: Refusal,
}

impl From<Status> for HttpRefusal {
    fn from(status: Status) -> Self {
        let refusal = Refusal::of(&status);
        let http = match refusal.reason.as_str() {
            "UPLOAD_TOO_LARGE" | "BUNDLE_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => http_status(status.code()),
        };
        Self { status: http, refusal }
    }
}

impl IntoResponse for HttpRefusal {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (self.status, json, fitting(self.refusal) + "\n").into_response()
    }
}

/// The refusal as JSON with as many of its fields as fit, and its message cut where it is long.
fn fitting(mut refusal: Refusal) -> String {
    let mut json = refusal.json();
    if json.len() <= SENT_BYTES_MAX {
        return json;
    }
    let message = std::mem::take(&mut refusal.message);
    let (total, before) = (refusal.fields.len(), refusal.more);
    let mut chars_max = MESSAGE_CHARS_MAX;
    while json.len() > SENT_BYTES_MAX {
        if refusal.fields.len() > 1 {
            refusal.fields.pop();
        } else {
            chars_max /= 2;
        }
        let more = before + total - refusal.fields.len();
        refusal.more = more;
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        refusal.message = format!("{}{more}", cut(&message, chars_max));
        for field in &mut refusal.fields {
            field.field = cut(&field.field, chars_max).into_owned();
            field.description = cut(&field.description, chars_max).into_owned();
        }
        json = refusal.json();
    }
    json
}

/// The status whose meaning is nearest.
const fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Cancelled => StatusCode::REQUEST_TIMEOUT,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::RefusedField;

    #[test]
    fn a_refusal_of_many_fields_tells_the_first_and_counts_the_others() {
        let field = |index| RefusedField {
            field: format!("columns.{index}"),
            description: "is no parameter of an import \u{1}".repeat(3),
        };
        let plain = Refusal::plain(Code::InvalidArgument, "INVALID_SPEC", "x".repeat(20_000));
        let refusal = Refusal { fields: (0..400).map(field).collect(), ..plain };
        let text = fitting(refusal);
        assert!(text.len() <= SENT_BYTES_MAX, "{}", text.len());
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let told = json["error"]["fields"].as_array().unwrap().len();
        assert!(told > 5, "{told}");
        let message = json["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("…; and {} more", 400 - told)), "{message}");
    }
}
