//! From what was asked to what will be computed: defaults, versions and data filled in, and
//! everything that is wrong reported at once.

use std::sync::Arc;

use super::Runner;
use super::error::{MissingData, RunnerError};
use crate::market::{Series, Timeframe, Units};
use crate::run::{
    BacktestRequest, BacktestSpec, RunSpec, StrategyRef, Subscription, SubscriptionRequest,
    Violations,
};
use crate::storage::SeriesRow;
use crate::strategy::{Params, StrategyEntry};
use crate::trading::{Simulation, Sizing, Terms};

/// The most subscriptions of one run.
const SUBSCRIPTIONS_MAX: usize = 16;

/// A submission that can be computed.
pub(super) struct Resolved {
    pub spec: RunSpec,
    /// Bars that will be delivered.
    pub total: u64,
    pub warnings: Vec<String>,
}

/// A subscription with the version of its source.
struct Sourced {
    request: SubscriptionRequest,
    source: SeriesRow,
}

impl Runner {
    /// Resolves a backtest; `path` is where it stands in the request.
    pub(super) async fn resolve(
        &self,
        path: &str,
        request: BacktestRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let strategy = self.resolve_strategy(path, &request, &mut violations);
        check_subscriptions(path, &request, strategy.as_ref().map(|s| s.0), &mut violations);
        check_range(path, &request, &mut violations);
        let (sourced, missing) = self.find_sources(&request).await?;
        if let Some(simulation) = &request.simulation {
            check_simulation(path, simulation, &sourced, &mut violations);
        }
        violations.into_result()?;
        if !missing.is_empty() {
            return Err(RunnerError::DataMissing(missing));
        }
        let (Some((entry, params)), Some(simulation)) = (strategy, request.simulation) else {
            return Err(RunnerError::Invalid(Violations::default()));
        };
        let cut = self.cut(&sourced, request.start_ms, request.end_ms).await?;
        let warnings = warnings(&sourced, &simulation);
        let spec = RunSpec::Backtest(BacktestSpec {
            strategy: StrategyRef { name: entry.name.into(), version: entry.version.into() },
            params,
            subscriptions: sourced.into_iter().map(subscription).collect(),
            start_ms: cut.start_ms,
            end_ms: cut.end_ms,
            simulation,
        });
        Ok(Resolved { spec, total: cut.bars, warnings })
    }

    fn resolve_strategy(
        &self,
        path: &str,
        request: &BacktestRequest,
        violations: &mut Violations,
    ) -> Option<(&StrategyEntry, Params)> {
        let entry = match self.catalog.find(&request.strategy_name, &request.strategy_version) {
            Ok(entry) => entry,
            Err(unknown) => {
                let field = if unknown.version_only { "version" } else { "name" };
                violations.add(format!("{path}.strategy.{field}"), unknown.message);
                return None;
            }
        };
        let params = match Params::resolve(&entry.params, &request.params) {
            Ok(params) => params,
            Err(errors) => {
                for error in errors {
                    violations.add(format!("{path}.params.{}", error.name), error.message);
                }
                return None;
            }
        };
        if let Err(conflict) = (entry.build)(&params) {
            let values: Vec<_> =
                conflict.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let message = format!("{} ({})", conflict.message, values.join(", "));
            violations.add(format!("{path}.params.{}", conflict.param), message);
        }
        Some((entry, params))
    }

    /// The source series of each readable subscription, and what has none.
    async fn find_sources(
        &self,
        request: &BacktestRequest,
    ) -> Result<(Vec<Sourced>, Vec<MissingData>), RunnerError> {
        let (mut sourced, mut missing) = (Vec::new(), Vec::new());
        for request in request.subscriptions.iter().flatten() {
            match self.find_source(request).await? {
                Ok(source) => sourced.push(Sourced { request: request.clone(), source }),
                Err(message) => missing.push(MissingData { subject: request.to_string(), message }),
            }
        }
        Ok((sourced, missing))
    }

    async fn find_source(
        &self,
        request: &SubscriptionRequest,
    ) -> Result<Result<SeriesRow, String>, RunnerError> {
        if let Some(pinned) = request.pinned {
            let version = self.store.series_version(&request.instrument, pinned).await?;
            let version = version.filter(|row| serves(row, request.timeframe));
            return Ok(version.ok_or_else(|| format!("no version {pinned} of {request} is stored")));
        }
        let stored = self.store.series_of_instrument(&request.instrument).await?;
        // The coarsest timeframe that still divides is the least work.
        let best = stored.iter().rev().find(|row| serves(row, request.timeframe)).cloned();
        Ok(best.ok_or_else(|| match stored.as_slice() {
            [] => format!("no bars of {} are imported", request.instrument),
            rows => {
                let timeframes: Vec<_> = rows.iter().map(|row| row.timeframe.to_string()).collect();
                let there = timeframes.join(", ");
                format!("{request} cannot be made from the timeframes imported: {there}")
            }
        }))
    }

