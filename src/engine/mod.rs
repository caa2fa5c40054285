//! The engine: bars in, a report out. Pure and synchronous; usable without the server.
//!
//! At each bar's end, in this order: orders decided earlier and the exits of the position fill in
//! the bar, the position is valued at its close, the strategy decides, the equity counts.

mod backtest;
mod bar_loop;
mod book;
#[cfg(test)]
mod chaos;
mod columnar;
mod ending;
#[cfg(test)]
mod exit_table;
mod feed;
#[cfg(test)]
mod fill_table;
#[cfg(test)]
mod laws;
mod ledger;
mod meter;
mod observer;
#[cfg(test)]
mod picture;
mod protection;
mod scene;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod zoned;

pub use backtest::{Backtest, ENGINE_VERSION, Report, RunError, units_of_instruments};
pub use columnar::Tape;
pub use feed::Subscribed;
pub use meter::Meter;
pub use observer::Observer;
