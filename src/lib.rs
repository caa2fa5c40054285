//! TradeForge: backtests and optimizations as long-running operations.

pub mod digest;
pub mod market;

pub mod pb;
