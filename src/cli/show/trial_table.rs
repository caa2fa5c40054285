//! Trials as rows for people: the few columns that matter most.

use crate::cli::show::metrics::Catalogue;
use crate::cli::show::subject;
use crate::cli::text::args::SeriesName;
use crate::cli::text::figures::ABSENT;
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::param_text;
use crate::cli::text::swept::swept_names;
use crate::cli::text::table::Column;
use crate::pb;
use crate::pb::TrialState;

/// What is shown of every trial besides the objective, where it is known.
const KEY_METRICS: [&str; 4] = ["total_return", "sharpe", "max_drawdown", "trade_count"];

/// Which columns the trials of one run have.
#[derive(Debug)]
pub(in crate::cli) struct Layout<'c> {
    /// Swept parameters, in the order of the axes.
    params: Vec<String>,
    /// Whether trials differ in what they ran on.
    has_series: bool,
    catalogue: &'c Catalogue,
    /// Whether combinations have one score over all series.
    has_score: bool,
    /// The objective's name, then those of the constraints.
    compared: Vec<String>,
}

impl<'c> Layout<'c> {
    /// The layout of a search's trials.
    pub(in crate::cli) fn of(spec: &pb::OptimizationSpec, catalogue: &'c Catalogue) -> Self {
        let bounds = spec.constraints.iter().map(|bound| bound.metric.clone());
        Self {
            params: swept_names(spec),
            has_series: !spec.subscription_axis.is_empty(),
            catalogue,
            has_score: spec.across() != pb::Across::Unspecified,
            compared: [subject::objective(spec).to_owned()].into_iter().chain(bounds).collect(),
        }
    }

    /// The same with what a front is compared by in the place of the objective.
    pub(in crate::cli) fn compared_by(
        spec: &pb::OptimizationSpec,
        metrics: Vec<String>,
        catalogue: &'c Catalogue,
    ) -> Self {
        Self { compared: metrics, ..Self::of(spec, catalogue) }
    }

    /// Trials under the names of their columns, which `--sort` and `--filter` take too. Where there
    /// is little room, the metrics that they are not compared by go first.
    pub(in crate::cli) fn table(&self, trials: &[pb::TrialSummary], width: Option<u16>) -> Fitted {
        let shown = self.shown_metrics(trials);
        let has_odd = trials.iter().any(|trial| trial.state() != TrialState::Completed);
        let mut columns = vec![Column::Number("trial")];
        columns.extend(self.params.iter().map(|name| Column::Number(name)));
        if self.has_series {
            columns.push(Column::Text("bars"));
        }
        if self.has_score {
            columns.push(Column::Number("across"));
        }
        columns.extend(shown.iter().map(|name| Column::Number(name)));
        if has_odd {
            columns.push(Column::Text("state"));
        }
        let rows = trials.iter().map(|trial| {
            let mut row = vec![trial.trial_index.to_string()];
            row.extend(self.params.iter().map(|name| param(trial, name)));
            if self.has_series {
                row.push(series(trial));
            }
            if self.has_score {
                row.push(self.score(trial));
            }
            row.extend(shown.iter().map(|name| self.figure(trial, name)));
            if has_odd {
                row.push(state_and_reason(trial));
            }
            row
        });
        let is_compared = |name: &&str| self.compared.iter().any(|compared| compared == name);
        let expendable: Vec<&str> =
            shown.iter().rev().copied().filter(|name| !is_compared(name)).collect();
        fitting::fit(&columns, rows.collect(), width, &expendable)
    }

    /// The objective, the constraints' metrics, and of the others what matters most.
    fn shown_metrics(&self, trials: &[pb::TrialSummary]) -> Vec<&str> {
        let is_known = |name: &&str| trials.iter().any(|trial| trial.metrics.contains_key(*name));
        let mut shown: Vec<&str> = Vec::new();
        let others = KEY_METRICS.into_iter().filter(is_known);
        for name in self.compared.iter().map(String::as_str).chain(others) {
            if !shown.contains(&name) {
                shown.push(name);
            }
        }
        shown
    }

    /// That of its combination, as the objective is written.
    fn score(&self, trial: &pb::TrialSummary) -> String {
        let objective = self.compared.first().map_or("", String::as_str);
        let written = |value| self.catalogue.figure(objective, value);
        trial.across_value.map_or_else(|| ABSENT.to_owned(), written)
    }

    fn figure(&self, trial: &pb::TrialSummary, name: &str) -> String {
        let is_objective = self.compared.first().is_some_and(|objective| objective == name);
        // Progress and old servers may tell the objective by its value alone.
        let objective = trial.objective_value.filter(|_| is_objective);
        let value = trial.metrics.get(name).copied().or(objective);
        value.map_or_else(|| ABSENT.to_owned(), |value| self.catalogue.figure(name, value))
    }
}

/// The state in lower case.
pub(in crate::cli) fn state(trial: &pb::TrialSummary) -> String {
    trial.state().as_str_name().trim_start_matches("TRIAL_STATE_").to_ascii_lowercase()
}

/// What the trial ran on; empty if all trials of the run share it.
pub(in crate::cli) fn series(trial: &pb::TrialSummary) -> String {
    trial.subscription.as_ref().map(|s| SeriesName::from(s).to_string()).unwrap_or_default()
}

fn state_and_reason(trial: &pb::TrialSummary) -> String {
    match &trial.error {
        Some(error) => format!("{}: {}", state(trial), error.reason),
        None => state(trial),
    }
}

fn param(trial: &pb::TrialSummary, name: &str) -> String {
    trial.params.get(name).map_or_else(|| ABSENT.to_owned(), param_text::param)
}

/// A trial as tests of several files need one.
#[cfg(test)]
pub(in crate::cli) fn trial(fast: i64, slow: i64, sharpe: Option<f64>) -> pb::TrialSummary {
    let int = |value| pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(value)) };
    let sharpe = sharpe.map(|value| ("sharpe".to_owned(), value));
    pb::TrialSummary {
        trial_index: fast * 100 + slow,
        state: TrialState::Completed.into(),
        params: [("fast".to_owned(), int(fast)), ("slow".to_owned(), int(slow))].into(),
        metrics: sharpe.into_iter().collect(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(trials: &[pb::TrialSummary]) -> String {
        let over = |name: &str| pb::Axis { name: name.to_owned(), domain: None };
        let axes = vec![over("slow"), over("fast")];
        let spec = |name: &str, unit: &str| pb::MetricSpec {
            name: name.to_owned(),
            unit: unit.to_owned(),
            ..Default::default()
        };
        let specs = vec![spec("total_return", "fraction"), spec("sharpe", "ratio")];
        let catalogue = Catalogue { specs, money_decimals: 8 };
        let spec = pb::OptimizationSpec { axes, ..Default::default() };
        Layout::of(&spec, &catalogue).table(trials, None).text
    }

    #[test]
    fn a_table_has_the_axes_in_order_and_only_metrics_that_are_known() {
        assert_eq!(
            table(&[trial(5, 20, Some(1.25)), trial(10, 20, None)]),
            "trial  slow  fast  sharpe\n  520    20     5   1.250\n 1020    20    10       -\n"
        );
    }

    #[test]
    fn a_failed_trial_says_why() {
        let error = pb::RunError { reason: "PARAM_INVALID".to_owned(), ..Default::default() };
        let state = TrialState::Failed.into();
        let failed = pb::TrialSummary { state, error: Some(error), ..trial(30, 20, None) };
        let text = table(&[failed]);
        assert!(text.ends_with("3020    20    30       -  failed: PARAM_INVALID\n"), "{text}");
    }
}
