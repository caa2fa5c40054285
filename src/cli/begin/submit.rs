//! Submitting a run of any kind, waiting for its end, and printing what came out.

use crate::cli::next_step;
use crate::cli::results::result;
use crate::cli::show::follow::{self, Ending, Observer};
use crate::cli::show::progress::Display;
use crate::cli::show::subject::Subject;
use crate::cli::show::trial_metrics;
use crate::cli::spec::submission::WaitingArgs;
use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::text::progress_mode::ProgressMode;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::json;
use crate::pb;
use crate::pb::SubmitDisposition;
use crate::pb::submit_request::Spec;

/// Submits a run and waits for it, unless these arguments ask for less.
pub(in crate::cli) async fn run(
    request: pb::SubmitRequest,
    waiting: &WaitingArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    if request.validate_only {
        return estimate(&connection, request, globals).await;
    }
    if waiting.detaches {
        let response = submit(&connection, request, globals).await?;
        globals.answer(&response, |r| r.run_id.clone())?;
        follow::tell_detached(globals, &response.run_id);
        return Ok(Exit::Ok);
    }
    match followed(&connection, request, waiting.progress, globals).await? {
        Some(run_id) => print(&connection, &run_id, globals).await,
        None => Ok(Exit::Interrupted),
    }
}

/// Submits a run and gives it as it ended; `None` if Ctrl-C came first. Prints it if JSON was asked
/// for: what people are told of it is the caller's matter.
///
/// # Errors
///
/// `Refused` with the server's reasons, or what `GlobalArgs::connect` says of a lost server.
pub async fn run_to_end(
    connection: &Connection,
    request: pb::SubmitRequest,
    mode: ProgressMode,
    globals: &GlobalArgs,
) -> Result<Option<pb::Run>, CliError> {
    let Some(run_id) = followed(connection, request, mode, globals).await? else {
        return Ok(None);
    };
    let run = result::fetch(connection, &run_id).await?;
    if globals.is_json {
        output::data(&json::object(&pb::GetRunResponse { run: Some(run.clone()) }))?;
    }
    Ok(Some(run))
}

/// Submits a run and shows its progress on stderr until it ends; `None` if Ctrl-C came first.
async fn followed(
    connection: &Connection,
    request: pb::SubmitRequest,
    mode: ProgressMode,
    globals: &GlobalArgs,
) -> Result<Option<String>, CliError> {
    let subject = Subject::of_request(&request);
    let response = submit(connection, request, globals).await?;
    if response.disposition() == SubmitDisposition::Created {
        globals.talk(&format!("run {}", response.run_id));
    }
    let observer = Observer::Shown(Display::new(globals.progress(mode), subject));
    match follow::follow(connection, &response.run_id, observer).await? {
        Ending::Detached => {
            follow::tell_detached(globals, &response.run_id);
            Ok(None)
        }
        Ending::Final(_) => Ok(Some(response.run_id)),
    }
}

/// Prints what came out of a run, and on stderr where to look further.
pub(in crate::cli) async fn print(
    connection: &Connection,
    run_id: &str,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let mut run = result::fetch(connection, run_id).await?;
    let exit = Exit::of_run(run.status.as_ref().map(pb::RunStatus::state).unwrap_or_default());
    if globals.is_json {
        output::data(&json::object(&pb::GetRunResponse { run: Some(run) }))?;
        return Ok(exit);
    }
    let catalogue = result::catalogue(connection, &run).await;
    trial_metrics::complete(connection, &mut run).await?;
    output::data(&result::outcome(&run, &catalogue, output::width()))?;
    for (what, command) in next_step::next_commands(&run) {
        output::help(&format!("{what}: {}", globals.command(&command)));
    }
    Ok(exit)
}

/// Prints what a run would come to.
async fn estimate(
    connection: &Connection,
    request: pb::SubmitRequest,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let unit = match request.spec {
        Some(Spec::Optimization(_) | Spec::Validation(_) | Spec::WalkForward(_)) => "trials",
        Some(Spec::Robustness(_)) => "backtests",
        Some(Spec::Backtest(_)) | None => "bars",
    };
    let response = connection.runs().submit(request).await?.into_inner();
    globals.warn(&response.warnings);
    globals.answer(&response, |response| total_and_time(response, unit))?;
    Ok(Exit::Ok)
}

/// What a run would come to: `1,764 trials, about 6.0s; 201 bars warm it up`.
fn total_and_time(response: &pb::SubmitResponse, unit: &str) -> String {
    let time = match response.estimated_duration {
        Some(time) => format!("about {}", figures::span(time)),
        None => "time unknown until the first such run here".to_owned(),
    };
    let warm_up = match response.warmup_bars {
        Some(bars) if bars > 1 => format!("; {} bars warm it up", figures::whole(bars)),
        _ => String::new(),
    };
    format!("{} {unit}, {time}{warm_up}", figures::whole(response.total))
}

async fn submit(
    connection: &Connection,
    request: pb::SubmitRequest,
    globals: &GlobalArgs,
) -> Result<pb::SubmitResponse, CliError> {
    let response = connection.runs().submit(request).await?.into_inner();
    globals.warn(&response.warnings);
    let run_id = &response.run_id;
    match response.disposition() {
        SubmitDisposition::Joined => globals.talk(&format!(
            "joined a running run {run_id}, which does the same work; a cancel stops it for all"
        )),
        SubmitDisposition::Reused => globals.talk(&format!(
            "reused the result of run {run_id}, which did the same work (--reuse new runs it again)"
        )),
        SubmitDisposition::Created | SubmitDisposition::Unspecified => {}
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_says_how_much_and_how_long() {
        let time = |seconds| prost_types::Duration { seconds, nanos: 0 };
        let response = |estimated_duration| pb::SubmitResponse {
            total: 1_764,
            estimated_duration,
            ..Default::default()
        };
        let text = |time| total_and_time(&response(time), "trials");
        assert_eq!(text(Some(time(6))), "1,764 trials, about 6.0s");
        assert_eq!(text(None), "1,764 trials, time unknown until the first such run here");
        let warmed = pb::SubmitResponse { warmup_bars: Some(1_201), ..response(Some(time(6))) };
        let text = total_and_time(&warmed, "trials");
        assert_eq!(text, "1,764 trials, about 6.0s; 1,201 bars warm it up");
    }
}
