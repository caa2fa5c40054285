//! What can go wrong in a command, and how it is told: text or JSON on stderr, and an exit code.

use std::fmt;
use std::io;
use std::path::PathBuf;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::cli::text::output;
use crate::cli::wire::exit::Exit;
use crate::config::{ConfigError, Fault};
use crate::json::{Refusal, RefusedField};

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Nobody answers at the server's address.
    #[error("cannot reach server at {server}")]
    Unreachable {
        /// The address that was tried.
        server: String,
    },
    /// Who answers there cannot prove to be the server.
    #[error("{server} is not to be trusted: {cause}")]
    Untrusted {
        /// The address that was tried.
        server: String,
        /// What is wrong with its certificate.
        cause: String,
    },
    /// The server refused, or the connection broke.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
    /// A file of the user's can not be read.
    #[error("cannot read {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file of the user's does not hold what it should.
    #[error("{}: {cause}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The arguments fit the grammar but not each other or the place.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// What to write instead.
        help: String,
    },
    /// The server answered, and what was asked for is not there.
    #[error("{message}")]
    Missing {
        /// What is not there.
        message: String,
        /// Where to look for what is.
        help: String,
    },
    /// The server's answer has a hole where the contract promises a value.
    #[error("the server's answer lacks {0}")]
    Incomplete(&'static str),
    /// The run did not end within the time given.
    #[error("run {run_id} has not ended within the time given")]
    TimedOut {
        /// The run, which goes on.
        run_id: String,
    },
    /// The output could not be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// An error as it is told.
#[derive(Debug)]
struct Report {
    refusal: Refusal,
    help: Vec<String>,
}

/// Tells the error on stderr and gives the exit code.
pub(in crate::cli) fn tell(error: &CliError, is_json: bool) -> Exit {
    if matches!(error, CliError::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe) {
        // The reader, `head` perhaps, has all that it wants.
        return Exit::Ok;
    }
    let report = Report::of(error);
    if is_json {
        output::json_error(&report.refusal.json());
    } else {
        output::error(&report.text());
        for help in &report.help {
            output::help(help);
        }
    }
    exit(error)
}

/// Tells why a command that is no client's could not do what it was asked.
pub fn tell_refusal(error: &dyn fmt::Display, is_json: bool) {
    if is_json {
        let code = Code::FailedPrecondition;
        output::json_error(&Refusal::plain(code, "COMMAND_FAILED", error.to_string()).json());
    } else {
        output::error(&error.to_string());
    }
}

/// Tells which settings cannot be taken.
pub fn tell_settings(error: &ConfigError, is_json: bool) -> Exit {
    let headline = "these settings cannot be taken";
    if is_json {
        let field = |fault: &Fault| RefusedField {
            field: fault.place.clone(),
            description: fault.message.clone(),
        };
        let fields = error.faults.iter().map(field).collect();
        let plain = Refusal::plain(Code::InvalidArgument, "USAGE", headline.to_owned());
        output::json_error(&Refusal { fields, ..plain }.json());
    } else {
        output::error(&format!("{headline}\n  {error}"));
    }
    Exit::Usage
}

fn exit(error: &CliError) -> Exit {
    match error {
        CliError::Unreachable { .. } | CliError::Untrusted { .. } => Exit::Unreachable,
        CliError::Refused(status) => match status.code() {
            Code::Unavailable => Exit::Unreachable,
            Code::NotFound => Exit::NotFound,
            _ => Exit::Error,
        },
        CliError::Usage { .. } => Exit::Usage,
        CliError::Missing { .. } => Exit::NotFound,
        CliError::TimedOut { .. } => Exit::TimedOut,
        CliError::File { .. }
        | CliError::Malformed { .. }
        | CliError::Incomplete(_)
        | CliError::Output(_) => Exit::Error,
    }
}

impl Report {
    fn of(error: &CliError) -> Self {
        let (code, reason, help) = match error {
            CliError::Refused(status) => return Self::of_status(status),
            CliError::Unreachable { .. } => {
                (Code::Unavailable, "CANNOT_REACH_SERVER", "start one with: tradeforge serve")
            }
            CliError::Untrusted { .. } => (Code::Unavailable, "SERVER_NOT_TRUSTED", TRUST),
            CliError::Usage { help, .. } => (Code::InvalidArgument, "USAGE", help.as_str()),
            CliError::Missing { help, .. } => (Code::NotFound, "NOT_FOUND", help.as_str()),
            CliError::File { .. } => (Code::InvalidArgument, "FILE_UNREADABLE", ""),
            CliError::Malformed { .. } => (Code::InvalidArgument, "FILE_MALFORMED", SPEC_FORM),
            CliError::Incomplete(_) => (Code::Internal, "INCOMPLETE_ANSWER", OTHER_VERSION),
            CliError::TimedOut { .. } => {
                (Code::DeadlineExceeded, "WAIT_TIMED_OUT", "it goes on; wait again, or cancel it")
            }
            CliError::Output(_) => (Code::Internal, "CANNOT_WRITE", ""),
        };
        let help = [help].into_iter().filter(|help| !help.is_empty());
        Self {
            refusal: Refusal::plain(code, reason, error.to_string()),
            help: help.map(str::to_owned).collect(),
        }
    }

    fn of_status(status: &Status) -> Self {
        let mut refusal = Refusal::of(status);
        if refusal.message.is_empty() {
            refusal.message = format!("the server answered {}", refusal.code);
        }
        let help = help(status.code(), &refusal.reason, &status.get_error_details());
        Self { refusal, help }
    }

    /// One fault is the headline; several stand below one that repeats none of them.
    fn text(&self) -> String {
        let line = |field: &RefusedField| {
            let paths = ["header.layout.", "header.series.", "header."];
            let name = paths.iter().find_map(|path| field.field.strip_prefix(path));
            let name = name.unwrap_or(&field.field);
            // What is missing is told by its name already.
            if field.description.starts_with(&format!("{name} ")) {
                return field.description.clone();
            }
            format!("{name}: {}", field.description)
        };
        match self.refusal.fields.as_slice() {
            [] => self.refusal.message.clone(),
            // File, line and column stand in the text.
            [field] if self.refusal.reason == "INVALID_BARS" => field.description.clone(),
            [field] if self.refusal.more == 0 => line(field),
            fields => {
                let lines = fields.iter().map(|field| format!("\n  {}", line(field)));
                let more = match self.refusal.more {
                    0 => String::new(),
                    more => format!("\n  and {more} more"),
                };
                self.headline() + &lines.collect::<String>() + &more
            }
        }
    }

    /// What the fields are at fault for, short enough to stand above them.
    fn headline(&self) -> String {
        let Refusal { code, reason, fields, more, .. } = &self.refusal;
        match *code {
            "INVALID_ARGUMENT" => format!("the request has {} faults", fields.len() + more),
            _ => format!("the request was refused ({reason})"),
        }
    }
}

const TRUST: &str = "if its certificate rests on one of your own, name that: --tls-ca FILE";
const SPEC_FORM: &str = "the file is a SubmitRequest; field names stand in proto/tradeforge/v1";
const OTHER_VERSION: &str = "the server may be of another version; see: tradeforge version";

/// How to go on, by what went wrong; the server's own links come first.
fn help(code: Code, reason: &str, details: &ErrorDetails) -> Vec<String> {
    let links = details.help().into_iter().flat_map(|help| &help.links);
    let mut advice: Vec<String> =
        links.map(|link| format!("{}: {}", link.description, link.url)).collect();
    let at_fault = |part: &str| {
        details.bad_request().is_some_and(|bad| {
            bad.field_violations.iter().any(|violation| violation.field.contains(part))
        })
    };
    let known = match (code, reason) {
        (_, "RUN_NOT_FOUND") => "list runs with: tradeforge runs",
        (_, "SERIES_NOT_FOUND" | "DATA_MISSING") => "list stored bars with: tradeforge data list",
        (_, "RUN_NOT_FINISHED") => "wait for its end with: tradeforge watch ID",
        (Code::InvalidArgument, _)
            if [".strategy", ".params", ".axes", ".metric"].into_iter().any(at_fault) =>
        {
            "see parameters and metrics with: tradeforge strategies [show NAME]"
        }
        (Code::Unauthenticated, _) => {
            "an admin makes a token with: tradeforge token add OWNER; set TRADEFORGE_TOKEN to it, \
             or name a file with --token-file"
        }
        (Code::Unimplemented, _) => OTHER_VERSION,
        (Code::Unavailable, _) => "is the server still running? start one with: tradeforge serve",
        _ => "",
    };
    if !known.is_empty() {
        advice.push(known.to_owned());
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        advice.push(format!("try again in {:.1} s", delay.as_secs_f64()));
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn two_faults() -> CliError {
        let mut details = ErrorDetails::new();
        details.set_error_info("INVALID_SPEC", "tradeforge", HashMap::new());
        details.add_bad_request_violation("backtest.params.fast", "must be at least 1");
        details.add_bad_request_violation("backtest.simulation.initial_cash", "must be above 0");
        let message = "backtest.params.fast: must be at least 1; and so on, all of them again";
        Status::with_error_details(Code::InvalidArgument, message, details).into()
    }

    #[test]
    fn every_fault_has_its_line_and_stands_nowhere_else() {
        assert_eq!(
            Report::of(&two_faults()).text(),
            "the request has 2 faults\n  backtest.params.fast: must be at least 1\n  \
             backtest.simulation.initial_cash: must be above 0"
        );
    }

    #[test]
    fn what_a_fault_names_itself_is_not_named_before_it() {
        let mut details = ErrorDetails::new();
        details.set_error_info("DATA_MISSING", "tradeforge", HashMap::new());
        let said = "SYN:A@1h has no whole bar in that time range";
        details.add_precondition_failure_violation("DATA", "SYN:A@1h", said);
        let status = Status::with_error_details(Code::FailedPrecondition, "the same", details);
        assert_eq!(Report::of(&status.into()).text(), said);
    }

    #[test]
    fn faults_that_did_not_fit_are_counted() {
        let mut details = ErrorDetails::new();
        let metadata = HashMap::from([("more".to_owned(), "399".to_owned())]);
        details.set_error_info("INVALID_SPEC", "tradeforge", metadata);
        details.add_bad_request_violation("labels", "too many");
        let status = Status::with_error_details(Code::InvalidArgument, "the same again", details);
        assert_eq!(
            Report::of(&status.into()).text(),
            "the request has 400 faults\n  labels: too many\n  and 399 more"
        );
    }

    #[test]
    fn a_single_fault_is_the_headline() {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("backtest.params.fast", "must be at least 1");
        let status = Status::with_error_details(Code::InvalidArgument, "the same again", details);
        let report = Report::of(&status.into());
        assert_eq!(report.text(), "backtest.params.fast: must be at least 1");
    }

    #[test]
    fn errors_say_how_to_go_on() {
        let unreachable = CliError::Unreachable { server: "http://127.0.0.1:1".to_owned() };
        let report = Report::of(&unreachable);
        assert_eq!(report.text(), "cannot reach server at http://127.0.0.1:1");
        assert_eq!(report.help, ["start one with: tradeforge serve"]);
        assert!(Report::of(&two_faults()).help[0].ends_with("tradeforge strategies [show NAME]"));
    }

    #[test]
    fn a_status_without_words_is_still_told() {
        let error = CliError::from(Status::new(Code::Internal, ""));
        assert_eq!(Report::of(&error).text(), "the server answered INTERNAL");
    }

    #[test]
    fn exit_codes_follow_the_error() {
        assert_eq!(exit(&two_faults()), Exit::Error);
        assert_eq!(exit(&Status::not_found("no such run").into()), Exit::NotFound);
        assert_eq!(exit(&Status::unavailable("shutting down").into()), Exit::Unreachable);
        assert_eq!(exit(&CliError::TimedOut { run_id: "r".to_owned() }), Exit::TimedOut);
    }
}
