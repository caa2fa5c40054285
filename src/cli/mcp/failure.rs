//! Why a tool could not do what it was asked, as an agent reads it.

use tonic::Status;

use crate::json::Refusal;

/// Why a tool could not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// Its arguments do not fit.
    Arguments(String),
    /// The session has spent what it may, or does too much at once.
    Limit(String),
    /// The server refused.
    Refused(Box<Status>),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

impl Failure {
    /// The reason, and the fields at fault, one a line.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Arguments(text) => format!("INVALID_ARGUMENTS: {text}"),
            Self::Limit(text) => format!("SESSION_LIMIT: {text}"),
            Self::Refused(status) => {
                let refusal = Refusal::of(status);
                let reason = if refusal.reason.is_empty() { refusal.code } else { &refusal.reason };
                let mut lines = vec![format!("{reason}: {}", refusal.message)];
                let fields = refusal.fields.iter();
                lines.extend(fields.map(|it| format!("{}: {}", it.field, it.description)));
                if refusal.more > 0 {
                    lines.push(format!("and {} more faults", refusal.more));
                }
                lines.join("\n")
            }
        }
    }
}
