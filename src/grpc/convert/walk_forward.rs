//! Walk-forwards between the wire and the domain.

use super::optimization::optimization_request;
use super::schedule::{handover, wire_handover};
use super::time::timestamp;
use crate::pb;
use crate::pb::walk_forward_spec::Scheme;
use crate::run::{
    Carried, InSample, SeriesAccount, SeriesLeg, Smoothing, Span, Subscription, Violations,
    WalkForwardRequest, WalkForwardResult, WalkForwardSpec, WindowFound,
};
use crate::strategy::Params;
use crate::sweep::WindowWish;

/// Where the search of an optimization stands in its request, and where that of a walk-forward.
const SEARCH_PATHS: (&str, &str) = ("optimization", "walk_forward.search");

/// Reads what is searched, and by which windows.
pub(super) fn walk_forward_request(
    wire: &pb::WalkForwardSpec,
    axes_max: usize,
    violations: &mut Violations,
) -> WalkForwardRequest {
    let unknown = pb::OptimizationSpec::default();
    let mut of_search = Violations::default();
    let search = wire.search.as_ref().unwrap_or(&unknown);
    let search = optimization_request(search, axes_max, &mut of_search);
    violations.extend_moved(of_search, SEARCH_PATHS.0, SEARCH_PATHS.1);
    let (path, windows, anchored) = match &wire.scheme {
        Some(Scheme::Anchored(windows)) => ("walk_forward.anchored", *windows, true),
        Some(Scheme::Rolling(windows)) => ("walk_forward.rolling", *windows, false),
        None => ("walk_forward.rolling", pb::Windows::default(), false),
    };
    let mut days = |value: i32, field: &str| {
        if value < 0 {
            violations.add(format!("{path}.{field}"), format!("is {value}; must not be below 0"));
        }
        u64::try_from(value).unwrap_or(0)
    };
    let windows = WindowWish {
        anchored,
        in_sample_days: days(windows.in_sample_days, "in_sample_days"),
        out_of_sample_days: days(windows.out_of_sample_days, "out_of_sample_days"),
        step_days: days(windows.step_days, "step_days"),
        purge_days: days(windows.purge_days, "purge_days"),
        window_count: days(windows.window_count, "window_count"),
    };
    let smoothing = match pb::Smoothing::try_from(wire.smoothing) {
        Ok(pb::Smoothing::Unspecified | pb::Smoothing::None) => Smoothing::None,
        Ok(pb::Smoothing::Median) => Smoothing::Median,
        Err(_) => {
            let message = format!("{} is no number of this enum (0 to 2)", wire.smoothing);
            violations.add("walk_forward.smoothing", message);
            Smoothing::None
        }
    };
    let in_sample = match pb::InSampleMode::try_from(wire.in_sample_mode) {
        Ok(pb::InSampleMode::Unspecified | pb::InSampleMode::Flat) => InSample::Flat,
        Ok(pb::InSampleMode::Carried) => InSample::Carried,
        Err(_) => {
            let message = format!("{} is no number of this enum (0 to 2)", wire.in_sample_mode);
            violations.add("walk_forward.in_sample_mode", message);
            InSample::Flat
        }
    };
    let handover = handover(wire.handover, "walk_forward.handover", violations);
    WalkForwardRequest { search, windows, in_sample, smoothing, handover, path }
}

impl From<&WalkForwardSpec> for pb::WalkForwardSpec {
    fn from(spec: &WalkForwardSpec) -> Self {
        let plan = spec.plan;
        let windows = pb::Windows {
            in_sample_days: plan.in_sample_days as i32,
            out_of_sample_days: plan.out_of_sample_days as i32,
            step_days: plan.step_days as i32,
            purge_days: plan.purge_days as i32,
            window_count: 0,
        };
        let scheme =
            if plan.anchored { Scheme::Anchored(windows) } else { Scheme::Rolling(windows) };
        let smoothing = match spec.smoothing {
            Smoothing::None => pb::Smoothing::None,
            Smoothing::Median => pb::Smoothing::Median,
        };
        Self {
            search: Some((&spec.search).into()),
            scheme: Some(scheme),
            in_sample_mode: match spec.in_sample {
                InSample::Flat => pb::InSampleMode::Flat,
                InSample::Carried => pb::InSampleMode::Carried,
            }
            .into(),
            smoothing: smoothing.into(),
            handover: wire_handover(spec.handover).into(),
        }
    }
}

