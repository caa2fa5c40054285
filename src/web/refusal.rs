//! A refusal over plain HTTP: the JSON of every refusal, under the status that fits.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tonic::{Code, Status};

use crate::json::Refusal;

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
            "UPLOAD_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => http_status(status.code()),
        };
        Self { status: http, refusal }
    }
}

impl IntoResponse for HttpRefusal {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (self.status, json, self.refusal.json() + "\n").into_response()
    }
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
