//! Commands about one run: `watch`, `wait`, `show`, `cancel`, `rm`.

use clap::Args;

use crate::cli::begin::submit;
use crate::cli::manage::many::{self, ManyArgs};
use crate::cli::results::result;
use crate::cli::show::follow::{self, Ending, Observer};
use crate::cli::show::metrics::Catalogue;
use crate::cli::show::progress::Display;
use crate::cli::show::subject::Subject;
use crate::cli::show::trial_metrics;
use crate::cli::text::args::Patience;
use crate::cli::text::output;
use crate::cli::text::progress_mode::ProgressMode;
use crate::cli::wire::confirm::is_confirmed;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Follows a run to its end and prints what came out.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// How to show progress
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressMode,
}

/// Waits in silence for a run to end and prints its state.
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Give up after this long, as in 30 (seconds) or 5m; the run goes on
    #[arg(long, value_name = "TIME")]
    timeout: Option<Patience>,
}

/// Prints what a run is, how it stands and what came out.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
}

/// Stops a run, for everyone who waits for it.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID", required_unless_present = "filter", conflicts_with = "filter")]
    run: Option<RunName>,
    /// Why, kept with the run
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    many: ManyArgs,
}

/// Removes ended runs with all their results.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The runs: ids, beginnings or ends of ids, or @last
    #[arg(value_name = "ID", required_unless_present = "filter", conflicts_with = "filter")]
    runs: Vec<RunName>,
    #[command(flatten)]
    many: ManyArgs,
}

/// Runs `tradeforge watch`.
pub(in crate::cli) async fn watch(
    args: &WatchArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let observer = if globals.is_json {
        Observer::Printed
    } else {
        let run = result::fetch(&connection, &run_id).await?;
        Observer::Shown(Display::new(args.progress, Subject::of_run(&run)))
    };
    match follow::follow(&connection, &run_id, observer).await? {
        Ending::Detached => {
            follow::tell_detached(globals, &run_id);
            Ok(Exit::Interrupted)
        }
        // The last line printed was the final snapshot, with all that there is to say.
        Ending::Final(status) if globals.is_json => Ok(Exit::of_run(status.state())),
        Ending::Final(_) => submit::print(&connection, &run_id, globals).await,
    }
}

/// Runs `tradeforge wait`.
pub(in crate::cli) async fn wait(args: &WaitArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let observer = Observer::Shown(Display::new(ProgressMode::None, Subject::default()));
    let ending = follow::follow(&connection, &run_id, observer);
    let ending = match args.timeout {
        Some(Patience(time)) => tokio::time::timeout(time, ending)
            .await
            .map_err(|_| CliError::TimedOut { run_id: run_id.clone() })?,
        None => ending.await,
    };
    match ending? {
        Ending::Detached => {
            follow::tell_detached(globals, &run_id);
            Ok(Exit::Interrupted)
        }
        Ending::Final(status) => {
            let exit = Exit::of_run(status.state());
            let response = pb::GetStatusResponse { status: Some(*status) };
            globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
            Ok(exit)
        }
    }
}

/// Runs `tradeforge show`.
pub(in crate::cli) async fn show(args: &ShowArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let mut run = result::fetch(&connection, &run_id).await?;
    let mut catalogue = Catalogue::default();
    if !globals.is_json && run.status.as_ref().is_some_and(|status| status.result.is_some()) {
        catalogue = result::catalogue(&connection, &run).await;
        trial_metrics::complete(&connection, &mut run).await?;
    }
    let response = pb::GetRunResponse { run: Some(run) };
    globals.answer(&response, |response| {
        let run = response.run.as_ref().expect("it was put there above");
        let description = result::description(run);
        format!("{description}\n{}", result::outcome(run, &catalogue, output::width()))
    })?;
    Ok(Exit::Ok)
}

/// Runs `tradeforge cancel`.
pub(in crate::cli) async fn cancel(
    args: &CancelArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    if let Some(filter) = &args.many.filter {
        return many::cancel(&args.many, filter, &args.reason, globals).await;
    }
    let Some(run) = &args.run else { return Ok(Exit::Usage) };
    let connection = globals.connect().await?;
    let run_id = run.resolve(&connection).await?;
    let request = pb::CancelRequest { run_id, reason: args.reason.clone() };
    let response = connection.runs().cancel(request).await?.into_inner();
    globals.answer(&response, |r| state_and_reason(r.status.as_ref()))?;
    Ok(Exit::Ok)
}

/// Runs `tradeforge rm`.
pub(in crate::cli) async fn remove(
    args: &RemoveArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    if let Some(filter) = &args.many.filter {
        return many::remove(&args.many, filter, globals).await;
    }
    let connection = globals.connect().await?;
    let mut run_ids = Vec::new();
    for run in &args.runs {
        run_ids.push(run.resolve(&connection).await?);
    }
    let question = format!("remove {} with all results?", run_ids.join(", "));
    if !is_confirmed(&question, args.many.is_sure, globals)? {
        return Ok(Exit::Error);
    }
    for run_id in run_ids {
        let request = pb::DeleteRunRequest { run_id: run_id.clone() };
        let response = connection.runs().delete_run(request).await?.into_inner();
        globals.answer(&response, |_| format!("removed {run_id}"))?;
    }
    Ok(Exit::Ok)
}

pub(in crate::cli) fn state_and_reason(status: Option<&pb::RunStatus>) -> String {
    let Some(status) = status else { return String::new() };
    let state = result::state(status, &Subject::default());
    match &status.error {
        Some(error) => format!("{state}: {}: {}", error.reason, error.message),
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_run_is_told_with_its_reason() {
        let error = pb::RunError {
            reason: "DATA_MISSING".to_owned(),
            message: "the bars are gone".to_owned(),
            ..Default::default()
        };
        let status = pb::RunStatus {
            state: pb::RunState::Failed.into(),
            error: Some(error),
            ..Default::default()
        };
        assert_eq!(state_and_reason(Some(&status)), "failed: DATA_MISSING: the bars are gone");
    }
}
