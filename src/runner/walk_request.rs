//! Taking a walk-forward: its search as any other, and how its days are cut.

use std::mem;
use std::sync::Arc;

use super::Runner;
use super::error::{MissingData, RunnerError};
use super::job::Job;
use super::resolve::{Resolved, one_violation};
use super::walk_days::{are_same, check_day_rules, other_days};
use super::window_export::keeps_trials;
use crate::market::{Series, TradingDays};
use crate::metrics::{Metric, OF_SEGMENTS};
use crate::run::{
    InSample, OptimizationRequest, OptimizationSpec, RunSpec, Smoothing, Span, Subscription,
    Violations, WINDOW_TRIALS_MAX, WalkForwardRequest, WalkForwardSpec, WindowSpans,
    is_account_path,
};
use crate::sweep::{
    PLATEAU_AXES_MAX, Plan, Search, WindowFault, WindowPlan, WindowWish, ordered_axes,
};

/// Where the search stands as an optimization, and where it does here.
const SEARCH_PATHS: (&str, &str) = ("optimization", "walk_forward.search");
/// Trials of one window: what is known of each is held until the window is done.
const TRIALS_MAX: u64 = 500_000;
/// Trials times parts of windows of one simulation: some 450 MB.
const PARTS_MAX: u64 = 8_000_000;

/// The windows of a run, and what its submitter may want to know of them.
struct Cut {
    plan: WindowPlan,
    spans: Vec<WindowSpans>,
    warnings: Vec<String>,
}

/// What windows are cut in: all series of the account, or those of which a trial has one.
fn walked_over(search: &OptimizationSpec) -> &[Subscription] {
    match search.subscription_axis.as_slice() {
        [] => &search.base.subscriptions,
        alternatives => alternatives,
    }
}

impl Runner {
    pub(super) async fn resolve_walk_forward(
        &self,
        request: WalkForwardRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let WalkForwardRequest { mut search, windows: wish, in_sample, smoothing, handover, path } =
            request;
        add(&mut violations, path, wish.faults());
        refuse_learning(search.search, &mut violations);
        check_neighbours(smoothing, search.search, &mut violations);
        check_metrics(in_sample, &search, &mut violations);
        refuse_several(&search, &mut violations);
        // Every window has a warm-up of its own: how much is there before the first says nothing.
        let asked = mem::take(&mut search.base.warmup_bars);
        let resolved = match self.resolve_search(search, Violations::default()).await {
            Ok(resolved) => resolved,
            Err(RunnerError::Invalid(of_search)) => {
                violations.extend_moved(of_search, SEARCH_PATHS.0, SEARCH_PATHS.1);
                return Err(RunnerError::Invalid(violations));
            }
            Err(error) if violations.is_empty() => return Err(error),
            Err(_) => return Err(RunnerError::Invalid(violations)),
        };
        let Resolved { job, total, mut warnings, warm_up, .. } = resolved;
        let RunSpec::Optimization(mut search) = job.spec else {
            return Err(RunnerError::Invalid(violations));
        };
        if total > TRIALS_MAX {
            let message = format!("has {total} trials; at most {TRIALS_MAX} are compared");
            violations.add("walk_forward.search", message);
        }
        check_axes(smoothing, job.plan.as_ref(), &mut violations);
        violations.into_result()?;
        let series = self.series_of(walked_over(&search)).await?;
        let cut = Cut::of(&wish, &search, &series).and_then(Cut::tells(search.objective.metric));
        let cut = cut.map_err(|faults| {
            let mut violations = Violations::default();
            add(&mut violations, path, faults);
            RunnerError::Invalid(violations)
        })?;
        search.base.warmup_bars = if asked > 0 { asked } else { warm_up.unwrap_or(0) };
        if asked == 0 && warm_up.is_none() {
            warnings.push(
                "how many bars the strategy needs to warm up is not known: every window begins \
                 cold unless warmup_bars says how many it sees before"
                    .to_owned(),
            );
        }
        check_day_rules(&search, &series)?;
        let same_days = search.across.is_some() && are_same(&series, &cut.spans);
        warnings.extend(other_days(&search, same_days));
        warnings.extend(swept_account(&search));
        warnings.extend(cut.warnings);
        warnings.extend(not_kept(cut.spans.len() as u64, total));
        let (plan, spans) = (cut.plan, cut.spans);
        let total = match in_sample {
            InSample::Flat => spans.len() as u64 * 2 * total,
            InSample::Carried => {
                check_parts(spans.len() as u64 * 2 * total)?;
                total
            }
        };
        let search = *search;
        let spec =
            WalkForwardSpec { search, plan, spans, in_sample, smoothing, handover, same_days };
        let job = Job::of(RunSpec::WalkForward(Box::new(spec)), job.plan);
        Ok(Resolved { job, total, asked: None, warm_up, warnings })
    }

