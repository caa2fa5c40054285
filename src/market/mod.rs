//! Prices, quantities, time and bars, exact to the tick. The ground that everything stands on.

mod calendar;
mod decimal;
mod instrument;
mod random;
mod resample;
mod series;
mod synthetic;
mod timeframe;
mod units;
mod walk;

pub use calendar::{Calendar, OPEN_TIMES_MS, day_of};
pub use decimal::{Decimal, DecimalError, SCALE_MAX, exact_f64};
pub use instrument::{Instrument, Ticker, TickerError};
pub use resample::{ResampleError, resample};
pub use series::{Bar, Columns, Series};
pub use synthetic::{SyntheticError, SyntheticSpec};
pub use timeframe::{DAY_MS, Timeframe, TimeframeError};
pub use units::{MoneyUnit, Units};
