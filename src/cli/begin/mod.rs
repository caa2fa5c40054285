//! The commands that begin a run.

pub(super) mod backtest;
pub(super) mod continuing;
pub(super) mod optimize;
pub(super) mod robustness;
pub(super) mod spec_file;
pub(super) mod strategies;
pub(super) mod submit;
pub(super) mod validate;
pub(super) mod walk_forward;