impl From<&WalkForwardResult> for pb::WalkForwardResult {
    fn from(result: &WalkForwardResult) -> Self {
        Self {
            completed: result.completed as i64,
            failed: result.failed as i64,
            window_count: result.windows as i32,
            empty_window_count: result.empty_windows as i32,
            profitable_window_count: result.profitable_windows as i32,
            metrics: result.metrics.clone(),
            efficiency: result.efficiency,
            rank_correlation: result.rank_correlation,
            rank_correlation_t: result.rank_correlation_t,
            stability: result
                .stability
                .iter()
                .map(|axis| pb::AxisStability {
                    axis: axis.axis.clone(),
                    mean_jump: axis.mean_jump,
                    changed_share: axis.changed_share,
                })
                .collect(),
            baselines: result.baselines.clone(),
            result_sha256: result.hash().to_string(),
            sentence: result.sentence(),
            carried: result.carried.as_ref().map(Into::into),
            series: result.series.iter().map(Into::into).collect(),
        }
    }
}

impl From<&SeriesAccount> for pb::SeriesAccount {
    fn from(account: &SeriesAccount) -> Self {
        Self {
            subscription: Some((&account.subscription).into()),
            metrics: account.metrics.clone(),
            carried: account.carried.as_ref().map(Into::into),
        }
    }
}

/// What a choice came to on one of several series.
fn window_series((subscription, leg): (&Subscription, &SeriesLeg)) -> pb::WindowSeries {
    pb::WindowSeries {
        subscription: Some(subscription.into()),
        in_sample_metrics: leg.in_sample_metrics.clone(),
        out_of_sample_metrics: leg.out_of_sample_metrics.clone(),
        carried_metrics: leg.carried_metrics.clone(),
        initial_cash: leg.cash.to_string(),
        result_sha256: leg.account_sha256.map_or_else(String::new, |it| it.to_string()),
    }
}

impl From<&Carried> for pb::CarriedAccount {
    fn from(carried: &Carried) -> Self {
        let mut backtest = pb::BacktestSpec::from(&carried.backtest);
        // A text names itself, and is not named beside: so it can be submitted as it is.
        if let Some(strategy) = backtest.strategy.as_mut().filter(|it| !it.source.is_empty()) {
            (strategy.name, strategy.version) = (String::new(), String::new());
            strategy.rule_sha256 = String::new();
        }
        Self {
            backtest: Some(backtest),
            metrics: carried.metrics.clone(),
            result_sha256: carried.result_sha256.map_or_else(String::new, |it| it.to_string()),
            error: carried.failure.as_ref().map(Into::into),
        }
    }
}

/// The windows that are done, with the parameters that were chosen.
pub(in crate::grpc) fn windows(spec: &WalkForwardSpec, found: &[WindowFound]) -> Vec<pb::Window> {
    let Ok(grid) = spec.search.grid() else { return Vec::new() };
    let range = |span: Span| pb::TimeRange {
        start_time: Some(timestamp(span.start_ms)),
        end_time: Some(timestamp(span.end_ms)),
    };
    let window = |(number, found): (usize, &WindowFound)| {
        let params = found.params(spec, &grid);
        let params = params.iter().flat_map(Params::iter);
        pb::Window {
            window_index: number as i32,
            in_sample: Some(range(found.spans.in_sample)),
            out_of_sample: Some(range(found.spans.out_of_sample)),
            selected_trial: found.selected.map(|index| index as i64),
            params: params.map(|(name, value)| (name.to_owned(), value.into())).collect(),
            in_sample_objective: found.objective,
            in_sample_metrics: found.in_sample_metrics.clone(),
            out_of_sample_metrics: found.out_of_sample_metrics.clone(),
            carried_metrics: found.carried_metrics.clone(),
            rank_correlation: found.rank_correlation,
            out_of_sample_rank: found.rank,
            baselines: found.baselines.clone(),
            returns: found.returns.clone(),
            initial_cash: found.cash.to_string(),
            result_sha256: found.account_sha256.map_or_else(String::new, |it| it.to_string()),
            failures: found.failures.iter().map(Into::into).collect(),
            series: spec
                .search
                .subscription_axis
                .iter()
                .zip(&found.series)
                .map(window_series)
                .collect(),
        }
    };
    found.iter().enumerate().map(window).collect()
}
