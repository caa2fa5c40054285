//! TradeForge: backtests and optimizations as long-running operations.
//!
//! This is the map, bottom up. A module may use those above it, as far as the table in
//! ARCHITECTURE.md allows.
//!
//! **Pure: never async; no clock, no file, no database, no log**
//! - [`excerpt`]: what a message repeats of a caller's text
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
//! - [`run`]: what a run is: id, work, key, life, result
//!
//! **Runs**
//! - [`clock`], [`telemetry`]: time, logs and measures, as parameters of everything that needs them
//! - [`config`]: every setting of a server, once
//! - [`storage`]: SQLite, the truth about series, runs and results; the only SQL
//! - [`access`]: who may call, by which tokens
//! - [`data`]: bar files in and out, content-addressed, cached
//! - [`runner`]: how runs happen: join, watch, cancel, compute, resume
//!
//! **Edges**
//! - [`pb`]: the wire types, generated from `proto/`
//! - `json`: wire messages and refusals as JSON, for commands and HTTP
//! - `export`: tables of columns as CSV, JSON lines and Parquet
//! - [`grpc`]: the services, and the conversions between wire and domain
//! - `web`: grpc-web and who may call it, the web client, and plain HTTP
//! - [`cli`]: the commands; a client like any other
//! - [`mod@server`] is only wiring
//! - [`care`]: backup, restore and examination of a data directory
//! - [`demo`]: everything at once, from nothing

pub mod excerpt;

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

pub mod run;

pub mod clock;

pub mod telemetry;

pub mod config;

pub mod storage;

pub mod access;

pub mod data;

pub mod runner;

pub mod pb;

mod json;

mod export;

pub mod grpc;

mod web;

pub mod cli;

pub mod server;

pub mod care;

pub mod demo;

pub mod golden;
