//! What TradeForge computes, and nothing of how it is served: bars and a strategy in, a report out.
//!
//! Never async; no clock, no file, no database, no log. Equal input gives equal bits, on any
//! machine and with any number of threads. This is the map, bottom up; a module may use those
//! above it, as far as the table in ARCHITECTURE.md allows.
//!
//! - [`excerpt`]: what a message repeats of a caller's text
//! - [`spelling`]: which right spelling a wrong word was perhaps meant to be
//! - [`digest`]: SHA-256 values and the canonical encoding they are taken over
//! - [`filter`]: filters and orders of lists, as text
//! - [`simd`]: the same loop with the best vectors of the machine, and the same bits
//! - [`market`]: prices, quantities, time and bars, exact to the tick
//! - [`indicator`]: one file each; nothing until there are bars enough
//! - [`trading`]: orders become fills, fills become money
//! - [`metrics`]: METRICS_V2 in one pass by one recipe
//! - [`strategy`]: bars in, orders out; typed parameters; the catalog
//! - [`rules`]: strategies as text: a language that cannot look ahead
//! - [`engine`]: bars and a strategy in, a report out; the definition of every result
//! - [`sweep`]: axes, constraints, searches; a trial's parameters from its index
//! - [`validation`]: how much of the best of many trials is luck

pub mod excerpt;

pub mod spelling;

pub mod digest;

pub mod filter;

pub mod simd;

pub mod market;

pub mod indicator;

pub mod trading;

pub mod metrics;

pub mod strategy;

pub mod rules;

pub mod engine;

pub mod sweep;

pub mod validation;
