//! The whole metrics of a search's best trials. A run's status carries only those that the trials
//! were compared by.

use tonic::Code;

use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::pb;
use crate::pb::run_status::Result as Outcome;

/// Gives the top trials of a completed search all their metrics; a server that does not tell them
/// leaves them as they are.
pub(in crate::cli) async fn complete(
    connection: &Connection,
    run: &mut pb::Run,
) -> Result<(), CliError> {
    let status = run.status.as_mut();
    let Some(Outcome::Optimization(result)) = status.and_then(|status| status.result.as_mut())
    else {
        return Ok(());
    };
    for trial in &mut result.top_trials {
        match fetch(connection, &run.run_id, trial.trial_index).await {
            Ok(whole) => trial.metrics = whole.metrics,
            Err(CliError::Refused(status)) if status.code() == Code::Unimplemented => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fetches one trial with all that is known of it.
pub(in crate::cli) async fn fetch(
    connection: &Connection,
    run_id: &str,
    trial_index: i64,
) -> Result<pb::TrialSummary, CliError> {
    let request = pb::GetTrialRequest { run_id: run_id.to_owned(), trial_index };
    let response = connection.results().get_trial(request).await?.into_inner();
    response.trial.ok_or(CliError::Incomplete("the trial"))
}
