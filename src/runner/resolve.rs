//! From what was asked to what will be computed: defaults, versions and data filled in, and
//! everything that is wrong reported at once.

use std::collections::HashSet;
use std::sync::Arc;

use super::Runner;
use super::check::{
    check_bytes, check_conflict, check_param_constraints, check_range, check_simulation,
    check_subscriptions, resolve_axes, warnings,
};
use super::choose::Chosen;
use super::error::{MissingData, RunnerError};
use super::executor::Route;
use super::found::find;
use super::job::Job;
use super::paces::Asked;
use super::planning::few_trials;
use super::sourcing::Sourced;
use crate::market::Series;
use crate::run::{
    BacktestRequest, BacktestSpec, OptimizationRequest, OptimizationSpec, RunSpec, StrategyRef,
    Subscription, SubscriptionRequest, Violations, WorkRequest,
};
use crate::storage::SeriesRow;
use crate::strategy::{ALL_IN, Params, Scope, StrategyEntry};
use crate::sweep::Plan;
use crate::trading::{Simulation, Sizing, Weight};

/// A submission that can be computed.
pub(super) struct Resolved {
    pub job: Job,
    /// Bars of a backtest, trials of a search.
    pub total: u64,
    /// How much work it is.
    pub asked: Asked,
    pub warnings: Vec<String>,
}

/// A spec with the bars that it will deliver, and what is left out of them, in sentences.
type Finished = (BacktestSpec, u64, Vec<String>);

/// A request so far as it could be resolved.
struct Draft<'c> {
    strategy: Option<(Chosen<'c>, Params)>,
    simulation: Option<Simulation>,
    sourced: Vec<Sourced>,
    alternatives: Vec<Sourced>,
    missing: Vec<MissingData>,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
}

impl Draft<'_> {
    /// What the strategy's text may not mean as it says it.
    fn told(&self) -> Vec<String> {
        self.strategy.as_ref().map_or_else(Vec::new, |(chosen, _)| chosen.warnings.clone())
    }

    /// Whether the strategy says itself how much of everything is held.
    fn holds_weights(&self) -> bool {
        self.strategy.as_ref().is_some_and(|(chosen, _)| {
            let entry = &chosen.entry;
            entry.scope == Scope::Portfolio && entry.default_sizing.is_none()
        })
    }
}

impl Runner {
    /// Resolves a submission, or tells everything that is wrong with it.
    pub(super) async fn resolve(
        &self,
        work: WorkRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        match work {
            WorkRequest::Backtest(request) => {
                let draft = self.draft("backtest", request, &[], &mut violations).await?;
                let told = draft.told();
                if let Some((entry, params)) = &draft.strategy {
                    check_conflict("backtest", &entry.entry, params, &mut violations);
                }
                let holds_weights = draft.holds_weights();
                let (base, sourced) = self.finish(draft, violations).await?;
                let (base, total, left_out) = base;
                let mut warnings = warnings(&sourced.0, &base.simulation, holds_weights);
                warnings.extend(left_out);
                warnings.extend(told);
                let strategy = base.strategy.clone();
                let asked = Asked { strategy, route: Route::Backtest, bars: total, trials: 1 };
                let job = Job::of(RunSpec::Backtest(base), None);
                Ok(Resolved { job, total, asked, warnings })
            }
            WorkRequest::Optimization(request) => self.resolve_search(*request, violations).await,
        }
    }

    async fn resolve_search(
        &self,
        request: OptimizationRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let alternatives = request.subscription_axis;
        let base = request.base;
        let fixed: Vec<String> = base.params.keys().cloned().collect();
        let draft = self.draft("optimization.base", base, &alternatives, &mut violations).await?;
        let told = draft.told();
        let schema = draft.strategy.as_ref().map(|(chosen, _)| chosen.entry.params.as_slice());
        let axes = resolve_axes(request.axes, schema, &fixed, &mut violations);
        check_param_constraints(&request.param_constraints, schema, &mut violations);
        let trials_max = match request.trials_max {
            0 => self.limits.trials_max,
            asked => asked,
        };
        if trials_max > self.limits.trials_max {
            let limit = self.limits.trials_max;
            violations.add("optimization.max_trials", format!("must be at most {limit}, or 0"));
        }
        let holds_weights = draft.holds_weights();
        let ((base, bars, left_out), (sourced, alternatives)) =
            self.finish(draft, violations).await?;
        let mut warnings = warnings(&sourced, &base.simulation, holds_weights);
        warnings.extend(left_out);
        warnings.extend(told);
        let objective = request.objective.unwrap_or_default();
        let spec = Box::new(OptimizationSpec {
            base,
            axes,
            subscription_axis: alternatives.into_iter().map(subscription).collect(),
            search: request.search,
            objective,
            constraints: request.constraints,
            param_constraints: request.param_constraints,
            trials_max,
            failed_trials_max: request.failed_trials_max,
            drawn: None,
        });
        let (spec, plan) = self.plan(spec).await?;
        let total = plan.total();
        warnings.extend(few_trials(&plan));
        let asked = Asked {
            strategy: spec.base.strategy.clone(),
            route: self.route(&spec, &plan),
            bars: bars.saturating_mul(total),
            trials: total,
        };
        let job = Job::of(RunSpec::Optimization(spec), Some(plan));
        Ok(Resolved { job, total, asked, warnings })
    }

