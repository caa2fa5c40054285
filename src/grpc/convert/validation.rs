//! Validations between the wire and the domain.

use super::columns::chosen;
use super::field::choice;
use crate::excerpt::excerpt;
use crate::pb;
use crate::run::{
    Distributions, GroupingRequest, RunKind, ValidationRequest, ValidationResult, ValidationSpec,
    Violations,
};
use crate::validation::ExcessOver;

const EXCESS: [(i32, ExcessOver); 4] = [
    (pb::ExcessOver::Unspecified as i32, ExcessOver::Exposure),
    (pb::ExcessOver::Exposure as i32, ExcessOver::Exposure),
    (pb::ExcessOver::Zero as i32, ExcessOver::Zero),
    (pb::ExcessOver::Market as i32, ExcessOver::Market),
];

/// Reads which optimization is to be judged, and how.
pub(super) fn validation_request(
    wire: &pb::ValidationSpec,
    violations: &mut Violations,
) -> ValidationRequest {
    let run_id =
        wire.run_id.parse().map_err(|error| format!("{:?} {error}", excerpt(&wire.run_id)));
    let excess_over = choice(wire.excess_over, "validation.excess_over", &EXCESS, violations);
    ValidationRequest {
        run_id: violations.check("validation.run_id", run_id),
        excess_over: excess_over.unwrap_or_default(),
        blocks: count(wire.blocks, "validation.blocks", violations),
        draw_count: count(wire.bootstrap_count, "validation.bootstrap_count", violations),
        mean_block_days: (wire.mean_block_days != 0.0).then_some(wire.mean_block_days),
        seed: wire.seed,
        permutations: count(wire.permutation_count, "validation.permutation_count", violations),
        combinatorial: wire.combinatorial.map(|wire| grouping(wire, violations)),
    }
}

fn grouping(wire: pb::Combinatorial, violations: &mut Violations) -> GroupingRequest {
    let mut read =
        |value, field| count(value, &format!("validation.combinatorial.{field}"), violations);
    GroupingRequest {
        groups: read(wire.groups, "groups"),
        test_groups: read(wire.test_groups, "test_groups"),
        purge_days: read(wire.purge_days, "purge_days"),
        embargo_days: wire.embargo_days.map(|days| read(days, "embargo_days")),
    }
}

pub(super) fn count(value: i32, field: &str, violations: &mut Violations) -> u64 {
    if value < 0 {
        violations.add(field, format!("is {value}; must not be below 0"));
    }
    u64::try_from(value).unwrap_or(0)
}

/// The lists asked for; none asks for all.
pub(in crate::grpc) fn distribution_columns(
    asked: &[String],
    (kind, kept): &(RunKind, Distributions),
) -> Result<Vec<pb::Column>, Violations> {
    let mut violations = Violations::default();
    let name = |name: &&str| (*name).to_owned();
    let names = chosen(Distributions::names(*kind), name, 0, asked, &mut violations);
    violations.into_result()?;
    let column = |name: &str| {
        let values = kept.get(name).to_vec();
        let values = Some(pb::column::Values::Doubles(pb::DoubleColumn { values }));
        pb::Column { name: name.to_owned(), values, validity: Vec::new() }
    };
    Ok(names.into_iter().map(column).collect())
}

impl From<&ValidationSpec> for pb::ValidationSpec {
    fn from(spec: &ValidationSpec) -> Self {
        let excess_over = match spec.excess_over {
            ExcessOver::Exposure => pb::ExcessOver::Exposure,
            ExcessOver::Zero => pb::ExcessOver::Zero,
            ExcessOver::Market => pb::ExcessOver::Market,
        };
        Self {
            run_id: spec.run_id.clone(),
            excess_over: excess_over.into(),
            blocks: spec.blocks as i32,
            bootstrap_count: spec.draw_count as i32,
            mean_block_days: spec.mean_block_days.unwrap_or(0.0),
            seed: spec.seed,
            permutation_count: spec.permutations as i32,
            combinatorial: spec.combinatorial.map(|grouped| pb::Combinatorial {
                groups: grouped.groups as i32,
                test_groups: grouped.test_groups as i32,
                purge_days: grouped.purge_days as i32,
                embargo_days: Some(grouped.embargo_days as i32),
            }),
        }
    }
}

impl From<&ValidationResult> for pb::ValidationResult {
    fn from(result: &ValidationResult) -> Self {
        Self {
            trial_count: result.trial_count as i64,
            left_out_count: result.left_out_count as i64,
            days: result.days as i32,
            mean_block_days: result.mean_block_days,
            best_trial_index: result.best_trial as i64,
            spa_p: result.spa_p,
            spa_p_lower: result.spa_p_lower,
            spa_p_upper: result.spa_p_upper,
            reality_check_p: result.reality_check_p,
            permutation_p: result.permutation_p,
            pbo: result.pbo,
            probability_of_loss: result.probability_of_loss,
            degradation_slope: result.degradation_slope,
            degradation_r2: result.degradation_r2,
            psr_2012: result.psr_2012,
            psr_2026: result.psr_2026,
            dsr_2014: result.dsr_2014,
            min_track_record_days: result.min_track_record_days,
            implied_trials: result.implied_trials,
            discoveries_bh: result.discoveries_bh as i64,
            discoveries_by: result.discoveries_by as i64,
            discoveries_stepm: result.discoveries_stepm as i64,
            result_sha256: result.hash().to_string(),
            deflated_curve: result
                .deflated_curve
                .iter()
                .map(|point| pb::DeflatedSharpeRatio {
                    trials: point.trials,
                    probability: point.probability,
                })
                .collect(),
            min_backtest_days: result.min_backtest_days,
            best_sharpe_per_day: result.best_sharpe,
            sentence: result.sentence(),
            discoveries_bonferroni: result.discoveries_bonferroni.map(|count| count as i64),
            discoveries_holm: result.discoveries_holm.map(|count| count as i64),
            tried_ever: result.tried_ever.map(|count| count as i64),
            dsr_ever: result.dsr_ever,
            dsr_implied: result.dsr_implied,
            paths: result.paths.as_ref().map(|paths| pb::PathSummary {
                path_count: paths.path_count as i64,
                split_count: paths.split_count as i64,
                chosen_trial_count: paths.chosen_count as i64,
                quantiles: paths.quantiles.clone(),
                share_below_zero: paths.share_below_zero,
            }),
        }
    }
}
