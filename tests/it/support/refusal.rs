//! What a refusal says beside its words.

use tonic::{Code, Status};
use tonic_types::{FieldViolation, StatusExt as _};

pub(crate) trait Refusal {
    /// The stable reason of its `ErrorInfo`.
    fn reason(&self) -> String;
    /// The fields of its `BadRequest`, in order.
    fn fields(&self) -> Vec<String>;
    /// What its `BadRequest` says of one field.
    fn about(&self, field: &str) -> String;
    /// What its `PreconditionFailure` misses.
    fn missing(&self) -> Vec<String>;
    /// The name in its `ResourceInfo`.
    fn resource(&self) -> String;
    /// Whether it says when to try again.
    fn has_retry_info(&self) -> bool;
    /// Fails the test unless code, reason and the bad fields are these.
    fn assert_invalid(&self, fields: &[&str]);
}

impl Refusal for Status {
    fn reason(&self) -> String {
        self.get_details_error_info().map(|info| info.reason).unwrap_or_default()
    }

    fn fields(&self) -> Vec<String> {
        let mut fields: Vec<_> = violations(self).into_iter().map(|found| found.field).collect();
        fields.sort_unstable();
        fields
    }

    fn about(&self, field: &str) -> String {
        let found = violations(self).into_iter().find(|found| found.field == field);
        found.map(|violation| violation.description).unwrap_or_default()
    }

    fn missing(&self) -> Vec<String> {
        let failure = self.get_details_precondition_failure();
        let violations = failure.map(|failure| failure.violations).unwrap_or_default();
        let missing = violations.into_iter().filter(|violation| violation.r#type == "MISSING");
        missing.map(|violation| violation.subject).collect()
    }

    fn resource(&self) -> String {
        self.get_details_resource_info().map(|info| info.resource_name).unwrap_or_default()
    }

    fn has_retry_info(&self) -> bool {
        self.get_details_retry_info().is_some_and(|info| info.retry_delay.is_some())
    }

    #[track_caller]
    fn assert_invalid(&self, fields: &[&str]) {
        assert_eq!(self.code(), Code::InvalidArgument, "{self:?}");
        assert_eq!(self.reason(), "INVALID_SPEC");
        assert_eq!(self.fields(), fields, "{}", self.message());
    }
}

fn violations(status: &Status) -> Vec<FieldViolation> {
    let request = status.get_details_bad_request();
    request.map(|request| request.field_violations).unwrap_or_default()
}