    /// The way that trials of the search are computed, going by the first that can be built.
    fn route(&self, spec: &OptimizationSpec, plan: &Plan) -> Route {
        const LOOKS_MAX: u64 = 64;
        let Ok(entry) = find(&self.catalog, &spec.base.strategy) else { return Route::BarByBar };
        let mut trials = plan.indices(0..plan.places().min(LOOKS_MAX));
        let is_stated = trials.any(|index| {
            let is_alone = spec.subscriptions(plan.grid(), index).len() == 1;
            let strategy = (entry.build)(&spec.params(plan.grid(), index));
            is_alone && strategy.is_ok_and(|strategy| strategy.rule().is_some())
        });
        if is_stated { Route::Columns } else { Route::BarByBar }
    }

    /// Resolves what a backtest and the base of a search have in common; `path` is where it
    /// stands in the request.
    async fn draft(
        &self,
        path: &str,
        request: BacktestRequest,
        alternatives: &[Option<SubscriptionRequest>],
        violations: &mut Violations,
    ) -> Result<Draft<'_>, RunnerError> {
        let strategy = self.resolve_strategy(path, &request, violations).await?;
        if alternatives.is_empty() || !request.subscriptions.is_empty() {
            check_subscriptions(path, &request, self.limits.instruments_max, violations);
        }
        check_range(path, &request, violations);
        let (mut sourced, mut missing) = self.find_sources(&request.subscriptions).await?;
        let (alternatives, more_missing) = self.find_sources(alternatives).await?;
        missing.extend(more_missing);
        let bytes_max = self.limits.run_bars_bytes_max;
        check_bytes(path, &sourced, bytes_max, violations);
        if let Some((chosen, _)) = &strategy {
            chosen.check_timeframes(path, sourced.first().or(alternatives.first()), violations);
        }
        if let Some(simulation) = &request.simulation {
            check_simulation(path, simulation, &sourced, violations);
            for alternative in &alternatives {
                check_simulation(path, simulation, std::slice::from_ref(alternative), violations);
            }
        }
        if !alternatives.is_empty() {
            sourced.clear();
        }
        Ok(Draft {
            strategy,
            simulation: request.simulation,
            sourced,
            alternatives,
            missing,
            start_ms: request.start_ms,
            end_ms: request.end_ms,
        })
    }

    /// The spec of a draft without violations, with the bars it will deliver.
    async fn finish(
        &self,
        draft: Draft<'_>,
        violations: Violations,
    ) -> Result<(Finished, (Vec<Sourced>, Vec<Sourced>)), RunnerError> {
        violations.into_result()?;
        if !draft.missing.is_empty() {
            return Err(RunnerError::DataMissing(draft.missing));
        }
        let (Some((Chosen { entry, rules, .. }, params)), Some(simulation)) =
            (draft.strategy, draft.simulation)
        else {
            return Err(RunnerError::Invalid(Violations::default()));
        };
        // A given sizing always wins; without one the strategy's own holds.
        let sizing = simulation.sizing.or_else(|| default_sizing(&entry, &draft.sourced));
        let simulation = Simulation { sizing, ..simulation };
        let Draft { sourced, alternatives, start_ms, end_ms, .. } = draft;
        let all = if alternatives.is_empty() { &sourced } else { &alternatives };
        let cut = self.cut(all, start_ms, end_ms).await?;
        let spec = BacktestSpec {
            strategy: StrategyRef {
                name: entry.name.clone().into_owned(),
                version: entry.version.clone().into_owned(),
                rules,
            },
            params,
            subscriptions: sourced.iter().map(|sourced| subscription(sourced.clone())).collect(),
            start_ms: cut.start_ms,
            end_ms: cut.end_ms,
            simulation,
        };
        // Alternatives are gone through one after the other, each trial over one of them.
        let bars = cut.bars / alternatives.len().max(1) as u64;
        Ok(((spec, bars, cut.left_out), (sourced, alternatives)))
    }

    /// Cuts the time range to the bars that are there.
    async fn cut(
        &self,
        sourced: &[Sourced],
        start_ms: Option<i64>,
        end_ms: Option<i64>,
    ) -> Result<Cut, RunnerError> {
        let mut cut = Cut { start_ms: i64::MAX, end_ms: i64::MIN, bars: 0, left_out: Vec::new() };
        let mut missing = Vec::new();
        for Sourced { request, source } in sourced {
            let whole = start_ms.is_none_or(|start| start <= source.first_open_ms)
                && end_ms.is_none_or(|end| end >= source.end_ms)
                && source.timeframe == request.timeframe;
            if whole {
                // The catalog knows; no bar need be read.
                cut.include(source.first_open_ms, source.end_ms, source.bar_count);
                continue;
            }
            match self.bars_of(request, source).await {
                Ok(series) => {
                    cut.left_out.extend(left_out(request, &series, source, end_ms));
                    let range = series.range(start_ms, end_ms);
                    if let Some(last) = range.clone().last() {
                        let first_ms = series.bars.open_time_ms[range.start];
                        cut.include(first_ms, series.bar_end_ms(last), range.len() as u64);
                        continue;
                    }
                    let message = format!("{request} has no whole bar in that time range");
                    missing.push(MissingData { subject: request.to_string(), message });
                }
                Err(message) => missing.push(MissingData { subject: request.to_string(), message }),
            }
        }
        if missing.is_empty() { Ok(cut) } else { Err(RunnerError::DataMissing(missing)) }
    }

    async fn bars_of(
        &self,
        request: &SubscriptionRequest,
        source: &SeriesRow,
    ) -> Result<Arc<Series>, String> {
        let (bars, data, timeframe) = (Arc::clone(&self.bars), source.data, request.timeframe);
        tokio::task::spawn_blocking(move || bars.resampled(&data, timeframe))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

/// The part of the time axis that holds bars of the run.
struct Cut {
    start_ms: i64,
    end_ms: i64,
    bars: u64,
    /// Bars that are no bars yet, in sentences.
    left_out: Vec<String>,
}

/// What is said of a last week or month that is not over; a range that ends before it needs none.
fn left_out(
    request: &SubscriptionRequest,
    series: &Series,
    source: &SeriesRow,
    end_ms: Option<i64>,
) -> Option<String> {
    let made_until_ms = series.end_ms().unwrap_or(i64::MIN);
    let reaches = end_ms.is_none_or(|end| end >= source.end_ms);
    (made_until_ms < source.end_ms && reaches).then(|| {
        format!(
            "the last bar of {request} is left out: the days that it would have are not all there"
        )
    })
}

impl Cut {
    fn include(&mut self, start_ms: i64, end_ms: i64, bars: u64) {
        self.start_ms = self.start_ms.min(start_ms);
        self.end_ms = self.end_ms.max(end_ms);
        self.bars += bars;
    }
}

/// What a run gets that states no sizing: what the strategy says, and where that is all of the
/// equity for each of several instruments, an equal part of it for each.
fn default_sizing(entry: &StrategyEntry, sourced: &[Sourced]) -> Option<Sizing> {
    let sizing = entry.default_sizing?;
    let instruments: HashSet<_> =
        sourced.iter().map(|sourced| &sourced.request.instrument).collect();
    if entry.scope == Scope::Portfolio || sizing != ALL_IN || instruments.len() < 2 {
        return Some(sizing);
    }
    Some(Sizing::EquityFraction(Weight::one_of(instruments.len()).into()))
}

fn subscription(sourced: Sourced) -> Subscription {
    Subscription {
        instrument: sourced.request.instrument,
        timeframe: sourced.request.timeframe,
        data: sourced.source.data,
        units: sourced.source.units,
    }
}

pub(super) fn one_violation(field: &str, message: String) -> RunnerError {
    let mut violations = Violations::default();
    violations.add(field, message);
    RunnerError::Invalid(violations)
}
