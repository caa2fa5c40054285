//! `tradeforge continue`: a search that was stopped, gone on from where it stood.

use clap::Args;
use uuid::Uuid;

use crate::cli::begin::submit;
use crate::cli::results::result;
use crate::cli::spec::allowance::AllowanceArgs;
use crate::cli::spec::submission::WaitingArgs;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Goes on from a search that was cancelled, failed or ran out of time.
#[derive(Debug, Args)]
pub struct ContinueArgs {
    /// The search: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Compute the trials again that failed; then it may be a completed search, too
    #[arg(long)]
    retry_failed: bool,
    /// End the run FAILED if more trials than this fail [default: as before]
    #[arg(long = "max-failed", value_name = "N")]
    failed_max: Option<i64>,
    #[command(flatten)]
    allowance: AllowanceArgs,
    #[command(flatten)]
    waiting: WaitingArgs,
}

/// Runs `tradeforge continue`.
pub(in crate::cli) async fn run(
    args: &ContinueArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let former = result::fetch(&connection, &run_id).await?;
    submit::run(request(former, args), &args.waiting, globals).await
}

/// The same search, called as it was.
fn request(former: pb::Run, args: &ContinueArgs) -> pb::SubmitRequest {
    let spec = match (former.spec, args.failed_max) {
        (Some(pb::run::Spec::Optimization(mut spec)), Some(max)) => {
            spec.max_failed_trials = max;
            Some(pb::submit_request::Spec::Optimization(spec))
        }
        _ => None,
    };
    pb::SubmitRequest {
        spec,
        request_id: Uuid::now_v7().to_string(),
        validate_only: args.waiting.only_validates,
        display_name: former.display_name,
        labels: former.labels,
        notes: former.notes,
        priority: former.priority,
        deadline: args.allowance.deadline(),
        compute_budget: args.allowance.compute_budget(),
        continue_run_id: former.run_id,
        retry_failed: args.retry_failed,
        ..Default::default()
    }
}
