//! TradeForge: backtests and optimizations as long-running operations.
//!
//! This is the map, bottom up. A module may use those above it, as far as the table in
//! ARCHITECTURE.md allows.
//!
//! **Pure: never async; no clock, no file, no database, no log**
//! - [`tradeforge_core`]: a library of its own, what is computed; its modules are named here as
//!   if they were this library's
//! - [`run`]: what a run is: id, work, key, life, result
//!
//! **Runs**
//! - [`system`]: what each operating system does in its own way
//! - [`clock`], [`telemetry`]: time, logs and measures, as parameters of everything that needs them
//! - [`config`]: every setting of a server, once
//! - [`storage`]: SQLite, the truth about series, runs and results; the only SQL
//! - [`access`]: who may call, by which tokens
//! - [`outgoing`]: the only client of foreign hosts
//! - [`hooks`]: webhooks: who is told what happened
//! - [`data`]: bar files in and out, content-addressed, cached
//! - [`runner`]: how runs happen: join, watch, cancel, compute, resume
//! - [`golden`]: what every machine must compute to the bit
//! - `fleet`: chunks computed on other machines, over a broker
//! - [`bundle`]: a run as one file that proves itself
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

pub use tradeforge_core::{
    digest, engine, excerpt, filter, indicator, market, metrics, rules, simd, spelling, strategy,
    sweep, trading, validation,
};

pub mod run;

pub mod system;

pub mod clock;

pub mod telemetry;

pub mod config;

pub mod storage;

pub mod access;

pub mod outgoing;

pub mod hooks;

pub mod data;

pub mod runner;

pub mod golden;

#[cfg(feature = "fleet")]
pub mod fleet;

pub mod bundle;

pub mod pb;

mod json;

mod export;

pub mod grpc;

mod web;

pub mod cli;

pub mod server;

pub mod care;

pub mod demo;
