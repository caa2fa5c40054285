//! Every refusal as a gRPC status with details a program can read: one exhaustive map a layer.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::access_status::{not_owner, over_quota};
use super::brevity::{Fault, as_many_as_fit, brief, faults_of};
use crate::data::{ImportError, LibraryError};
use crate::excerpt::excerpt;
use crate::run::{State, Violations};
use crate::runner::{MissingData, RunnerError};
use crate::storage::StoreError;

/// Names this service in error details.
pub(super) const DOMAIN: &str = "tradeforge";
/// When to look again at a run that has not ended.
const POLL_DELAY: Duration = Duration::from_secs(1);
/// When to try again a server that restarts or is full.
pub(super) const RETRY_DELAY: Duration = Duration::from_secs(2);

pub(super) fn with_reason(code: Code, message: impl Into<String>, reason: &str) -> Status {
    refuse(code, message, reason, |_| ())
}

pub(super) fn refuse(
    code: Code,
    message: impl Into<String>,
    reason: &str,
    add: impl FnOnce(&mut ErrorDetails),
) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    add(&mut details);
    // Percent-encoded, as a question mark must be, some clients show it as %3F: `decodeURI` does
    // not touch what has a meaning in URIs. The details have every text as it is.
    let message = message.into().replace('?', "");
    Status::with_error_details(code, message, details)
}

/// Says to programs how many faults there are beside those that fit.
fn count_more(details: &mut ErrorDetails, reason: &str, more: usize) {
    if more > 0 {
        let metadata = HashMap::from([("more".to_owned(), more.to_string())]);
        details.set_error_info(reason, DOMAIN, metadata);
    }
}

/// All bad fields at once, as far as a client can read them.
pub(super) fn invalid(violations: &Violations) -> Status {
    as_many_as_fit(&faults_of(violations), violations.more(), |faults, message, more| {
        refuse(Code::InvalidArgument, message, "INVALID_SPEC", |details| {
            count_more(details, "INVALID_SPEC", more);
            for fault in faults {
                details.add_bad_request_violation(&fault.place, &fault.description);
            }
        })
    })
}

/// One bad field.
pub(super) fn invalid_field(field: &str, message: impl Into<String>) -> Status {
    let mut violations = Violations::default();
    violations.add(field, message);
    invalid(&violations)
}

pub(super) fn not_found(kind: &str, name: &str, reason: &str, message: String) -> Status {
    refuse(Code::NotFound, message.clone(), reason, |details| {
        details.set_resource_info(kind, name, "", message);
    })
}

fn data_missing(missing: &[MissingData]) -> Status {
    let fault = |MissingData { subject, message }: &MissingData| Fault {
        place: subject.clone(),
        description: message.clone(),
        sentence: message.clone(),
    };
    let faults: Vec<Fault> = missing.iter().map(fault).collect();
    as_many_as_fit(&faults, 0, |faults, message, more| {
        refuse(Code::FailedPrecondition, message, "DATA_MISSING", |details| {
            count_more(details, "DATA_MISSING", more);
            for Fault { place, description, .. } in faults {
                details.add_precondition_failure_violation("MISSING", place, description);
            }
        })
    })
}

/// A full disk passes; a bug or a broken database does not.
pub(super) fn stored(error: &StoreError) -> Status {
    match error {
        StoreError::NoRoom(_) => no_room(error),
        StoreError::TooSlow => too_slow(error),
        StoreError::Busy => busy(error),
        StoreError::Damaged(_)
        | StoreError::Inconsistent { .. }
        | StoreError::Overlap { .. }
        | StoreError::Database(_)
        | StoreError::Read(_)
        | StoreError::NotCommitted(_)
        | StoreError::Closed => internal(error),
    }
}

fn of_disk(error: std::io::Error) -> Status {
    match error.kind() {
        // The last is what a limit on the size of files looks like.
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            no_room(&error)
        }
        _ => internal(&StoreError::Database(error.into())),
    }
}

