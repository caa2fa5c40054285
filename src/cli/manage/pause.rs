//! `tradeforge pause` and `tradeforge resume`: a run halted for a while, and let go on.

use clap::Args;

use crate::cli::manage::runs::state_and_reason;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Halts a run, for everyone who waits for it.
#[derive(Debug, Args)]
pub struct PauseArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Why, told to whoever looks at the run
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

/// Lets a paused run go on.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
}

/// Runs `tradeforge pause`.
pub(in crate::cli) async fn pause(
    args: &PauseArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::PauseRequest { run_id, reason: args.reason.clone() };
    let response = connection.runs().pause(request).await?.into_inner();
    globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
    Ok(Exit::Ok)
}

/// Runs `tradeforge resume`.
pub(in crate::cli) async fn resume(
    args: &ResumeArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let response = connection.runs().resume(pb::ResumeRequest { run_id }).await?.into_inner();
    globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
    Ok(Exit::Ok)
}
