//! From what was asked to what will be computed: defaults, versions and data filled in, and
//! everything that is wrong reported at once.

use super::Runner;
use super::aux_sources::{aux_source, aux_warnings, check_aux, says_signals};
use super::axes::{
    check_across, check_alternatives, check_most_trials, check_param_constraints, levelled,
    resolve_axes,
};
use super::benchmark::check_measured;
use super::beside::{check_alike, check_markets};
use super::carried::{carry_warnings, check_carry};
use super::check::{
    check_bytes, check_conflict, check_range, check_risk, check_simulation, check_subscriptions,
    warnings,
};
use super::choose::{Chosen, default_sizing};
use super::currencies::{check_currencies, currency_warning};
use super::error::{MissingData, RunnerError};
use super::executor::Route;
use super::found::find;
use super::ground::Ground;
use super::job::Job;
use super::paces::Asked;
use super::planning::few_trials;
use super::points::{account, resolve_points};
use super::scheduling::{check_span, refuse_schedule, resolve_schedule};
use super::sourcing::Sourced;
use super::span::short_warm_up;
use crate::run::{
    BacktestRequest, BacktestSpec, OptimizationRequest, OptimizationSpec, RunSpec, Schedule,
    StrategyRef, Subscription, SubscriptionRequest, Violations, WorkRequest,
};
use crate::storage::AuxRow;
use crate::strategy::{AuxNeed, Params, Scope};
use crate::sweep::{Axis, Plan, Search};
use crate::trading::Simulation;

/// A submission that can be computed.
pub(super) struct Resolved {
    pub job: Job,
    /// Bars of a backtest, trials of a search.
    pub total: u64,
    /// How much work it is; `None` where it has no pace of its own.
    pub asked: Option<Asked>,
    /// Bars that the strategy sees until it can give a signal: the most of any trial; `None` where
    /// it is not known.
    pub warm_up: Option<u64>,
    pub warnings: Vec<String>,
}

/// A spec with the bars that it will deliver, and what is left out of them, in sentences.
type Finished = (BacktestSpec, u64, Vec<String>);

/// A request so far as it could be resolved.
struct Draft<'c> {
    ground: Ground<'c>,
    strategy: Option<(Chosen<'c>, Params)>,
    simulation: Option<Simulation>,
    sourced: Vec<Sourced>,
    alternatives: Vec<Sourced>,
    /// The auxiliary series that the strategy follows.
    aux: Vec<(usize, AuxRow)>,
    /// Those that positions are charged by.
    charging: Vec<(usize, AuxRow)>,
    /// What it is measured against.
    benchmark: Option<Sourced>,
    missing: Vec<MissingData>,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    warmup_bars: u64,
    schedule: Option<Box<Schedule>>,
}

impl Draft<'_> {
    /// What the strategy's text may not mean as it says it, and the series that it follows.
    fn told(&self) -> Vec<String> {
        let chosen = self.strategy.as_ref();
        let mut told = chosen.map_or_else(Vec::new, |(chosen, _)| chosen.warnings.clone());
        let sizing = self.simulation.as_ref().and_then(|simulation| simulation.sizing);
        told.extend(aux_warnings(&self.aux, self.does_what_is_said() && sizing.is_some()));
        told.extend(chosen.and_then(|(it, _)| currency_warning(&it.entry, &self.sourced)));
        told.extend(carry_warnings(&self.charging, [&self.sourced, &self.alternatives]));
        told
    }

    /// How many bars the strategy needs to warm up, with the greatest value of each axis.
    fn warm_up(&self, axes: &[Axis]) -> Option<u64> {
        let (chosen, params) = self.strategy.as_ref()?;
        let mut params = params.clone();
        for axis in axes {
            params.set(&axis.name, axis.values.greatest()?);
        }
        (chosen.entry.warm_up)(&params).map(|bars| bars as u64)
    }

    /// Whether the strategy does what its series say, whatever they are called.
    fn does_what_is_said(&self) -> bool {
        let need = self.strategy.as_ref().and_then(|(chosen, _)| chosen.entry.aux.as_ref());
        matches!(need, Some(AuxNeed::Followed(_)))
    }

    /// Whether trials go by columns since their series say when to be in the market.
    fn goes_by_signals(&self) -> bool {
        self.sourced.len() <= 1 && self.does_what_is_said() && says_signals(&self.aux)
    }

    /// Whether the strategy says itself how much of everything is held.
    fn holds_weights(&self) -> bool {
        self.strategy.as_ref().is_some_and(|(chosen, _)| {
            let entry = &chosen.entry;
            entry.scope == Scope::Portfolio && entry.sizes_itself()
        })
    }
}

