//! Between the wire and the domain. Reading notes every bad field with its path; writing cannot
//! fail.

mod allowance;
mod aux_series;
mod bar_columns;
mod carry;
mod columns;
mod costs;
mod exits;
mod exports;
mod field;
mod layout;
mod objectives;
mod optimization;
mod points;
mod report;
mod robustness;
mod rule_values;
mod rules;
mod run;
mod schedule;
mod series;
mod simulation;
mod strategy;
mod submit;
mod tags;
mod time;
mod trade;
mod validation;
mod walk_forward;

pub(super) use aux_series::{aux_import, aux_key, aux_position_text, aux_table};
pub(super) use bar_columns::{BarColumn, bar_columns, bar_table};
pub(super) use columns::{TrialColumn, table, trial_columns};
pub(super) use exports::{point_columns, point_table, trade_columns, trade_table};
pub(super) use objectives::objectives;
pub(super) use optimization::trial_summary;
pub(super) use report::{report_of, rolling_days};
pub(super) use robustness::variants;
pub(super) use rule_values::rule_query;
pub(super) use series::{bar_preview, bars_response, chart_request, series_spec, synthetic_spec};
pub(super) use strategy::{shipped, with_source};
pub(super) use submit::{submit_request, timeframe};
pub(super) use tags::tags_change;
pub(super) use time::{duration, time_range, timestamp, wait};
pub(super) use trade::TradeConverter;
pub(super) use validation::distribution_columns;
pub(super) use walk_forward::windows;
