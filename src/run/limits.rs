//! How many of each thing one request may hold: every repeated field of the contract has its limit
//! here, so that checking a request takes milliseconds whatever a client sends.

/// Subscriptions of one trial.
pub const SUBSCRIPTIONS_MAX: usize = 2_000;
/// Subscriptions that a search goes through one after the other.
pub const SUBSCRIPTION_AXIS_MAX: usize = 1_000;
/// Values for parameters by name.
pub const PARAMS_MAX: usize = 100;
/// Bounds on metrics.
pub const CONSTRAINTS_MAX: usize = 100;
/// Relations between parameters.
pub const PARAM_CONSTRAINTS_MAX: usize = 100;
/// Points of a search that names each.
pub const POINTS_MAX: usize = 10_000;
/// Objectives of a search beside its first.
pub const MORE_OBJECTIVES_MAX: usize = 2;
/// What trials of a front are compared by.
pub const FRONT_OBJECTIVES_MAX: usize = 3;
/// Labels of a run.
pub const LABELS_MAX: usize = 64;
/// Changes that one update of a run may name: each label, and name, notes and time.
pub const UPDATE_PATHS_MAX: usize = 2 * LABELS_MAX;
/// Runs that one watch may name.
pub const WATCHED_RUNS_MAX: usize = 1_000;
/// Columns that an export may ask for.
pub const COLUMNS_MAX: usize = 1_000;
/// Values of a strategy as text that one answer may have a column for.
pub const RULE_NAMES_MAX: usize = 100;
/// Factors, ticks or levels that one backtest is examined with.
pub const STRESSES_MAX: usize = 32;
/// Names for the columns of a file of bars.
pub const SERIES_COLUMNS_MAX: usize = 64;

/// Instruments with terms of their own.
pub const INSTRUMENT_TERMS_MAX: usize = 500;
/// Auxiliary series of one run: one for each instrument.
pub const AUX_MAX: usize = 500;
/// Kinds of events that a webhook names, some of them twice.
pub const HOOK_EVENTS_MAX: usize = 16;
/// Changes of parameters of one backtest.
pub const CHANGES_MAX: usize = 400;

pub use crate::sweep::LISTED_VALUES_MAX;
