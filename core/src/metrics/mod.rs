//! METRICS_V2: what is measured on a run, computed in one pass by one recipe.
//!
//! Money is integer until the one division at the end of each formula. Roots and powers come from
//! `libm`, never from the platform. What is undefined is absent.

mod bar_returns;
mod benchmark;
mod catalog;
mod cuts;
mod days;
mod drawdown;
mod exposure;
mod frame;
mod held_returns;
mod marks;
mod neighbours;
mod report;
mod segments;
mod shape;
mod span;
mod stretches;
mod tally;
mod trades;

pub use bar_returns::{BarReturns, Moments};
pub use catalog::{Goal, Metric, MetricInfo, Metrics, Unit};
pub use days::{DailyFigures, DailyReturns, Day, Days, QuietDays};
pub use drawdown::Drawdown;
pub use frame::Frame;
pub use marks::{Holding, Marks};
pub use neighbours::Neighbours;
pub use report::{DailyCourse, DailyReport, Fall, Period, Rolling};
pub use segments::{Border, OF_FALLS, OF_SEGMENTS, Segments};
pub use shape::{Shape, deviation, mean, normal_below};
pub use tally::{Closing, Tally};
pub use trades::TradeStats;
