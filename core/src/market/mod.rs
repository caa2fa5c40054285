//! Prices, quantities, time and bars, exact to the tick. The ground that everything stands on.

mod aux_series;
mod bucket;
mod calendar;
mod civil;
mod currency;
mod decimal;
mod instrument;
mod random;
mod resample;
mod series;
mod synthetic;
mod timeframe;
mod trading_days;
mod units;
mod walk;
#[cfg(test)]
pub(crate) mod zone_laws;

pub use aux_series::{
    AUX_COLUMNS_MAX, AuxColumn, AuxColumnFacts, AuxKey, AuxName, AuxNameError, AuxSeries,
};
pub use calendar::{Calendar, OPEN_TIMES_MS};
pub use civil::year_month;
pub use currency::{Currency, CurrencyError};
pub use decimal::{Decimal, DecimalError, SCALE_MAX, exact_f64};
pub use instrument::{Instrument, Ticker, TickerError};
pub use resample::{ResampleError, resample, resample_bars};
pub use series::{Bar, BarEnds, Columns, Series};
pub use synthetic::{SyntheticError, SyntheticSpec};
pub use timeframe::{DAY_MS, Timeframe, TimeframeError};
pub use trading_days::{DayRule, OffsetChange, TradingDays};
pub use units::{MoneyUnit, Units};
