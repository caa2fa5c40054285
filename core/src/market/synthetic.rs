//! Bars made up from a seed: a random walk with regimes of trend and of volatility, or with none.
//!
//! Trend regimes of a few hundred to a few thousand bars give a trend strategy parameters that win
//! and ones that lose; without them the walk is noise, in which there is nothing to be found.

use super::calendar::{Calendar, OPEN_TIMES_MS};
use super::series::{Columns, Series};
use super::timeframe::Timeframe;
use super::trading_days::TradingDays;
use super::units::Units;
use super::walk::{PRICE_CEILING, START_PRICE, Walk};

/// The most bars one specification makes: some forty years of minutes, 1 GB.
const BAR_COUNT_MAX: u64 = 20_000_000;
/// The highest volatility and the strongest drift, as fractions a year.
const ANNUAL_MAX: f64 = 10.0;
/// The strongest trends, over the usual ones.
const TREND_MAX: f64 = 10.0;
/// More ticks than this in a price would not be exact in a double.
const TICKS_MAX: f64 = (1_u64 << 53) as f64;

/// What bars to make up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyntheticSpec {
    /// How many bars, 1 to 20 million.
    pub bar_count: u64,
    /// Equal seeds make equal bars.
    pub seed: u64,
    /// Deviation of a year's return as a fraction, 0 to 10, before trend regimes add to it.
    pub annual_volatility: f64,
    /// Mean of a year's logarithmic return, -10 to 10.
    pub annual_drift: f64,
    /// Strength of the trend regimes over the usual one, 0 to 10. At 0 there is no regime of any
    /// kind: a fair game, if the drift is 0 too, in which nothing but luck can be found.
    pub trend_strength: f64,
    /// The first bar opens here, or at the next start of a bucket.
    pub start_ms: i64,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What a tick and a step are; the tick may not exceed the start price of 100.
    pub units: Units,
    /// Sessions leave out Saturdays and Sundays; `None` is always open.
    pub calendar: Option<Calendar>,
}

/// Why no bars can be made of a [`SyntheticSpec`]; each variant belongs to the field of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntheticError {
    /// No bars, or too many.
    #[error("must be 1 to {BAR_COUNT_MAX}")]
    BarCount,
    /// Not a number, negative, or out of bounds.
    #[error("must be 0 to {ANNUAL_MAX}")]
    AnnualVolatility,
    /// Not a number, or out of bounds.
    #[error("must be -{ANNUAL_MAX} to {ANNUAL_MAX}")]
    AnnualDrift,
    /// Not a number, negative, or out of bounds.
    #[error("must be 0 to {TREND_MAX}")]
    TrendStrength,
    /// The first or the last bar would leave the years that bars may have.
    #[error("must leave all bars within the years 1900 to 2261")]
    StartTime,
    /// Coarser than the start price, or so fine that prices would not be exact.
    #[error("must be at most {START_PRICE} and no finer than 0.0000000001")]
    PriceTick,
}

impl SyntheticSpec {
    /// Makes the bars.
    ///
    /// # Errors
    ///
    /// [`SyntheticError`], naming the first field that is out of bounds.
    pub fn series(&self) -> Result<Series, SyntheticError> {
        self.check()?;
        let mut bars = Columns::with_capacity(self.bar_count as usize);
        for bar in Walk::new(self).take(self.bar_count as usize) {
            // Weekends stretch the time that bars take, so that only the walk knows their end.
            if !OPEN_TIMES_MS.contains(&bar.open_time_ms) {
                return Err(SyntheticError::StartTime);
            }
            bars.push(bar);
        }
        let calendar = self.calendar.unwrap_or(Calendar::AlwaysOpen);
        let (timeframe, units) = (self.timeframe, self.units);
        Ok(Series { timeframe, units, calendar, days: TradingDays::UTC, bars })
    }

