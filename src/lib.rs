//! TradeForge: backtests and optimizations as long-running operations.

pub mod data;
pub mod digest;
pub mod engine;
pub mod indicator;
pub mod market;
pub mod metrics;
pub mod run;
pub mod strategy;
pub mod trading;

pub mod cli;
pub mod pb;