impl Runner {
    /// Resolves a submission, or tells everything that is wrong with it.
    pub(super) async fn resolve(
        &self,
        work: WorkRequest,
        violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        match work {
            // Never without the search that it goes on from, unless that cannot be read.
            WorkRequest::OfContinued => {
                violations.into_result()?;
                Err(one_violation("spec", "is missing".to_owned()))
            }
            WorkRequest::Backtest(request) => self.resolve_backtest(request, violations).await,
            WorkRequest::Optimization(request) => self.resolve_search(*request, violations).await,
            WorkRequest::Validation(request) => self.resolve_validation(request, violations).await,
            WorkRequest::WalkForward(request) => {
                self.resolve_walk_forward(*request, violations).await
            }
            WorkRequest::Robustness(request) => self.resolve_robustness(*request, violations).await,
        }
    }

    pub(super) async fn backtest_on(
        &self,
        ground: Ground<'_>,
        request: BacktestRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let warmup_bars = request.warmup_bars;
        let asked_span = (request.start_ms, request.end_ms);
        let draft = self.draft(ground, ("backtest", request), &[], &mut violations).await?;
        let told = draft.told();
        if let Some((entry, params)) = &draft.strategy {
            check_conflict("backtest", &entry.entry, params, &mut violations);
        }
        let holds_weights = draft.holds_weights();
        let warm_up = draft.warm_up(&[]);
        let (base, sourced) = self.finish(draft, violations).await?;
        let (base, total, left_out) = base;
        check_span(&base, asked_span)?;
        let mut warnings = warnings(&sourced.0, &base.simulation, holds_weights);
        warnings.extend(left_out);
        warnings.extend(told);
        warnings.extend(short_warm_up(warmup_bars, base.warmup_bars));
        let strategy = base.strategy.clone();
        let asked = Asked { strategy, route: Route::Backtest, bars: total, trials: 1 };
        let job = Job::of(RunSpec::Backtest(base), None);
        Ok(Resolved { job, total, asked: Some(asked), warm_up, warnings })
    }

    pub(super) async fn search_on(
        &self,
        ground: Ground<'_>,
        mut request: OptimizationRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        check_measured(&request, &mut violations);
        let given = request.base.simulation.take();
        let simulation = given.map(|it| account(&request, it, &mut violations));
        refuse_schedule(&mut request.base, &mut violations);
        let alternatives = request.subscription_axis;
        let base = BacktestRequest { simulation, ..request.base };
        let warmup_bars = base.warmup_bars;
        let fixed: Vec<String> = base.params.keys().cloned().collect();
        check_across(request.across, alternatives.len(), &mut violations);
        check_alternatives(&alternatives, &mut violations);
        let draft =
            self.draft(ground, ("optimization.base", base), &alternatives, &mut violations).await?;
        let told = draft.told();
        let schema = draft.strategy.as_ref().map(|(chosen, _)| chosen.entry.params.as_slice());
        let axes = match request.search {
            Search::Points => resolve_points(&request.points, schema, &fixed, &mut violations),
            _ => resolve_axes(request.axes, schema, &fixed, &mut violations),
        };
        let axes = if request.search.is_learning() { levelled(axes) } else { axes };
        check_param_constraints(&request.param_constraints, schema, &axes, &mut violations);
        let most = self.limits.trials_max;
        let trials_max = if request.trials_max == 0 { most } else { request.trials_max };
        check_most_trials(trials_max, most, &mut violations);
        let holds_weights = draft.holds_weights();
        let warm_up = draft.warm_up(&axes);
        let by_signals = draft.goes_by_signals();
        let ((base, bars, left_out), (sourced, alternatives)) =
            self.finish(draft, violations).await?;
        let mut warnings = warnings(&sourced, &base.simulation, holds_weights);
        warnings.extend(left_out.into_iter().chain(told));
        warnings.extend(short_warm_up(warmup_bars, base.warmup_bars));
        let objective = request.objective.unwrap_or_default();
        let spec = Box::new(OptimizationSpec {
            base,
            axes,
            subscription_axis: alternatives.into_iter().map(subscription).collect(),
            search: request.search,
            objective,
            across: request.across,
            constraints: request.constraints,
            param_constraints: request.param_constraints,
            trials_max,
            failed_trials_max: request.failed_trials_max,
            drawn: None,
            more_objectives: request.more_objectives,
            proposed: None,
            extends: request.extends.map(|run_id| run_id.to_string()),
        });
        if let Some(run_id) = request.extends {
            Box::pin(self.check_extension(&spec, run_id)).await?;
        }
        let (spec, plan) = self.plan(spec).await?;
        let total = plan.total();
        warnings.extend(few_trials(&plan));
        let asked = Asked {
            strategy: spec.base.strategy.clone(),
            route: if by_signals { Route::Columns } else { self.route(&spec, &plan) },
            bars: bars.saturating_mul(total),
            trials: total,
        };
        let job = Job::of(RunSpec::Optimization(spec), Some(plan));
        Ok(Resolved { job, total, asked: Some(asked), warm_up, warnings })
    }

