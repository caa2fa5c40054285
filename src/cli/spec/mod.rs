//! What a run is to be: the options that several commands share, and the request that they make.

pub(super) mod account;
pub(super) mod allowance;
pub(super) mod bars;
pub(super) mod carry;
pub(super) mod changes;
pub(super) mod costs;
pub(super) mod exits;
pub(super) mod own_terms;
pub(super) mod points;
pub(super) mod rule_check;
pub(super) mod rule_file;
pub(super) mod search;
pub(super) mod search_text;
pub(super) mod submission;
pub(super) mod trading_day;
