//! What the process says to the shell when it ends. Knows no messages.

use std::process::ExitCode;

use crate::pb::RunState;

/// How a command ended, as an exit code. Scripts rely on these numbers: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Any failure that has no number of its own.
    Error = 1,
    /// The command line itself makes no sense.
    Usage = 2,
    /// The run that was waited for FAILED.
    RunFailed = 3,
    /// The run that was waited for was CANCELLED.
    RunCancelled = 4,
    /// There is no server, or it went away.
    Unreachable = 5,
    /// The server knows no such run, series or strategy.
    NotFound = 6,
    /// A wait ended before the run did.
    TimedOut = 124,
    /// Ctrl-C.
    Interrupted = 130,
}

/// The table of exit codes for `--help`.
pub(in crate::cli) const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 error, 2 wrong usage, 3 run failed, 4 run cancelled, 5 cannot reach server,
6 not found, 124 wait timed out, 130 interrupted";

impl Exit {
    /// The exit of a command that waited for a run which ended in this state.
    pub(in crate::cli) fn of_run(state: RunState) -> Self {
        match state {
            RunState::Failed => Self::RunFailed,
            RunState::Cancelled => Self::RunCancelled,
            RunState::Completed
            | RunState::Pending
            | RunState::Running
            | RunState::Paused
            | RunState::Unspecified => Self::Ok,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_did_not_complete_is_no_success_for_the_shell() {
        assert_eq!(Exit::of_run(RunState::Completed), Exit::Ok);
        assert_eq!(Exit::of_run(RunState::Failed), Exit::RunFailed);
        assert_eq!(Exit::of_run(RunState::Cancelled), Exit::RunCancelled);
    }

    #[test]
    fn exit_codes_are_the_promised_numbers() {
        let codes = [Exit::RunFailed, Exit::Unreachable, Exit::NotFound, Exit::TimedOut];
        assert_eq!(codes.map(|exit| exit as u8), [3, 5, 6, 124]);
        assert_eq!(Exit::Interrupted as u8, 130);
    }
}
