//! What trials are compared by, and searches that breed them, between the wire and the domain.

use super::optimization::metric;
use crate::metrics::{Goal, Metric};
use crate::pb;
use crate::run::limits::MORE_OBJECTIVES_MAX;
use crate::run::{Objective, Violations};
use crate::sweep::{Across, Search};

/// The most trials of a genetic search, and of one by estimates, which weighs all it knows.
const BRED_TRIALS_MAX: i64 = 100_000;
const ESTIMATED_TRIALS_MAX: i64 = 5_000;
/// What a batch of 0 stands for, and what else it may be.
const BATCH_USUAL: i32 = 32;
const BATCHES: std::ops::RangeInclusive<i32> = 8..=1_024;

/// Reads an objective; absent it is the greatest sharpe.
pub(super) fn objective(
    wire: Option<&pb::Objective>,
    path: &str,
    violations: &mut Violations,
) -> Option<Objective> {
    let Some(wire) = wire else { return Some(Objective::default()) };
    let metric = match wire.metric.as_str() {
        "" => Some(Metric::Sharpe),
        name => metric(name, &format!("{path}.metric"), violations),
    };
    let goal = match pb::Goal::try_from(wire.goal) {
        Ok(pb::Goal::Unspecified) => metric.map(|metric| metric.info().goal),
        Ok(pb::Goal::Maximize) => Some(Goal::Maximize),
        Ok(pb::Goal::Minimize) => Some(Goal::Minimize),
        Err(_) => {
            let message = format!("{} is no number of this enum (0 to 2)", wire.goal);
            violations.add(format!("{path}.goal"), message);
            None
        }
    };
    Some(Objective { metric: metric?, goal: goal? })
}

/// Reads how combinations are compared across series.
pub(super) fn across(wire: i32, violations: &mut Violations) -> Option<Across> {
    match pb::Across::try_from(wire) {
        Ok(pb::Across::Unspecified) => None,
        Ok(pb::Across::Mean) => Some(Across::Mean),
        Ok(pb::Across::Median) => Some(Across::Median),
        Ok(pb::Across::Least) => Some(Across::Least),
        Err(_) => {
            let message = format!("{wire} is no number of this enum (0 to 3)");
            violations.add("optimization.across", message);
            None
        }
    }
}

/// Reads the objectives beside the first.
pub(super) fn more_objectives(
    wire: &pb::OptimizationSpec,
    violations: &mut Violations,
) -> Vec<Objective> {
    const PATH: &str = "optimization.more_objectives";
    let is_bred = matches!(wire.search, Some(pb::optimization_spec::Search::Genetic(_)));
    if !wire.more_objectives.is_empty() && !is_bred {
        let message =
            "are for a genetic search only; any search\'s trials can be filtered and sorted";
        violations.add(PATH, message);
    }
    objectives(&wire.more_objectives, (PATH, MORE_OBJECTIVES_MAX), violations)
}

/// Reads a list of objectives.
pub(in crate::grpc) fn objectives(
    wire: &[pb::Objective],
    (path, most): (&str, usize),
    violations: &mut Violations,
) -> Vec<Objective> {
    let taken = violations.at_most(most, path, wire).iter();
    let all = taken.enumerate();
    all.filter_map(|(place, one)| objective(Some(one), &format!("{path}[{place}]"), violations))
        .collect()
}

/// Reads a search that breeds trials.
pub(super) fn read_genetic(wire: &pb::GeneticSearch, violations: &mut Violations) -> Search {
    const PATH: &str = "optimization.genetic";
    let trial_count = trial_count(wire.trial_count, BRED_TRIALS_MAX, PATH, violations);
    let batch = if wire.batch == 0 { BATCH_USUAL } else { wire.batch };
    if !BATCHES.contains(&batch) || batch % 2 == 1 {
        let (least, most) = (BATCHES.start(), BATCHES.end());
        let message = format!("is {batch}; must be even and from {least} to {most}, or 0");
        violations.add(format!("{PATH}.batch"), message);
    }
    Search::Genetic { trial_count, seed: wire.seed, batch: batch.max(2) as u64 }
}

/// Reads a search by estimates.
pub(super) fn read_tpe(wire: &pb::TpeSearch, violations: &mut Violations) -> Search {
    const PATH: &str = "optimization.tpe";
    let trial_count = trial_count(wire.trial_count, ESTIMATED_TRIALS_MAX, PATH, violations);
    let batch = if wire.batch == 0 { BATCH_USUAL } else { wire.batch };
    if !BATCHES.contains(&batch) {
        let (least, most) = (BATCHES.start(), BATCHES.end());
        let message = format!("is {batch}; must be from {least} to {most}, or 0");
        violations.add(format!("{PATH}.batch"), message);
    }
    Search::Tpe { trial_count, seed: wire.seed, batch: batch.max(1) as u64 }
}

fn trial_count(count: i64, most: i64, path: &str, violations: &mut Violations) -> u64 {
    if !(1..=most).contains(&count) {
        let message = format!("is {count}; must be from 1 to {most}");
        violations.add(format!("{path}.trial_count"), message);
    }
    count.max(1) as u64
}

impl From<&Objective> for pb::Objective {
    fn from(objective: &Objective) -> Self {
        Self {
            metric: objective.metric.name().to_owned(),
            goal: match objective.goal {
                Goal::Maximize => pb::Goal::Maximize,
                Goal::Minimize => pb::Goal::Minimize,
            }
            .into(),
        }
    }
}

impl From<Across> for pb::Across {
    fn from(across: Across) -> Self {
        match across {
            Across::Mean => Self::Mean,
            Across::Median => Self::Median,
            Across::Least => Self::Least,
        }
    }
}
