//! How a run is submitted, the same for every command that submits one. Knows no strategy.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::cli::spec::allowance::AllowanceArgs;
use crate::cli::text::args::Pair;
use crate::cli::text::progress_mode::ProgressMode;
use crate::cli::wire::error::CliError;
use crate::pb;
use crate::pb::submit_request::Spec;

/// How a run is submitted; none of it changes the result.
#[derive(Debug, Args)]
#[command(next_help_heading = "Submission")]
pub(in crate::cli) struct SubmissionArgs {
    /// What to do about equal work
    #[arg(long, value_name = "POLICY", default_value = "join")]
    reuse: Reuse,
    /// A name for the run
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    name: String,
    /// A label to find the run by, as in desk=fx
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Pair>,
    /// What to remember of the run, on several lines if need be
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    notes: String,
    /// Runs of higher priority leave the queue first [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: Option<i32>,
    #[command(flatten)]
    allowance: AllowanceArgs,
    #[command(flatten)]
    pub(in crate::cli) waiting: WaitingArgs,
}

/// Whether to run at all, and whether to wait for it.
#[derive(Debug, Args)]
pub(in crate::cli) struct WaitingArgs {
    /// Check everything and estimate the time, but run nothing
    #[arg(long = "validate-only", visible_alias = "estimate")]
    pub(in crate::cli) only_validates: bool,
    /// Print the run's id and do not wait
    #[arg(short, long = "detach", conflicts_with = "only_validates")]
    pub(in crate::cli) detaches: bool,
    /// How to show progress while waiting
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub(in crate::cli) progress: ProgressMode,
}

/// What to do if equal work is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reuse {
    /// Join it while it is queued or running.
    Join,
    /// Join it, or take its result if it has completed.
    Completed,
    /// Run it again in any case.
    New,
}

impl From<Reuse> for pb::ReusePolicy {
    fn from(reuse: Reuse) -> Self {
        match reuse {
            Reuse::Join => Self::JoinActive,
            Reuse::Completed => Self::ReuseCompleted,
            Reuse::New => Self::AlwaysNew,
        }
    }
}

impl SubmissionArgs {
    /// The submission of this work, with an id of its own.
    ///
    /// # Errors
    ///
    /// `Usage` if a label is given twice.
    pub(in crate::cli) fn request(&self, spec: Spec) -> Result<pb::SubmitRequest, CliError> {
        let labels = self.labels.iter().map(|label| (label.key.clone(), label.value.clone()));
        Ok(pb::SubmitRequest {
            extend_run_id: String::new(),
            spec: Some(spec),
            reuse_policy: pb::ReusePolicy::from(self.reuse).into(),
            request_id: Uuid::now_v7().to_string(),
            validate_only: self.waiting.only_validates,
            display_name: self.name.clone(),
            notes: self.notes.clone(),
            labels: each_once("label", labels)?,
            priority: self.priority.unwrap_or_default(),
            deadline: self.allowance.deadline(),
            compute_budget: self.allowance.compute_budget(),
            continue_run_id: String::new(),
            retry_failed: false,
        })
    }
}

/// The pairs as a map, refusing a key that comes twice.
pub(in crate::cli) fn each_once<V>(
    what: &str,
    pairs: impl Iterator<Item = (String, V)>,
) -> Result<BTreeMap<String, V>, CliError> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        if map.contains_key(&key) {
            let message = format!("{what} {key} is given twice");
            return Err(CliError::Usage { message, help: format!("give {key} once") });
        }
        map.insert(key, value);
    }
    Ok(map)
}
