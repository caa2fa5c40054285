//! A refused call as JSON: code, stable reason, words, and the fields at fault.

use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// What a program can read of a refusal.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    /// Name of the gRPC code, as in `INVALID_ARGUMENT`.
    pub code: &'static str,
    /// The stable reason; empty if none is given.
    pub reason: String,
    /// What happened, as a sentence.
    pub message: String,
    /// What is at fault, as far as a refusal can tell it; empty if that is no field.
    pub fields: Vec<RefusedField>,
    /// How many faults there are beside these.
    #[serde(skip_serializing_if = "is_none")]
    pub more: usize,
}

/// One field that is at fault.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct RefusedField {
    /// Its path in the request.
    pub field: String,
    /// What would be valid.
    pub description: String,
}

impl Refusal {
    /// One that no field is to blame for.
    pub(crate) fn plain(code: Code, reason: &str, message: String) -> Self {
        Self {
            code: code_name(code),
            reason: reason.to_owned(),
            message,
            fields: Vec::new(),
            more: 0,
        }
    }

    /// What a status and its details say.
    pub(crate) fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        Self {
            code: code_name(status.code()),
            reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            fields: fields(&details),
            more: more(&details),
        }
    }

    /// `{"error":{..}}`.
    pub(crate) fn json(&self) -> String {
        serde_json::json!({ "error": self }).to_string()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

fn more(details: &ErrorDetails) -> usize {
    let more = details.error_info().and_then(|info| info.metadata.get("more"));
    more.and_then(|more| more.parse().ok()).unwrap_or(0)
}

/// The fields at fault, and the things that are missing.
fn fields(details: &ErrorDetails) -> Vec<RefusedField> {
    let bad = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let bad = bad.map(|v| (&v.field, &v.description));
    let unmet = details.precondition_failure().into_iter().flat_map(|unmet| &unmet.violations);
    let unmet = unmet.map(|v| (&v.subject, &v.description));
    bad.chain(unmet)
        .map(|(field, description)| RefusedField {
            field: field.clone(),
            description: description.clone(),
        })
        .collect()
}

/// The code as the contract of gRPC writes it.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_refusal_has_code_reason_message_and_fields() {
        let mut details = ErrorDetails::new();
        details.set_error_info("INVALID_SPEC", "tradeforge", HashMap::new());
        details.add_bad_request_violation("params.fast", "must be at least 1");
        details.add_bad_request_violation("params.slow", "must be above 0");
        let status = Status::with_error_details(Code::InvalidArgument, "two faults", details);
        let json: serde_json::Value = serde_json::from_str(&Refusal::of(&status).json()).unwrap();
        let error = &json["error"];
        assert_eq!(error["code"], "INVALID_ARGUMENT");
        assert_eq!(error["reason"], "INVALID_SPEC");
        assert_eq!(error["message"], "two faults");
        assert_eq!(error["fields"][0]["field"], "params.fast");
        assert_eq!(error["fields"][1]["description"], "must be above 0");
    }
}
