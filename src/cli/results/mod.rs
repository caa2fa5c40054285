//! The commands that read what came out.

pub(super) mod bundle;
pub(super) mod failures;
pub(super) mod fills;
pub(super) mod instruments;
pub(super) mod ledger;
pub(super) mod pareto;
pub(super) mod report;
pub(super) mod result;
pub(super) mod robustness_result;
mod row_format;
pub(super) mod search_result;
pub(super) mod trades;
pub(super) mod trials;
pub(super) mod unbundle;
pub(super) mod validation_result;
pub(super) mod values;
pub(super) mod walk_result;
mod window_trials;