    fn check(&self) -> Result<(), SyntheticError> {
        let tick = self.units.price_tick.to_f64();
        if !(1..=BAR_COUNT_MAX).contains(&self.bar_count) {
            Err(SyntheticError::BarCount)
        } else if !(0.0..=ANNUAL_MAX).contains(&self.annual_volatility) {
            Err(SyntheticError::AnnualVolatility)
        } else if !(-ANNUAL_MAX..=ANNUAL_MAX).contains(&self.annual_drift) {
            Err(SyntheticError::AnnualDrift)
        } else if !(0.0..=TREND_MAX).contains(&self.trend_strength) {
            Err(SyntheticError::TrendStrength)
        } else if !OPEN_TIMES_MS.contains(&self.start_ms) {
            Err(SyntheticError::StartTime)
        } else if !(tick > 0.0 && tick <= START_PRICE && PRICE_CEILING / tick <= TICKS_MAX) {
            Err(SyntheticError::PriceTick)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Decimal;
    use crate::market::timeframe::DAY_MS;
    use proptest::prelude::*;

    fn spec(timeframe: &str, bar_count: u64) -> SyntheticSpec {
        SyntheticSpec {
            bar_count,
            seed: 42,
            annual_volatility: 0.6,
            annual_drift: 0.1,
            trend_strength: 1.0,
            start_ms: 1_577_836_800_000,
            timeframe: timeframe.parse().unwrap(),
            units: Units::with_default_step(Decimal::power_of_ten(2).unwrap()),
            calendar: None,
        }
    }

    fn deviation_of_bars(series: &Series) -> f64 {
        let closes = series.bars.close.windows(2);
        let squares = closes.map(|pair| (pair[1] as f64 / pair[0] as f64).ln().powi(2));
        (squares.sum::<f64>() / series.bars.len() as f64).sqrt()
    }

    #[test]
    fn bars_start_at_one_hundred_and_vary_as_asked() {
        let series = spec("1h", 50_000).series().unwrap();
        assert!((9_900..10_100).contains(&series.bars.open[0]), "{}", series.bars.open[0]);
        let asked = 0.6 / (365.0_f64 * 24.0).sqrt();
        let ratio = deviation_of_bars(&series) / asked;
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }

    /// Variance of the returns of `bars` bars over that of so many independent ones.
    fn variance_ratio(series: &Series, bars: usize) -> f64 {
        let levels: Vec<f64> = series.bars.close.iter().map(|&close| (close as f64).ln()).collect();
        let variance = |step: usize| {
            let changes: Vec<f64> = levels
                .iter()
                .step_by(step)
                .zip(levels.iter().skip(step).step_by(step))
                .map(|(before, after)| after - before)
                .collect();
            let mean = changes.iter().sum::<f64>() / changes.len() as f64;
            changes.iter().map(|change| (change - mean).powi(2)).sum::<f64>() / changes.len() as f64
        };
        variance(bars) / (variance(1) * bars as f64)
    }

    #[test]
    fn noise_is_a_fair_game_without_trends() {
        let calm = SyntheticSpec { annual_volatility: 0.2, ..spec("1h", 100_000) };
        let fair = SyntheticSpec { trend_strength: 0.0, annual_drift: 0.0, ..calm };
        let series = fair.series().unwrap();
        let growths: Vec<f64> = series
            .bars
            .close
            .windows(2)
            .map(|pair| pair[1] as f64 / pair[0] as f64 - 1.0)
            .collect();
        let mean = growths.iter().sum::<f64>() / growths.len() as f64;
        let error = deviation_of_bars(&series) / (growths.len() as f64).sqrt();
        assert!(mean.abs() < 3.0 * error, "{mean} is expected of a bar, give or take {error}");
        let ratio = variance_ratio(&series, 200);
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }

    #[test]
    fn stronger_trends_are_there_to_be_found() {
        let ratio = |trend_strength| {
            // So calm that the walk stays far from where it is turned back.
            let calm = SyntheticSpec { annual_volatility: 0.2, ..spec("1h", 100_000) };
            variance_ratio(&SyntheticSpec { trend_strength, ..calm }.series().unwrap(), 200)
        };
        let (usual, strong) = (ratio(1.0), ratio(3.0));
        assert!(usual < strong && strong > 1.5, "{usual} {strong}");
    }

    #[test]
    fn sessions_leave_out_the_weekend() {
        let sessions = SyntheticSpec { calendar: Some(Calendar::Sessions), ..spec("1h", 500) };
        let series = sessions.series().unwrap();
        let days = TradingDays::UTC;
        assert!(series.bars.open_time_ms.iter().all(|&time| !days.is_weekend(time)));
        let told = Calendar::infer(&series.bars.open_time_ms, series.timeframe, &days);
        assert_eq!(told, Calendar::Sessions);
        assert_eq!(spec("1h", 500).series().unwrap().calendar, Calendar::AlwaysOpen);
    }

    #[test]
    fn a_start_between_two_buckets_waits_for_the_next() {
        let late = SyntheticSpec { start_ms: 1, ..spec("1d", 1) };
        assert_eq!(late.series().unwrap().bars.open_time_ms, [DAY_MS]);
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_by_field() {
        let good = spec("1d", 10);
        let coarse = Units::with_default_step("101".parse().unwrap());
        let refused = [
            (SyntheticSpec { bar_count: 0, ..good }, SyntheticError::BarCount),
            (SyntheticSpec { bar_count: u64::MAX, ..good }, SyntheticError::BarCount),
            (SyntheticSpec { annual_volatility: -0.1, ..good }, SyntheticError::AnnualVolatility),
            (SyntheticSpec { annual_drift: f64::NAN, ..good }, SyntheticError::AnnualDrift),
            (SyntheticSpec { trend_strength: -1.0, ..good }, SyntheticError::TrendStrength),
            (SyntheticSpec { start_ms: i64::MAX, ..good }, SyntheticError::StartTime),
            (SyntheticSpec { bar_count: 1_000_000, ..good }, SyntheticError::StartTime),
            (SyntheticSpec { units: coarse, ..good }, SyntheticError::PriceTick),
        ];
        for (spec, error) in refused {
            assert_eq!(spec.series(), Err(error));
        }
    }

    proptest! {
        #[test]
        fn every_bar_is_valid(
            seed: u64,
            annual_volatility in 0.0..=ANNUAL_MAX,
            annual_drift in -ANNUAL_MAX..=ANNUAL_MAX,
            timeframe in prop::sample::select(vec!["1m", "7h", "1d", "366d", "1w", "1mo"]),
            decimals in 0_u32..=10,
        ) {
            let units = Units::with_default_step(Decimal::power_of_ten(decimals).unwrap());
            let base = spec(timeframe, 200);
            let spec = SyntheticSpec { seed, annual_volatility, annual_drift, units, ..base };
            let bars = spec.series().unwrap().bars;
            for bar in (0..bars.len()).map(|index| bars.bar(index)) {
                let bucket = TradingDays::UTC.bucket(spec.timeframe, bar.open_time_ms);
                prop_assert_eq!(bar.open_time_ms, bucket.start);
                prop_assert!(bar.low >= 1 && bar.low <= bar.open.min(bar.close), "{:?}", bar);
                prop_assert!(bar.high >= bar.open.max(bar.close), "{:?}", bar);
                prop_assert!(bar.volume >= 1.0 && bar.volume.fract() == 0.0, "{:?}", bar);
            }
            prop_assert!(bars.open_time_ms.is_sorted_by(|left, right| left < right));
        }
    }
}
