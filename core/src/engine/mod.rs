//! The engine: bars in, a report out. Pure and synchronous; usable without the server.
//!
//! A bar has two times. At its end what waits fills inside it, the position is valued at its close,
//! the strategy decides, the equity counts; at its open fills what was decided before.

#[cfg(test)]
mod adopting;
mod alone;
#[cfg(test)]
mod aux_laws;
mod backtest;
mod bar_loop;
mod benchmark;
#[cfg(test)]
mod beside_laws;
#[cfg(test)]
mod between_laws;
#[cfg(test)]
mod between_table;
mod book;
mod by_terms;
#[cfg(test)]
mod carry_laws;
#[cfg(test)]
mod carry_table;
#[cfg(test)]
mod chaos;
mod charges;
mod columnar;
mod ending;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod excursion_table;
mod excursions;
#[cfg(test)]
mod exit_laws;
#[cfg(test)]
mod exit_table;
#[cfg(test)]
mod extremes;
mod feed;
#[cfg(test)]
mod fill_table;
#[cfg(test)]
mod late;
#[cfg(test)]
mod laws;
mod layer;
mod ledger;
mod margin_call;
#[cfg(test)]
mod margin_table;
mod market_days;
mod meter;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod numbers;
mod observer;
#[cfg(test)]
mod own_laws;
#[cfg(test)]
mod own_table;
#[cfg(test)]
mod picture;
mod placing;
#[cfg(test)]
mod plain_exits;
#[cfg(test)]
mod priced_laws;
#[cfg(test)]
mod priced_table;
mod protection;
mod queue;
mod scene;
#[cfg(test)]
mod scheduled;
mod shadow;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod slippage_table;
#[cfg(test)]
mod terms_table;
mod timeline;
#[cfg(test)]
mod told;
mod turn;
#[cfg(test)]
mod under_way;
#[cfg(test)]
mod universe_laws;
mod warm_up;
#[cfg(test)]
mod warmed;
#[cfg(test)]
mod zoned;

pub use backtest::{Backtest, ENGINE_VERSION, Report, RunError, units_of_instruments};
pub use benchmark::Benchmark;
pub use charges::CarryFeed;
pub use columnar::Tape;
pub use feed::Subscribed;
pub use meter::Meter;
pub use observer::Observer;
