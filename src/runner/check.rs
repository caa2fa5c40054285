//! Checks of a submission that need no data: each notes what is wrong and goes on.

use std::collections::HashSet;

use super::sourcing::Sourced;
use crate::run::{BacktestRequest, Violations};
use crate::strategy::{Params, Rule, Signal, StrategyEntry};
use crate::trading::{Simulation, Sizing, Terms};

/// Whether the parameters make sense together.
pub(super) fn check_conflict(
    path: &str,
    entry: &StrategyEntry,
    params: &Params,
    violations: &mut Violations,
) {
    // Where a value could not be read, a default stands in: that is no conflict to tell of.
    if !violations.any_under(&format!("{path}.params."))
        && let Err(conflict) = (entry.build)(params)
    {
        let values: Vec<_> =
            conflict.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let message = format!("{} ({})", conflict.message, values.join(", "));
        violations.add(format!("{path}.params.{}", conflict.param), message);
    }
}

pub(super) fn check_subscriptions(
    path: &str,
    request: &BacktestRequest,
    instruments_max: usize,
    violations: &mut Violations,
) {
    let field = format!("{path}.subscriptions");
    if request.subscriptions.is_empty() {
        violations.add(&field, "at least one is required");
    }
    let (mut seen, mut instruments) = (HashSet::new(), HashSet::new());
    for (index, subscription) in request.subscriptions.iter().enumerate() {
        let Some(subscription) = subscription else { continue };
        if !seen.insert((&subscription.instrument, subscription.timeframe)) {
            violations.add(format!("{field}[{index}]"), format!("{subscription} stands twice"));
        }
        instruments.insert(&subscription.instrument);
    }
    if instruments.len() > instruments_max {
        let message = format!(
            "at most {instruments_max} instruments are taken (instruments_max), but these are {}",
            instruments.len()
        );
        violations.add(&field, message);
    }
}

/// Whether the bars of all series of a run have room beside each other.
pub(super) fn check_bytes<'s>(
    path: &str,
    sourced: impl Iterator<Item = &'s Sourced>,
    bytes_max: u64,
    violations: &mut Violations,
) {
    let bytes: u64 = sourced.map(Sourced::bytes).sum();
    if bytes > bytes_max {
        let message = format!(
            "the bars of these series need {}; a run may need {} (run_bars_bytes_max)",
            shown(bytes),
            shown(bytes_max)
        );
        violations.add(format!("{path}.subscriptions"), message);
    }
}

/// `4.5 GiB`, rounded up in its last place, so that what is above a limit never looks like it.
fn shown(bytes: u64) -> String {
    let tenths = |unit: u64| bytes.saturating_mul(10).div_ceil(unit);
    let (tenths, name) = match bytes {
        0..1_048_576 => return format!("{bytes} bytes"),
        1_048_576..1_073_741_824 => (tenths(1 << 20), "MiB"),
        _ => (tenths(1 << 30), "GiB"),
    };
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

pub(super) fn check_range(path: &str, request: &BacktestRequest, violations: &mut Violations) {
    if let (Some(start), Some(end)) = (request.start_ms, request.end_ms)
        && start >= end
    {
        violations.add(format!("{path}.time_range.end_time"), "must be after start_time");
    }
}

pub(super) fn check_simulation(
    path: &str,
    simulation: &Simulation,
    sourced: &[Sourced],
    violations: &mut Violations,
) {
    let mut instruments = HashSet::new();
    let traded: Vec<_> = sourced
        .iter()
        .filter(|sourced| instruments.insert(&sourced.request.instrument))
        .map(|sourced| (&sourced.request.instrument, sourced.source.units))
        .collect();
    if let Err(errors) = Terms::of_instruments(simulation, &traded) {
        for error in errors {
            violations.add(format!("{path}.simulation.{}", error.field), error.message);
        }
    }
}

/// Whether sizes that go by the stop-loss have one to go by. What is stated by no rule may place
/// one with each entry.
pub(super) fn check_risk(
    path: &str,
    entry: &StrategyEntry,
    params: &Params,
    simulation: &Simulation,
    violations: &mut Violations,
) {
    if !goes_by_strategys_stop(simulation) {
        return;
    }
    let rule = (entry.build)(params).ok().and_then(|strategy| strategy.rule());
    // What a study is computed from tells its exits bar by bar.
    let has_none = |rule: &Rule| rule.stop.is_none() && !matches!(rule.signal, Signal::Study(_));
    if rule.as_ref().is_some_and(has_none) {
        let message =
            format!("needs a stop-loss: {} has none, so give exits.stop_loss", entry.name);
        violations.add(format!("{path}.simulation.sizing.risk_fraction"), message);
    }
}

fn goes_by_strategys_stop(simulation: &Simulation) -> bool {
    matches!(simulation.sizing, Some(Sizing::RiskFraction(_)))
        && simulation.exits.stop_loss.is_none()
}

/// What counts its days otherwise than the first subscription, by whose days the run counts.
fn foreign_days(sourced: &[Sourced]) -> impl Iterator<Item = String> + '_ {
    let first = sourced.first();
    let is_foreign =
        move |other: &&Sourced| first.is_some_and(|first| first.source.days != other.source.days);
    sourced.iter().filter(is_foreign).filter_map(move |other| {
        let (first, of_first) = (&first?.request, &first?.source.days);
        let of_other = &other.source.days;
        let is_seen_late = other.request.instrument == first.instrument
            && of_other.is_utc()
            && !other.request.timeframe.is_intraday();
        let when = if is_seen_late { ", and its bars are seen at 24:00 UTC" } else { "" };
        let other = &other.request;
        Some(format!("days of {first} are those of {of_first}; {other} counts in {of_other}{when}"))
    })
}

pub(super) fn warnings(
    sourced: &[Sourced],
    simulation: &Simulation,
    holds_weights: bool,
) -> Vec<String> {
    let mut warnings: Vec<_> = sourced
        .iter()
        .filter(|sourced| sourced.source.gap_count > 0)
        .map(|Sourced { request, source }| {
            format!("{request} has {} gaps; no bar is made up for them", source.gap_count)
        })
        .collect();
    if holds_weights && simulation.sizing.is_some() {
        let message =
            "the strategy holds parts of the equity: the sizing that is given has no effect";
        warnings.push(message.to_owned());
    }
    warnings.extend(foreign_days(sourced));
    if goes_by_strategys_stop(simulation) {
        let message = "sizes go by the stop-loss: entries to which the strategy gives none are \
                       refused (QUANTITY_TOO_SMALL)";
        warnings.push(message.to_owned());
    }
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
