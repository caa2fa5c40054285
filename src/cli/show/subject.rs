//! What a run is about, in the few words that stand beside its progress.

use crate::cli::text::figures;
use crate::cli::text::param_text;
use crate::cli::text::swept::swept_names;
use crate::pb;
use crate::pb::submit_request::Spec;

/// What trials are compared by unless something else is asked for.
const DEFAULT_OBJECTIVE: &str = "sharpe";

/// What a run is about.
#[derive(Debug, Default)]
pub(in crate::cli) struct Subject {
    /// Names the run: `sma_cross`, `sweep sma_cross`.
    pub(in crate::cli) title: String,
    /// The metric that trials are compared by; empty for a backtest.
    pub(in crate::cli) objective: String,
    /// The swept parameters in their order; empty for a backtest.
    axes: Vec<String>,
}

impl Subject {
    /// Of a run that is not there yet.
    pub(in crate::cli) fn of_request(request: &pb::SubmitRequest) -> Self {
        match &request.spec {
            Some(Spec::Backtest(spec)) => Self::of_backtest(spec),
            Some(Spec::Optimization(spec)) => Self::of_search(spec),
            Some(Spec::Validation(spec)) => Self::of_validation(spec),
            Some(Spec::WalkForward(spec)) => Self::of_walk(spec),
            Some(Spec::Robustness(spec)) => Self::of_stress(spec),
            None => Self { title: "the same sweep".to_owned(), ..Self::default() },
        }
    }

    /// Of a run that is there.
    pub(in crate::cli) fn of_run(run: &pb::Run) -> Self {
        match &run.spec {
            Some(pb::run::Spec::Backtest(spec)) => Self::of_backtest(spec),
            Some(pb::run::Spec::Optimization(spec)) => Self::of_search(spec),
            Some(pb::run::Spec::Validation(spec)) => Self::of_validation(spec),
            Some(pb::run::Spec::WalkForward(spec)) => Self::of_walk(spec),
            Some(pb::run::Spec::Robustness(spec)) => Self::of_stress(spec),
            None => Self::default(),
        }
    }

    fn of_backtest(spec: &pb::BacktestSpec) -> Self {
        let title = spec.strategy.as_ref().map(name_of).unwrap_or_default();
        Self { title, ..Self::default() }
    }

    fn of_validation(spec: &pb::ValidationSpec) -> Self {
        Self { title: format!("validation of {}", spec.run_id), ..Self::default() }
    }

    fn of_walk(spec: &pb::WalkForwardSpec) -> Self {
        let search = spec.search.as_ref().map(Self::of_search).unwrap_or_default();
        Self { title: search.title.replacen("sweep", "walk-forward", 1), ..search }
    }

    fn of_stress(spec: &pb::RobustnessSpec) -> Self {
        let base = spec.base.as_ref().map(Self::of_backtest).unwrap_or_default();
        Self { title: format!("robustness of {}", base.title), ..base }
    }

    /// Of a search.
    pub(in crate::cli) fn of_search(spec: &pb::OptimizationSpec) -> Self {
        let base = spec.base.as_ref().map(Self::of_backtest).unwrap_or_default();
        Self {
            title: format!("sweep {}", base.title),
            objective: objective(spec).to_owned(),
            axes: swept_names(spec),
        }
    }

    /// The best trial in words: `best sharpe 1.84 (fast=15 slow=60)`; `None` if it has no
    /// objective.
    pub(in crate::cli) fn best(&self, trial: &pb::TrialSummary) -> Option<String> {
        // Of a combination the score over all series is what it was chosen by.
        let value = figures::brief(trial.across_value.or(trial.objective_value)?);
        let gap = if self.objective.is_empty() { "" } else { " " };
        Some(format!("best{gap}{} {value} ({})", self.objective, self.params(trial)))
    }

    /// A trial's swept parameters, in the order of the axes; all it has if they are not known.
    pub(in crate::cli) fn params(&self, trial: &pb::TrialSummary) -> String {
        if self.axes.is_empty() {
            return param_text::params(&trial.params);
        }
        let swept = self.axes.iter().filter_map(|name| Some((name, trial.params.get(name)?)));
        let pairs = swept.map(|(name, value)| format!("{name}={}", param_text::param(value)));
        pairs.collect::<Vec<_>>().join(" ")
    }
}

/// The name of a strategy, or the one that a text gives itself.
fn name_of(strategy: &pb::StrategyRef) -> String {
    if strategy.source.is_empty() || !strategy.name.is_empty() {
        return strategy.name.clone();
    }
    let mut lines = strategy.source.lines();
    let header = lines.find_map(|line| line.trim_start().strip_prefix("strategy "));
    header.and_then(|header| header.split('"').nth(1)).unwrap_or("a text").to_owned()
}

/// The metric that a search compares its trials by.
pub(in crate::cli) fn objective(spec: &pb::OptimizationSpec) -> &str {
    let named = spec.objective.as_ref().map(|objective| objective.metric.as_str());
    named.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_OBJECTIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::show::trial_table::trial;

    #[test]
    fn a_search_is_told_from_a_backtest_and_has_an_objective_in_any_case() {
        let strategy = Some(pb::StrategyRef { name: "sma_cross".into(), ..Default::default() });
        let base = pb::BacktestSpec { strategy, ..Default::default() };
        let search = pb::OptimizationSpec { base: Some(base.clone()), ..Default::default() };
        let of = |spec| {
            let request = pb::SubmitRequest { spec: Some(spec), ..Default::default() };
            let Subject { title, objective, .. } = Subject::of_request(&request);
            (title, objective)
        };
        assert_eq!(of(Spec::Backtest(base)), ("sma_cross".into(), String::new()));
        assert_eq!(of(Spec::Optimization(search)), ("sweep sma_cross".into(), "sharpe".into()));
    }

    #[test]
    fn a_text_is_called_as_it_calls_itself() {
        let title = |source: &str| {
            let strategy = Some(pb::StrategyRef { source: source.into(), ..Default::default() });
            let spec = pb::BacktestSpec { strategy, ..Default::default() };
            Subject::of_backtest(&spec).title
        };
        assert_eq!(title("# mine\nstrategy \"Lead\" \"Long.\"\nenter long when true"), "Lead");
        assert_eq!(title("enter long when close > open"), "a text");
    }

    #[test]
    fn the_best_trial_shows_what_was_swept_in_the_order_of_the_axes() {
        let over = |name: &str| pb::Axis { name: name.to_owned(), domain: None };
        let search = pb::OptimizationSpec { axes: vec![over("slow")], ..Default::default() };
        let best = pb::TrialSummary { objective_value: Some(1.841), ..trial(15, 60, None) };
        let words = |subject: &Subject| subject.best(&best).unwrap();
        assert_eq!(words(&Subject::of_search(&search)), "best sharpe 1.84 (slow=60)");
        assert_eq!(words(&Subject::default()), "best 1.84 (fast=15 slow=60)");
        assert_eq!(Subject::default().best(&trial(15, 60, None)), None);
    }
}
