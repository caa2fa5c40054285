//! `tradeforge pause` and `tradeforge resume`: a run halted for a while, and let go on.

use clap::Args;

use super::connect::GlobalArgs;
use super::error::CliError;
use super::exit::Exit;
use super::run_name::RunName;
use super::runs::state_and_reason;
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
pub(super) async fn pause(args: &PauseArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::PauseRequest { run_id, reason: args.reason.clone() };
    let response = connection.runs().pause(request).await?.into_inner();
    globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
    Ok(Exit::Ok)
}

/// Runs `tradeforge resume`.
pub(super) async fn resume(args: &ResumeArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let response = connection.runs().resume(pb::ResumeRequest { run_id }).await?.into_inner();
    globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
    Ok(Exit::Ok)
}
