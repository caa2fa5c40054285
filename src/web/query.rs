//! The query of a URL as the fields of a request: read, or refused by name, all faults at once.

use http::StatusCode;
use tonic::Code;

use super::refusal::HttpRefusal;
use crate::excerpt::excerpt;
use crate::json::{Refusal, RefusedField};
use crate::spelling::nearest;

/// The most faults of one query that are told.
const FAULTS_MAX: usize = 100;

/// Gives every parameter to `set`; answers what that refuses.
pub(super) fn read(
    query: &str,
    mut set: impl FnMut(&str, &str) -> Result<(), String>,
) -> Vec<RefusedField> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let faults = pairs.filter_map(|(name, value)| {
        let description = set(&name, &value).err()?;
        Some(RefusedField { field: excerpt(&name).into_owned(), description })
    });
    // Who reads a hundred has enough to do.
    faults.take(FAULTS_MAX).collect()
}

/// Names the nearest that there is.
pub(super) fn unknown(name: &str, of_what: &str, parameters: &[&str]) -> String {
    match nearest(name, parameters) {
        Some(known) => format!("is no parameter of {of_what}; did you mean {known}?"),
        None => {
            format!("is no parameter of {of_what}; there are {}", parameters.join(", "))
        }
    }
}

/// All faults at once: those of the form and those of what it says.
pub(super) fn join_faults<T>(
    answer: Result<T, HttpRefusal>,
    faults: Vec<RefusedField>,
) -> Result<T, HttpRefusal> {
    if faults.is_empty() {
        return answer;
    }
    let of_form = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.description));
    let mut lines: Vec<String> = of_form.collect();
    let (mut fields, mut more) = (faults, 0);
    if let Err(HttpRefusal { refusal, .. }) = answer {
        lines.push(refusal.message);
        fields.extend(refusal.fields);
        more = refusal.more;
    }
    let plain = Refusal::plain(Code::InvalidArgument, "INVALID_SPEC", lines.join("; "));
    Err(HttpRefusal { status: StatusCode::BAD_REQUEST, refusal: Refusal { fields, more, ..plain } })
}
