//! How callers are told that they may not: by who they are, or by whose it is.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};

use super::status::{DOMAIN, RETRY_DELAY, invalid_field, not_found, refuse, stored, with_reason};
use crate::access::{JwtError, TokenError};
use crate::run::{OverQuota, Role};

/// Nobody is let in by what was shown, or a token cannot be made.
pub(crate) fn not_admitted(error: &TokenError) -> Status {
    let reason = match error {
        TokenError::Missing => "TOKEN_MISSING",
        // Who it is, is known.
        TokenError::Signed(JwtError::Role(_)) => {
            return with_reason(Code::PermissionDenied, error.to_string(), "ROLE_MISSING");
        }
        TokenError::Expired | TokenError::Signed(JwtError::Expired) => "TOKEN_EXPIRED",
        TokenError::Malformed(_)
        | TokenError::Unknown
        | TokenError::UnknownCertificate(_)
        | TokenError::Signed(_) => "TOKEN_INVALID",
        TokenError::Revoked => "TOKEN_REVOKED",
        TokenError::TooMany => {
            return with_reason(Code::ResourceExhausted, error.to_string(), "TOO_MANY_TOKENS");
        }
        TokenError::KnownCertificate(_) => {
            return with_reason(Code::FailedPrecondition, error.to_string(), "CERTIFICATE_KNOWN");
        }
        TokenError::NotRandom(_) => {
            return with_reason(Code::Unavailable, error.to_string(), "NOTHING_RANDOM");
        }
        TokenError::Store(error) => return stored(error),
    };
    with_reason(Code::Unauthenticated, error.to_string(), reason)
}

/// Too many logins failed from that address.
pub(crate) fn too_many_logins(wait: Duration) -> Status {
    let seconds = wait.as_secs_f64().ceil();
    let message = format!("too many wrong logins from your address; try again in {seconds} s");
    refuse(Code::ResourceExhausted, message, "TOO_MANY_LOGINS", |details| {
        details.set_retry_info(Some(wait));
    })
}

/// The token of an open stream holds no more.
pub(crate) fn token_ended() -> Status {
    let message = "the token that this was opened with holds no more";
    with_reason(Code::Unauthenticated, message, "TOKEN_ENDED")
}

/// The caller may do less than that.
pub(crate) fn role_too_low(needs: Role, has: Role) -> Status {
    let message = format!("this needs a token of role {needs}, and yours is of role {has}");
    refuse(Code::PermissionDenied, message, "ROLE_TOO_LOW", |details| {
        let metadata = [("needs", needs), ("has", has)];
        let metadata = metadata.map(|(name, role)| (name.to_owned(), role.to_string()));
        details.set_error_info("ROLE_TOO_LOW", DOMAIN, HashMap::from(metadata));
    })
}

/// Tokens mean nothing where nobody is asked for one.
pub(crate) fn access_off() -> Status {
    let message = "this server asks nobody who calls; start it with --access on to have tokens";
    with_reason(Code::FailedPrecondition, message, "ACCESS_OFF")
}

pub(super) fn token_not_found(id: &str) -> Status {
    not_found("token", id, "TOKEN_NOT_FOUND", format!("there is no token {id}"))
}

/// The owner may not have one more run like that.
pub(super) fn over_quota(over: &OverQuota, message: String) -> Status {
    let (subject, reason, retry) = match over {
        OverQuota::Priority { .. } => return invalid_field("priority", message),
        OverQuota::LiveRuns { .. } => ("live runs", "OWNER_LIVE_RUNS", RETRY_DELAY),
        OverQuota::TrialsPerDay { remaining_ms, .. } => {
            let remaining = Duration::from_millis(remaining_ms.unsigned_abs());
            ("trials per day", "OWNER_TRIALS_PER_DAY", remaining)
        }
    };
    refuse(Code::ResourceExhausted, message.clone(), reason, |details| {
        details.add_quota_failure_violation(subject, message);
        details.set_retry_info(Some(retry));
    })
}

/// The run is somebody else's.
pub(super) fn not_owner(message: String, owner: String) -> Status {
    let owner = HashMap::from([("owner".to_owned(), owner)]);
    refuse(Code::PermissionDenied, message, "NOT_OWNER", |details| {
        details.set_error_info("NOT_OWNER", DOMAIN, owner);
    })
}
