//! What came out of a search, as text.

use crate::cli::show::metrics::Catalogue;
use crate::cli::show::subject::{self, Subject};
use crate::cli::show::trial_table::Layout;
use crate::cli::text::figures;
use crate::pb;

/// The counts, the best trials and the failures of a completed search.
pub(in crate::cli) fn completed(
    spec: &pb::OptimizationSpec,
    result: &pb::OptimizationResult,
    catalogue: &Catalogue,
    width: Option<u16>,
) -> String {
    let best = match result.top_trials.as_slice() {
        [] => format!("no trial has a {} and keeps the constraints\n", subject::objective(spec)),
        trials => Layout::of(spec, catalogue).table(trials, width).with_note(),
    };
    let failures: String = result.failures.iter().map(failure_line).collect();
    let gap = if failures.is_empty() { "" } else { "\n" };
    format!("{}\n{best}{gap}{failures}", counts(result))
}

/// How far a search came that did not complete; what it has computed is kept.
pub(in crate::cli) fn unfinished(spec: &pb::OptimizationSpec, progress: &pb::Progress) -> String {
    let done = progress.completed + progress.failed;
    let failed = match progress.failed {
        0 => String::new(),
        failed => format!(", {} of them failed", figures::whole(failed)),
    };
    let counts = format!(
        "{} of {} trials were computed{failed}\n",
        figures::whole(done),
        figures::whole(progress.total)
    );
    let best = progress.best_trial.as_ref().and_then(|trial| Subject::of_search(spec).best(trial));
    counts + &best.map(|best| best + "\n").unwrap_or_default()
}

/// A group of failures: `12 x PARAM_INVALID: fast must be below slow (as in trial 17)`.
fn failure_line(group: &pb::FailureGroup) -> String {
    format!(
        "{} x {}: {} (as in trial {})\n",
        figures::whole(group.count),
        group.reason,
        group.message,
        group.sample_trial_index
    )
}

fn counts(result: &pb::OptimizationResult) -> String {
    let infeasible = match result.infeasible {
        0 => String::new(),
        count => format!(" ({} of them infeasible)", figures::whole(count)),
    };
    format!(
        "{} trials completed{infeasible}, {} failed\n",
        figures::whole(result.completed),
        figures::whole(result.failed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::show::trial_table::trial;

    fn spec() -> pb::OptimizationSpec {
        let axis = |name: &str| pb::Axis { name: name.to_owned(), domain: None };
        pb::OptimizationSpec { axes: vec![axis("slow"), axis("fast")], ..Default::default() }
    }

    #[test]
    fn a_completed_search_tells_its_counts_its_best_and_its_failures() {
        let group = pb::FailureGroup {
            reason: "PARAM_INVALID".to_owned(),
            message: "fast must be below slow".to_owned(),
            count: 25,
            sample_trial_index: 76,
            ..Default::default()
        };
        let result = pb::OptimizationResult {
            completed: 1_203,
            failed: 25,
            infeasible: 4,
            top_trials: vec![trial(5, 20, Some(1.25))],
            failures: vec![group],
            ..Default::default()
        };
        assert_eq!(
            completed(&spec(), &result, &Catalogue::default(), None),
            "1,203 trials completed (4 of them infeasible), 25 failed\n\n\
             trial  slow  fast  sharpe\n  520    20     5   1.250\n\n\
             25 x PARAM_INVALID: fast must be below slow (as in trial 76)\n"
        );
    }

    #[test]
    fn a_search_without_a_best_trial_says_so() {
        let result = pb::OptimizationResult::default();
        let text = completed(&spec(), &result, &Catalogue::default(), None);
        assert!(text.ends_with("no trial has a sharpe and keeps the constraints\n"), "{text}");
    }

    #[test]
    fn a_search_that_was_stopped_tells_what_it_has() {
        let best = pb::TrialSummary { objective_value: Some(1.25), ..trial(5, 20, None) };
        let progress = pb::Progress {
            total: 1_764,
            completed: 1_237,
            failed: 3,
            best_trial: Some(best),
            ..Default::default()
        };
        assert_eq!(
            unfinished(&spec(), &progress),
            "1,240 of 1,764 trials were computed, 3 of them failed\n\
             best sharpe 1.25 (slow=20 fast=5)\n"
        );
    }
}