    /// The way that trials of the search are computed, going by the first that can be built.
    fn route(&self, spec: &OptimizationSpec, plan: &Plan) -> Route {
        const LOOKS_MAX: u64 = 64;
        let Ok(entry) = find(&self.catalog, &spec.base.strategy) else { return Route::BarByBar };
        // Of a search that learns, those that it begins with.
        let first = match plan.learner() {
            Some(mut learner) => learner.propose(LOOKS_MAX),
            None => plan.indices(0..plan.places().min(LOOKS_MAX)).collect(),
        };
        let is_stated = first.into_iter().any(|index| {
            let is_alone = spec.subscriptions(plan.grid(), index).len() == 1;
            let strategy = (entry.build)(&spec.params(plan.grid(), index));
            is_alone && strategy.is_ok_and(|strategy| strategy.rule_over(&[]).is_some())
        });
        if is_stated { Route::Columns } else { Route::BarByBar }
    }

    /// Resolves what a backtest and the base of a search have in common; `path` is where it
    /// stands in the request.
    async fn draft<'c>(
        &'c self,
        ground: Ground<'c>,
        (path, request): (&str, BacktestRequest),
        alternatives: &[Option<SubscriptionRequest>],
        violations: &mut Violations,
    ) -> Result<Draft<'c>, RunnerError> {
        let strategy = self.resolve_strategy(path, &request, violations).await?;
        if alternatives.is_empty() || !request.subscriptions.is_empty() {
            check_subscriptions(path, &request, self.limits.instruments_max, violations);
        }
        check_range(path, &request, violations);
        let (mut sourced, mut missing) = ground.sources(self, &request.subscriptions).await?;
        let (alternatives, more_missing) = ground.sources(self, alternatives).await?;
        missing.extend(more_missing);
        let (aux, missing_aux) = ground.aux(self, &request.aux).await?;
        missing.extend(missing_aux);
        let (benchmark, missing_benchmark) = self.find_benchmark(ground, &request).await?;
        missing.extend(missing_benchmark);
        let bytes_max = self.limits.run_bars_bytes_max;
        check_bytes(path, sourced.iter().chain(&benchmark), bytes_max, violations);
        let given = (request.aux.as_slice(), aux.as_slice());
        let all = [sourced.as_slice(), &alternatives];
        let simulation = request.simulation.as_ref();
        let charging = simulation.map(|it| check_carry(path, it, given, &all, violations));
        let charging = charging.unwrap_or_default();
        let mut schedule = None;
        if let Some((chosen, _)) = &strategy {
            schedule = resolve_schedule(path, &chosen.entry, &request, violations);
            let first = if alternatives.is_empty() { &sourced } else { &alternatives };
            chosen.check_timeframes(path, first, violations);
            // Of those that are not there something else is told.
            let asked = (request.subscriptions.len(), alternatives.len());
            check_markets(path, &chosen.entry, asked, violations);
            if chosen.rules.is_some() {
                check_alike(path, &chosen.entry, &request.subscriptions, violations);
            }
            check_aux(path, &chosen.entry, given, &charging, &all, violations);
            check_currencies(path, &chosen.entry, &sourced, violations);
        }
        let (charging, aux) = aux.into_iter().partition(|(place, _)| charging.contains(place));
        if let Some(simulation) = &request.simulation {
            if let Some((chosen, params)) = &strategy {
                check_risk(path, &chosen.entry, params, simulation, violations);
            }
            check_simulation(path, simulation, &sourced, violations);
            for alternative in &alternatives {
                check_simulation(path, simulation, std::slice::from_ref(alternative), violations);
            }
        }
        if !alternatives.is_empty() {
            sourced.clear();
        }
        Ok(Draft {
            ground,
            strategy,
            simulation: request.simulation,
            sourced,
            alternatives,
            aux,
            charging,
            benchmark,
            missing,
            start_ms: request.start_ms,
            end_ms: request.end_ms,
            warmup_bars: request.warmup_bars,
            schedule,
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
        let Draft { sourced, alternatives, start_ms, end_ms, warmup_bars, schedule, .. } = draft;
        let mut aux: Vec<_> = draft.aux.into_iter().chain(draft.charging).collect();
        aux.sort_by_key(|(place, _)| *place);
        let all = if alternatives.is_empty() { &sourced } else { &alternatives };
        let cut = draft.ground.cut(self, (all, !alternatives.is_empty()), start_ms, end_ms).await?;
        let (mut left_out, span) = (cut.left_out, (cut.start_ms, cut.end_ms));
        if let Some(benchmark) = &draft.benchmark {
            left_out.extend(self.measured(draft.ground, benchmark, span).await?);
        }
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
            // Of alternatives each has what it has, and none more than this.
            warmup_bars: warmup_bars.min(cut.bars_before),
            simulation,
            aux: aux.into_iter().map(aux_source).collect(),
            schedule,
            benchmark: draft.benchmark.map(subscription),
        };
        // Alternatives are gone through one after the other, each trial over one of them.
        let bars = cut.bars / alternatives.len().max(1) as u64;
        Ok(((spec, bars, left_out), (sourced, alternatives)))
    }
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
