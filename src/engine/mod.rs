//! The engine: bars in, a report out. Pure and synchronous; usable without the server.
//!
//! At each bar's end, in this order: orders decided earlier fill in the bar, the position is
//! valued at its close, the strategy decides, the equity counts.

mod backtest;
mod bar_loop;
mod feed;
mod meter;
mod observer;

pub use backtest::{Backtest, ENGINE_VERSION, Report, RunError, units_of_instruments};
pub use feed::Subscribed;
pub use meter::Meter;
pub use observer::Observer;
