//! Between the wire and the domain. Reading notes every bad field with its path; writing cannot
//! fail.

mod columns;
mod exits;
mod exports;
mod field;
mod optimization;
mod run;
mod series;
mod simulation;
mod strategy;
mod submit;
mod time;
mod trade;

pub(super) use columns::{TrialColumn, table, trial_columns};
pub(super) use exports::{point_columns, point_table, trade_columns, trade_table};
pub(super) use optimization::trial_summary;
pub(super) use series::{bars_response, chart_request, series_spec, synthetic_spec};
pub(super) use submit::submit_request;
pub(super) use time::{duration, timestamp, wait};
pub(super) use trade::TradeConverter;