/// The disk is full. What is stored can be read, and what waits goes on when there is room.
fn no_room(error: &impl std::error::Error) -> Status {
    tracing::error!(%error, "the disk is full");
    let message = "the disk of the server is full; nothing was changed";
    refuse(Code::ResourceExhausted, message, "STORAGE_FULL", |details| {
        details.add_quota_failure_violation("storage", message);
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// A read that would have kept others waiting.
fn too_slow(error: &StoreError) -> Status {
    let message = format!("{error}; a simpler filter or order may do, or an export");
    refuse(Code::ResourceExhausted, message.clone(), "READ_TOO_SLOW", |details| {
        details.add_quota_failure_violation("time of one read", message);
    })
}

/// Reads of others took all connections.
fn busy(error: &StoreError) -> Status {
    refuse(Code::ResourceExhausted, error.to_string(), "READS_BUSY", |details| {
        details.add_quota_failure_violation("reads at once", error.to_string());
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// A bug or a broken database: the log has the story, the client a name to ask for.
fn internal(error: &StoreError) -> Status {
    let error_id = uuid::Uuid::now_v7().to_string();
    tracing::error!(error_id, %error, "internal error");
    let code = match error {
        StoreError::Damaged(_) | StoreError::Inconsistent { .. } => Code::DataLoss,
        StoreError::Database(_)
        | StoreError::Read(_)
        | StoreError::Overlap { .. }
        | StoreError::NoRoom(_)
        | StoreError::TooSlow
        | StoreError::Busy
        | StoreError::NotCommitted(_)
        | StoreError::Closed => Code::Internal,
    };
    let mut details = ErrorDetails::new();
    let metadata = HashMap::from([("error_id".to_owned(), error_id.clone())]);
    details.set_error_info("INTERNAL", DOMAIN, metadata);
    Status::with_error_details(code, format!("internal error {error_id}"), details)
}

fn request_id_reused(message: String) -> Status {
    refuse(Code::InvalidArgument, message.clone(), "REQUEST_ID_REUSED", |details| {
        details.add_bad_request_violation("request_id", message);
    })
}

/// Who waits for a run that goes on may ask again; one that has ended comes to nothing more.
fn not_finished(state: State, message: String) -> Status {
    refuse(Code::FailedPrecondition, message, "RUN_NOT_FINISHED", |details| {
        details.set_retry_info(Some(POLL_DELAY).filter(|_| !state.is_final()));
    })
}

impl From<RunnerError> for Status {
    fn from(error: RunnerError) -> Self {
        let message = brief(&error);
        let not_now = |reason| with_reason(Code::FailedPrecondition, message.as_str(), reason);
        match error {
            RunnerError::Invalid(violations) => invalid(&violations),
            RunnerError::DataMissing(missing) => data_missing(&missing),
            RunnerError::RunNotFound(id) => {
                not_found("run", &id.to_string(), "RUN_NOT_FOUND", message)
            }
            RunnerError::StrategyNotFound { name, .. } => {
                not_found("strategy", &name, "STRATEGY_NOT_FOUND", message)
            }
            RunnerError::ImportConflict { .. } => {
                with_reason(Code::AlreadyExists, message, "BUNDLE_CONFLICT")
            }
            RunnerError::TooManyStrategies { .. } => too_many_strategies(message),
            RunnerError::TrialNotFound { trial_index, .. } => {
                not_found("trial", &trial_index.to_string(), "TRIAL_NOT_FOUND", message)
            }
            RunnerError::TrialNotNamed(_) => invalid_field("trial_index", message),
            RunnerError::TrialFailed { .. } => not_now("TRIAL_FAILED"),
            RunnerError::WithoutCurve(_) => not_now("IS_A_VALIDATION"),
            RunnerError::WithoutText { .. } => not_now("STRATEGY_WITHOUT_TEXT"),
            RunnerError::OnlyWindows(_) => not_now("IS_A_WALK_FORWARD"),
            RunnerError::OnlyVariants(_) => not_now("IS_A_ROBUSTNESS_RUN"),
            RunnerError::WithoutVariants(_) => not_now("NOT_A_ROBUSTNESS_RUN"),
            RunnerError::NotAWalkForward(_) => not_now("NOT_A_WALK_FORWARD"),
            RunnerError::WindowNotDone { .. } => not_now("WINDOW_NOT_DONE"),
            RunnerError::WithoutWindowTrials(_) => not_now("NO_WINDOW_TRIALS"),
            RunnerError::NoDistributions { .. } => not_now("NO_DISTRIBUTIONS"),
            RunnerError::NotASearch(_) => not_now("NOT_AN_OPTIMIZATION"),
            RunnerError::NotFinished { state, .. } | RunnerError::Live { state, .. } => {
                not_finished(state, message)
            }
            RunnerError::Over { .. } => not_now("RUN_ALREADY_FINISHED"),
            RunnerError::Ending(_) => not_now("RUN_IS_ENDING"),
            RunnerError::SetChanged { .. } => with_reason(Code::Aborted, message, "SET_CHANGED"),
            RunnerError::Changed(_) => with_reason(Code::Aborted, message, "RUN_CHANGED"),
            RunnerError::NotOwner { owner, .. } => not_owner(message, owner),
            RunnerError::EngineChanged { .. } => not_now("ENGINE_CHANGED"),
            RunnerError::ContinueDiffers { fields, .. } => {
                refuse(Code::InvalidArgument, message, "CONTINUE_DIFFERS", |details| {
                    for field in fields {
                        details.add_bad_request_violation(field, "differs");
                    }
                })
            }
            RunnerError::RequestIdReused => request_id_reused(message),
            RunnerError::QueueFull { limit } => {
                refuse(Code::ResourceExhausted, message, "QUEUE_FULL", |details| {
                    let description = format!("at most {limit} runs may wait or run");
                    details.add_quota_failure_violation("live runs", description);
                    details.set_retry_info(Some(RETRY_DELAY));
                })
            }
            RunnerError::OverQuota(over) => over_quota(&over, message),
            RunnerError::WatchTooSlow { .. } => {
                refuse(Code::ResourceExhausted, message.clone(), "WATCH_TOO_SLOW", |details| {
                    details.add_quota_failure_violation("new runs to tell of", message);
                    details.set_retry_info(Some(RETRY_DELAY));
                })
            }
            RunnerError::ShuttingDown => shutting_down(),
            RunnerError::Scratch(error) => of_disk(error),
            RunnerError::Store(error) => stored(&error),
        }
    }
}

fn too_many_strategies(message: String) -> Status {
    refuse(Code::ResourceExhausted, message.clone(), "TOO_MANY_STRATEGIES", |details| {
        details.add_quota_failure_violation("saved strategies", message);
    })
}

/// The server ends.
pub(crate) fn shutting_down() -> Status {
    refuse(Code::Unavailable, RunnerError::ShuttingDown.to_string(), "SHUTTING_DOWN", |details| {
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// The server has not taken up yet what a former process left.
pub(crate) fn starting() -> Status {
    let message = "the server is starting; come again in a moment";
    refuse(Code::Unavailable, message, "STARTING", |details| {
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// One peer sends faster than it may.
pub(super) fn too_many_requests(per_second: u32, wait: Duration) -> Status {
    let message = format!("this server takes {per_second} requests a second from one address");
    refuse(Code::ResourceExhausted, message.clone(), "TOO_MANY_REQUESTS", |details| {
        details.add_quota_failure_violation("requests per second", message);
        details.set_retry_info(Some(wait));
    })
}

/// A message larger than this server takes. It never will: there is no use in trying again.
pub(super) fn message_too_large(limit: usize) -> Status {
    let message = format!("a message may have {limit} bytes; send bars by UploadBars, in pieces");
    refuse(Code::ResourceExhausted, message.clone(), "MESSAGE_TOO_LARGE", |details| {
        details.add_quota_failure_violation("message bytes", message);
    })
}

/// Bytes that are no message of the contract: whoever sent them has another contract, or a bug.
pub(super) fn malformed_message(cause: &str) -> Status {
    let message = format!("the request is no message of this call: {}", excerpt(cause));
    with_reason(Code::InvalidArgument, message, "MALFORMED_MESSAGE")
}

/// Too many streams are open.
pub(super) fn too_many_streams(reason: &str, subject: &str, message: String) -> Status {
    refuse(Code::ResourceExhausted, message.clone(), reason, |details| {
        details.add_quota_failure_violation(subject, message);
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// So many bytes of answers lie ready that nobody takes.
pub(super) fn answers_unread(whose: &str, bytes: usize) -> Status {
    let message = format!("{} MiB of answers of {whose} lie unread", bytes >> 20);
    refuse(Code::ResourceExhausted, message.clone(), "ANSWERS_UNREAD", |details| {
        details.add_quota_failure_violation("unread answers", message);
        details.set_retry_info(Some(RETRY_DELAY));
    })
}

/// Something lay ready for so long, and the client did not take it.
pub(super) fn stalled(waited: Duration) -> Status {
    let seconds = waited.as_secs();
    let message = format!("nothing was read for {seconds} s although there was something to read");
    with_reason(Code::Unavailable, message, "STREAM_STALLED")
}

/// A file that cannot be taken, with the column that is at fault.
fn invalid_table(error: &ImportError, message: String, reason: &str) -> Status {
    let field = excerpt(error.column.as_deref().unwrap_or("content")).into_owned();
    refuse(Code::InvalidArgument, message.clone(), reason, |details| {
        details.add_bad_request_violation(field, message);
    })
}

impl From<LibraryError> for Status {
    fn from(error: LibraryError) -> Self {
        let message = brief(&error);
        match error {
            LibraryError::Invalid(violations) => invalid(&violations),
            LibraryError::Import(error) => invalid_table(&error, message, "INVALID_BARS"),
            LibraryError::Aux(error) => invalid_table(&error, message, "INVALID_AUX"),
            LibraryError::Synthetic(_) => invalid_field("synthetic", message),
            LibraryError::DataMissing { subject, .. } => {
                data_missing(&[MissingData { subject, message }])
            }
            LibraryError::UnknownVersion(data) => {
                not_found("series", &data.to_string(), "SERIES_NOT_FOUND", message)
            }
            LibraryError::InUse { run_id, .. } => {
                refuse(Code::FailedPrecondition, message.clone(), "SERIES_IN_USE", |details| {
                    let run = run_id.to_string();
                    details.add_precondition_failure_violation("IN_USE", run, message);
                    details.set_retry_info(Some(POLL_DELAY));
                })
            }
            LibraryError::Timeframe(_) => invalid_field("timeframe", message),
            LibraryError::TooManyBars { .. } => invalid_field("max_bars", message),
            LibraryError::TooLarge { .. } => {
                refuse(Code::ResourceExhausted, message.clone(), "UPLOAD_TOO_LARGE", |details| {
                    details.add_quota_failure_violation("upload", message);
                })
            }
            LibraryError::Unreadable(_) | LibraryError::UnreadableAux(_) => {
                with_reason(Code::FailedPrecondition, message, "DATA_UNREADABLE")
            }
            LibraryError::Io(error) => of_disk(error),
            LibraryError::Store(error) => stored(&error),
        }
    }
}