    /// The bars of every subscription, the first first.
    pub(super) async fn series_of(
        &self,
        subscriptions: &[Subscription],
    ) -> Result<Vec<Arc<Series>>, RunnerError> {
        let subscriptions = subscriptions.to_vec();
        let bars = Arc::clone(&self.bars);
        let load = move |it: Subscription| {
            bars.resampled(&it.data, it.timeframe).map_err(|error| MissingData {
                subject: format!("{}@{}", it.instrument, it.timeframe),
                message: error.to_string(),
            })
        };
        let loaded = tokio::task::spawn_blocking(move || {
            subscriptions.into_iter().map(load).collect::<Result<Vec<_>, _>>()
        });
        let loaded = loaded.await.map_err(|_| RunnerError::ShuttingDown)?;
        loaded.map_err(|missing| RunnerError::DataMissing(vec![missing]))
    }
}

fn swept_account(search: &OptimizationSpec) -> Option<String> {
    let is_swept = search.axes.iter().any(|axis| is_account_path(&axis.name));
    is_swept.then(|| {
        "an axis sweeps the account, which no change of parameters does: the choices are not run \
         as one backtest"
            .to_owned()
    })
}

fn not_kept(windows: u64, trials: u64) -> Option<String> {
    let is_kept = keeps_trials(windows, trials);
    (!is_kept).then(|| {
        format!(
            "{trials} trials in {windows} windows are not kept one by one, since they are more \
             than {WINDOW_TRIALS_MAX} together: ExportWindowTrials will have none of them"
        )
    })
}

const SMOOTHING: &str = "walk_forward.smoothing";

fn check_neighbours(smoothing: Smoothing, search: Search, violations: &mut Violations) {
    let has_neighbours = search == Search::Grid || search.is_learning();
    if smoothing == Smoothing::Median && !has_neighbours {
        let message = "MEDIAN is of neighbours on a grid: other searches leave most of them out";
        violations.add(SMOOTHING, message);
    }
}

fn refuse_learning(search: Search, violations: &mut Violations) {
    if search.is_learning() {
        let message = "would choose from what it saw of the days that judge it; try a grid, \
                       a random draw or points";
        let is_bred = matches!(search, Search::Genetic { .. });
        let field = if is_bred { "genetic" } else { "tpe" };
        violations.add(format!("walk_forward.search.{field}"), message);
    }
}

/// A walk-forward goes over one series, or over all of several with what is chosen for all of them.
fn refuse_several(search: &OptimizationRequest, violations: &mut Violations) {
    if search.subscription_axis.len() > 1 && search.across.is_none() {
        let message = "takes one series at most, unless across says how combinations are compared \
                       over several: a choice between series is one of its own";
        violations.add("walk_forward.search.subscription_axis", message);
    }
}

/// Parts of one simulation have some metrics only.
fn check_metrics(in_sample: InSample, search: &OptimizationRequest, violations: &mut Violations) {
    let known = OF_SEGMENTS.map(Metric::name).join(", ");
    let mut check = |metric: Metric, field: String| {
        if !in_sample.knows(metric) {
            let message = format!(
                "{} is none that parts of one simulation have; with CARRIED there are {known}",
                metric.name()
            );
            violations.add(format!("walk_forward.search.{field}"), message);
        }
    };
    check(search.objective.unwrap_or_default().metric, "objective.metric".to_owned());
    for (place, bound) in search.constraints.iter().enumerate() {
        check(bound.metric, format!("constraints[{place}].metric"));
    }
}

