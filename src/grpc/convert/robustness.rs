//! Runs under stress between the wire and the domain.

use std::collections::BTreeMap;

use super::field::choice;
use super::submit::backtest_request;
use super::validation::count;
use crate::pb;
use crate::run::limits::STRESSES_MAX;
use crate::run::{
    RobustnessPart, RobustnessRequest, RobustnessResult, RobustnessSpec, Ruin, Spread, Variant,
    VariantFound, Violations,
};

const PARTS: [(i32, RobustnessPart); 7] = [
    (pb::RobustnessPart::Resampling as i32, RobustnessPart::Resampling),
    (pb::RobustnessPart::Neighbours as i32, RobustnessPart::Neighbours),
    (pb::RobustnessPart::Costs as i32, RobustnessPart::Costs),
    (pb::RobustnessPart::Starts as i32, RobustnessPart::Starts),
    (pb::RobustnessPart::Noise as i32, RobustnessPart::Noise),
    (pb::RobustnessPart::Delays as i32, RobustnessPart::Delays),
    (pb::RobustnessPart::RandomEntries as i32, RobustnessPart::RandomEntries),
];

/// Reads which backtest is to be examined, and how.
pub(super) fn robustness_request(
    wire: &pb::RobustnessSpec,
    violations: &mut Violations,
) -> RobustnessRequest {
    let field = |name: &str| format!("robustness.{name}");
    let base = wire.base.clone().unwrap_or_default();
    let base = backtest_request(&base, &field("base"), violations);
    let parts = violations.at_most(STRESSES_MAX, &field("parts"), &wire.parts);
    let parts = parts.iter().enumerate().filter_map(|(index, part)| {
        choice(*part, &field(&format!("parts[{index}]")), &PARTS, violations)
    });
    let parts = parts.collect();
    let slippage_ticks = counts(&wire.slippage_ticks, &field("slippage_ticks"), violations);
    let delay_bars = counts(&wire.delay_bars, &field("delay_bars"), violations);
    let factors = &wire.commission_factors;
    let commission_factors =
        violations.at_most(STRESSES_MAX, &field("commission_factors"), factors).to_vec();
    let ruin_levels =
        violations.at_most(STRESSES_MAX, &field("ruin_levels"), &wire.ruin_levels).to_vec();
    let mut counted = |value: i32, name: &str| count(value, &field(name), violations);
    RobustnessRequest {
        base,
        parts,
        seed: wire.seed,
        path_count: counted(wire.path_count, "path_count"),
        mean_block_days: (wire.mean_block_days != 0.0).then_some(wire.mean_block_days),
        neighbour_steps: counted(wire.neighbour_steps, "neighbour_steps"),
        box_count: counted(wire.box_count, "box_count"),
        box_steps: counted(wire.box_steps, "box_steps"),
        commission_factors,
        slippage_ticks,
        start_shift_days: counted(wire.start_shift_days, "start_shift_days"),
        ruin_levels,
        noise_count: counted(wire.noise_count, "noise_count"),
        noise: wire.noise,
        delay_bars,
        random_entry_count: counted(wire.random_entry_count, "random_entry_count"),
    }
}

/// A short list of counts.
fn counts(values: &[i32], field: &str, violations: &mut Violations) -> Vec<u32> {
    let values = violations.at_most(STRESSES_MAX, field, values);
    let values = values
        .iter()
        .enumerate()
        .map(|(index, value)| count(*value, &format!("{field}[{index}]"), violations) as u32);
    values.collect()
}

impl From<RobustnessPart> for pb::RobustnessPart {
    fn from(part: RobustnessPart) -> Self {
        match part {
            RobustnessPart::Resampling => Self::Resampling,
            RobustnessPart::Neighbours => Self::Neighbours,
            RobustnessPart::Costs => Self::Costs,
            RobustnessPart::Starts => Self::Starts,
            RobustnessPart::Noise => Self::Noise,
            RobustnessPart::Delays => Self::Delays,
            RobustnessPart::RandomEntries => Self::RandomEntries,
        }
    }
}

