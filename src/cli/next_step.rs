//! What one may want to look at after a run, as commands.

use crate::pb;
use crate::pb::RunState;
use crate::pb::run_status::Result as Outcome;

/// What one may want to look at next, and the command that shows it.
pub(super) fn next_commands(run: &pb::Run) -> Vec<(&'static str, String)> {
    let run_id = &run.run_id;
    let status = run.status.clone().unwrap_or_default();
    match (&status.result, &run.spec) {
        (Some(Outcome::Backtest(_)), _) => vec![("trades", format!("trades {run_id}"))],
        (_, Some(pb::run::Spec::Optimization(_))) => {
            let failed = status.progress.as_ref().is_some_and(|progress| progress.failed > 0);
            let errors = failed.then(|| ("failed trials", format!("errors {run_id}")));
            let luck = (status.state() == RunState::Completed)
                .then(|| ("how much of it is luck", format!("validate {run_id}")));
            let trials = ("all trials", format!("trials {run_id}"));
            [trials].into_iter().chain(errors).chain(luck).collect()
        }
        (_, Some(pb::run::Spec::WalkForward(_))) => {
            let trials = ("trials of a window", format!("trials {run_id} --window 0"));
            vec![("its windows", format!("windows {run_id}")), trials]
        }
        (_, Some(pb::run::Spec::Robustness(_))) => {
            vec![("its backtests", format!("variants {run_id}"))]
        }
        (Some(Outcome::Validation(result)), Some(pb::run::Spec::Validation(spec))) => {
            let trial = format!("trial {} {}", spec.run_id, result.best_trial_index);
            vec![("the best trial", trial)]
        }
        _ => Vec::new(),
    }
}