/// What is known of each trial in each part is held until all windows are done.
fn check_parts(parts: u64) -> Result<(), RunnerError> {
    if parts <= PARTS_MAX {
        return Ok(());
    }
    let message = format!(
        "CARRIED holds what each trial came to in both parts of each window, which are {parts}; at \
         most {PARTS_MAX} are taken: choose fewer windows or trials, or FLAT"
    );
    Err(one_violation("walk_forward.in_sample_mode", message))
}

fn check_axes(smoothing: Smoothing, plan: Option<&Plan>, violations: &mut Violations) {
    let axes = plan.map_or(0, |plan| ordered_axes(plan.grid()));
    if smoothing == Smoothing::Median && axes > PLATEAU_AXES_MAX {
        let message =
            format!("MEDIAN takes {PLATEAU_AXES_MAX} axes in order at most; these are {axes}");
        violations.add(SMOOTHING, message);
    }
}

fn add(violations: &mut Violations, path: &str, faults: Vec<WindowFault>) {
    for WindowFault { field, message } in faults {
        violations.add(format!("{path}.{field}"), message);
    }
}

/// The least days that have such a metric; with fewer it is undefined, whatever was traded.
const fn days_needed(metric: Metric) -> u64 {
    match metric {
        Metric::Sharpe
        | Metric::SharpeExcess
        | Metric::Sortino
        | Metric::Volatility
        | Metric::Autocorrelation => 2,
        Metric::Skewness => 3,
        Metric::Kurtosis | Metric::Psr => 4,
        _ => 1,
    }
}

impl Cut {
    /// Whether windows are long enough for the objective: else nothing could ever be chosen, or
    /// nothing be said of what was.
    fn tells(metric: Metric) -> impl FnOnce(Self) -> Result<Self, Vec<WindowFault>> {
        move |mut cut| {
            let (needed, name) = (days_needed(metric), metric.name());
            let WindowPlan { in_sample_days, out_of_sample_days, .. } = cut.plan;
            if in_sample_days < needed {
                let message = format!(
                    "is {in_sample_days}; {name} is undefined over fewer than {needed} days, so \
                     that nothing could be chosen: take {needed} or more, or another objective"
                );
                return Err(vec![WindowFault { field: "in_sample_days", message }]);
            }
            if out_of_sample_days < needed {
                cut.warnings.push(format!(
                    "{name} is undefined over fewer than {needed} days, and windows are judged by \
                     {out_of_sample_days}: no ranks are compared"
                ));
            }
            Ok(cut)
        }
    }

    /// Windows over the days of the first series, less those that have no bars.
    fn of(
        wish: &WindowWish,
        search: &OptimizationSpec,
        series: &[Arc<Series>],
    ) -> Result<Self, Vec<WindowFault>> {
        let (start_ms, end_ms) = (search.base.start_ms, search.base.end_ms);
        let whole = Span { start_ms, end_ms };
        let days = series.first().map_or(&TradingDays::UTC, |first| &first.days);
        let day_count = whole.day_count(days);
        let plan = WindowPlan::of(wish, day_count)?;
        let all = WindowSpans::of(plan, days, whole);
        let has_bars = |span: Span| {
            series.iter().all(|it| !it.range(Some(span.start_ms), Some(span.end_ms)).is_empty())
        };
        let count = all.len();
        let spans: Vec<WindowSpans> = all
            .into_iter()
            .filter(|window| has_bars(window.in_sample) && has_bars(window.out_of_sample))
            .collect();
        if spans.len() < 2 {
            let message = format!(
                "of {count} windows only {} have bars in both parts; choose longer windows",
                spans.len()
            );
            return Err(vec![WindowFault { field: "in_sample_days", message }]);
        }
        let mut warnings = Vec::new();
        if spans.len() < count {
            let without = count - spans.len();
            warnings.push(format!(
                "{without} of {count} windows have no bars to choose by or to be judged by and are \
                 left out"
            ));
        }
        let rest = day_count - plan.last_end(day_count);
        if rest > 0 {
            warnings.push(format!("the last {rest} of {day_count} days are in no window"));
        }
        Ok(Self { plan, spans, warnings })
    }
}
