//! Prices, quantities, time and bars, exact to the tick. The ground that everything stands on.

mod calendar;
mod decimal;
mod instrument;
mod series;
mod timeframe;
mod units;

pub use calendar::{Calendar, day_of};
pub use decimal::{Decimal, DecimalError, SCALE_MAX, exact_f64};
pub use instrument::{Instrument, Ticker, TickerError};
pub use series::{Bar, Columns, Series};
pub use timeframe::{DAY_MS, Timeframe, TimeframeError};
pub use units::{MoneyUnit, Units};