    /// Cuts the time range to the bars that are there.
    async fn cut(
        &self,
        sourced: &[Sourced],
        start_ms: Option<i64>,
        end_ms: Option<i64>,
    ) -> Result<Cut, RunnerError> {
        let mut cut = Cut { start_ms: i64::MAX, end_ms: i64::MIN, bars: 0 };
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
                    let range = series.range(start_ms, end_ms);
                    let times = &series.bars.open_time_ms;
                    if let (Some(&first), Some(&last)) =
                        (times.get(range.start), times.get(range.end.wrapping_sub(1)))
                        && !range.is_empty()
                    {
                        let end = last + series.timeframe.duration_ms();
                        cut.include(first, end, range.len() as u64);
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
}

impl Cut {
    fn include(&mut self, start_ms: i64, end_ms: i64, bars: u64) {
        self.start_ms = self.start_ms.min(start_ms);
        self.end_ms = self.end_ms.max(end_ms);
        self.bars += bars;
    }
}

/// Whether bars of that timeframe can be made from the stored ones.
fn serves(row: &SeriesRow, timeframe: Timeframe) -> bool {
    timeframe.duration_ms() % row.timeframe.duration_ms() == 0
}

fn subscription(sourced: Sourced) -> Subscription {
    Subscription {
        instrument: sourced.request.instrument,
        timeframe: sourced.request.timeframe,
        data: sourced.source.data,
        units: sourced.source.units,
    }
}

fn check_subscriptions(
    path: &str,
    request: &BacktestRequest,
    strategy: Option<&StrategyEntry>,
    violations: &mut Violations,
) {
    let field = format!("{path}.subscriptions");
    if request.subscriptions.is_empty() {
        violations.add(&field, "at least one is required");
    }
    if request.subscriptions.len() > SUBSCRIPTIONS_MAX {
        violations.add(&field, format!("at most {SUBSCRIPTIONS_MAX} are taken"));
    }
    let mut seen: Vec<&SubscriptionRequest> = Vec::new();
    for (index, subscription) in request.subscriptions.iter().enumerate() {
        let Some(subscription) = subscription else { continue };
        let same = |other: &&SubscriptionRequest| {
            other.instrument == subscription.instrument && other.timeframe == subscription.timeframe
        };
        if seen.iter().any(same) {
            violations.add(format!("{field}[{index}]"), format!("{subscription} stands twice"));
        }
        let foreign = seen.first().filter(|first| first.instrument != subscription.instrument);
        if let (Some(first), Some(strategy)) = (foreign, strategy)
            && strategy.instruments_max < 2
        {
            let (name, instrument) = (strategy.name, &first.instrument);
            let message = format!("{name} trades one instrument, and {instrument} is the first");
            violations.add(format!("{field}[{index}].symbol"), message);
        }
        seen.push(subscription);
    }
}

fn check_range(path: &str, request: &BacktestRequest, violations: &mut Violations) {
    if let (Some(start), Some(end)) = (request.start_ms, request.end_ms)
        && start >= end
    {
        violations.add(format!("{path}.time_range.end_time"), "must be after start_time");
    }
}

fn check_simulation(
    path: &str,
    simulation: &Simulation,
    sourced: &[Sourced],
    violations: &mut Violations,
) {
    let mut instruments = Vec::new();
    let mut units: Vec<Units> = Vec::new();
    for Sourced { request, source } in sourced {
        if !instruments.contains(&&request.instrument) {
            instruments.push(&request.instrument);
            units.push(source.units);
        }
    }
    if let Err(errors) = Terms::new(simulation, &units) {
        for error in errors {
            violations.add(format!("{path}.simulation.{}", error.field), error.message);
        }
    }
}

fn warnings(sourced: &[Sourced], simulation: &Simulation) -> Vec<String> {
    let mut warnings: Vec<_> = sourced
        .iter()
        .filter(|sourced| sourced.source.gap_count > 0)
        .map(|Sourced { request, source }| {
            format!("{request} has {} gaps; no bar is made up for them", source.gap_count)
        })
        .collect();
    if let Some(Sizing::EquityFraction(fraction)) = simulation.sizing
        && fraction.to_f64() > simulation.max_leverage.to_f64()
    {
        let leverage = simulation.max_leverage;
        warnings.push(format!(
            "an equity_fraction of {fraction} is above max_leverage {leverage}: entries will be \
             rejected"
        ));
    }
    warnings
}
