//! What commands print in common: tables that fit the terminal, metrics, and how far a run is.

pub(super) mod follow;
pub(super) mod metrics;
pub(super) mod progress;
pub(super) mod series_line;
pub(super) mod subject;
pub(super) mod trial_metrics;
pub(super) mod trial_table;