impl From<&RobustnessSpec> for pb::RobustnessSpec {
    fn from(spec: &RobustnessSpec) -> Self {
        let paths = spec.paths.as_ref();
        Self {
            base: Some((&spec.base).into()),
            seed: spec.seed,
            path_count: paths.map_or(0, |paths| paths.count as i32),
            mean_block_days: paths.and_then(|paths| paths.mean_block_days).unwrap_or(0.0),
            neighbour_steps: spec.neighbour_steps as i32,
            box_count: spec.box_count as i32,
            box_steps: spec.box_steps as i32,
            commission_factors: spec.commission_factors.iter().map(|it| it.to_f64()).collect(),
            slippage_ticks: spec.slippage_ticks.iter().map(|it| it.cast_signed()).collect(),
            start_shift_days: spec.starts_ms.len() as i32,
            ruin_levels: paths.map_or_else(Vec::new, |paths| paths.ruin_levels.clone()),
            noise_count: spec.noise.map_or(0, |noise| noise.count as i32),
            noise: spec.noise.map_or(0.0, |noise| noise.part),
            delay_bars: spec.delay_bars.iter().map(|it| it.cast_signed()).collect(),
            random_entry_count: spec.random_entries as i32,
            parts: spec.parts().map(|part| pb::RobustnessPart::from(part).into()).collect(),
        }
    }
}

impl From<&RobustnessResult> for pb::RobustnessResult {
    fn from(result: &RobustnessResult) -> Self {
        Self {
            metrics: result.metrics.clone(),
            breakeven_commission_factor: result.breakeven_commission_factor,
            probability_of_loss: result.probability_of_loss,
            drawdown_p95: result
                .spread("max_drawdown")
                .and_then(|spread| spread.quantiles.last().copied()),
            neighbour_count: result.neighbour_count as i32,
            neighbours_keeping_half: result.neighbours_keeping_half.map(|count| count as i32),
            result_sha256: result.result_sha256.to_string(),
            sentence: result.sentence(),
            backtest_sha256: result.backtest_sha256.to_string(),
            completed: result.completed as i64,
            failed: result.failed as i64,
            days: result.days as i32,
            path_count: result.path_count as i32,
            mean_block_days: result.mean_block_days,
            spreads: result.spreads.iter().map(Into::into).collect(),
            ruin: result.ruin.iter().map(Into::into).collect(),
            breakeven_slippage_ticks: result.breakeven_slippage_ticks,
            greatest_commission_factor: result.greatest_commission_factor,
            start_count: result.start_count as i32,
            starts_with_profit: result.starts_with_profit as i32,
            noise_count: result.noise_count as i32,
            noise_with_profit: result.noise_with_profit as i32,
            first_delay_without_profit: result.first_delay_without_profit.map(u32::cast_signed),
            greatest_delay_with_profit: result.greatest_delay_with_profit.map(u32::cast_signed),
            random_entry_count: result.random_entry_count as i32,
            random_entries_as_good: result.random_entries_as_good.map(|count| count as i32),
        }
    }
}

impl From<&Spread> for pb::FigureSpread {
    fn from(spread: &Spread) -> Self {
        Self {
            metric: spread.figure.clone(),
            observed: spread.observed,
            rank: spread.rank,
            quantiles: spread.quantiles.clone(),
        }
    }
}

impl From<&Ruin> for pb::RuinProbability {
    fn from(ruin: &Ruin) -> Self {
        Self { level: ruin.level, probability: ruin.probability }
    }
}

/// The backtests that are done.
pub(in crate::grpc) fn variants(spec: &RobustnessSpec, found: &[VariantFound]) -> Vec<pb::Variant> {
    let mut left = found.iter().peekable();
    let done = (0..).zip(spec.variants()).filter_map(|(place, variant)| {
        let found = left.next_if(|found| found.place == place)?;
        Some(variant_of(&variant, found))
    });
    done.collect()
}

fn variant_of(variant: &Variant<'_>, found: &VariantFound) -> pb::Variant {
    let params = match variant {
        Variant::Neighbour(neighbour) => {
            neighbour.params.iter().map(|(name, value)| (name.clone(), value.into())).collect()
        }
        _ => BTreeMap::new(),
    };
    let part = variant.part().map_or(pb::RobustnessPart::Unspecified, Into::into);
    let (metrics, failure) = match &found.outcome {
        Ok(metrics) => (super::run::metrics(metrics), String::new()),
        Err(reason) => (BTreeMap::new(), reason.clone()),
    };
    pb::Variant {
        place: found.place as i64,
        part: part.into(),
        name: variant.name().to_owned(),
        amount: variant.amount(),
        params,
        metrics,
        failure,
    }
}
