//! TradeForge: backtests and optimizations as long-running operations.

pub mod digest;
pub mod market;

pub mod cli;
pub mod pb;
