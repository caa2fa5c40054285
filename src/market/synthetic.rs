//! Bars made up from a seed: a random walk with regimes of trend and of volatility.
//!
//! Returns cluster by a GARCH(1,1) recursion on top of volatility regimes, and trend regimes of a
//! few hundred to a few thousand bars give a trend strategy parameters that win and ones that
//! lose. Only integers, correctly rounded operations and `libm` are used: the same specification
//! makes the same bars on every platform and in every later version.

use super::calendar::{Calendar, OPEN_TIMES_MS};
use super::random::Random;
use super::series::{Bar, Columns, Series};
use super::timeframe::{DAY_MS, Length, Timeframe};
use super::trading_days::TradingDays;
use super::units::Units;

/// The most bars one specification makes: some forty years of minutes, 1 GB.
const BAR_COUNT_MAX: u64 = 20_000_000;
/// The highest volatility and the strongest drift, as fractions a year.
const ANNUAL_MAX: f64 = 10.0;
const START_PRICE: f64 = 100.0;
/// The walk turns back at these prices.
const PRICE_FLOOR: f64 = 0.1;
const PRICE_CEILING: f64 = 100_000.0;
/// More ticks than this in a price would not be exact in a double.
const TICKS_MAX: f64 = (1_u64 << 53) as f64;

/// GARCH(1,1) with a mean of one: what a shock adds to the variance, and what of it stays.
const HEAT_BASE: f64 = 0.05;
const HEAT_SHOCK: f64 = 0.10;
const HEAT_KEPT: f64 = 0.85;
const HEAT_MAX: f64 = 16.0;
/// Volatility of a regime over the asked one; the mean of the squares is close to one.
const VOLATILITIES: [f64; 4] = [0.5, 0.75, 1.0, 1.5];
/// Drift of a trend regime in deviations a bar.
const TREND_WEAKEST: f64 = 0.01;
const TREND_STRONGEST: f64 = 0.03;
/// How many bars a regime lasts: the least, and the spread above it.
const REGIME_BARS_MIN: u32 = 200;
const REGIME_BARS_SPREAD: u32 = 1800;
/// Deviation between a close and the next open, over that of a bar.
const GAP: f64 = 0.05;
/// Volume of a quiet minute.
const MINUTE_VOLUME: f64 = 20.0;

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
        } else if !OPEN_TIMES_MS.contains(&self.start_ms) {
            Err(SyntheticError::StartTime)
        } else if !(tick > 0.0 && tick <= START_PRICE && PRICE_CEILING / tick <= TICKS_MAX) {
            Err(SyntheticError::PriceTick)
        } else {
            Ok(())
        }
    }
}

/// A value that holds for some bars.
struct Regime {
    bars_left: u32,
    value: f64,
}

impl Regime {
    /// The value for the next bar, drawn anew by `draw` when the regime is over.
    fn next(&mut self, random: &mut Random, draw: impl Fn(&mut Random) -> f64) -> f64 {
        if self.bars_left == 0 {
            self.bars_left = REGIME_BARS_MIN + random.below(REGIME_BARS_SPREAD);
            self.value = draw(random);
        }
        self.bars_left -= 1;
        self.value
    }
}

/// The walk itself: makes one bar at a time and keeps none.
struct Walk {
    random: Random,
    timeframe: Timeframe,
    closes_at_weekends: bool,
    tick: f64,
    floor: f64,
    ceiling: f64,
    /// Deviation and drift of one bar's logarithmic return.
    deviation: f64,
    drift: f64,
    trend: Regime,
    volatility: Regime,
    heat: f64,
    next_open_ms: i64,
    /// Logarithm of the last close.
    level: f64,
}

impl Walk {
    fn new(spec: &SyntheticSpec) -> Self {
        let calendar = spec.calendar.unwrap_or(Calendar::AlwaysOpen);
        let year_ms = i64::from(calendar.days_per_year()) * DAY_MS;
        let bar_years = spec.timeframe.duration_ms() as f64 / year_ms as f64;
        let bucket = TradingDays::UTC.bucket(spec.timeframe, spec.start_ms);
        let is_fixed = matches!(spec.timeframe.length(), Length::Fixed(_));
        Self {
            random: Random::new(spec.seed),
            timeframe: spec.timeframe,
            closes_at_weekends: calendar == Calendar::Sessions && is_fixed,
            tick: spec.units.price_tick.to_f64(),
            floor: libm::log(PRICE_FLOOR),
            ceiling: libm::log(PRICE_CEILING),
            deviation: spec.annual_volatility * libm::sqrt(bar_years),
            drift: spec.annual_drift * bar_years,
            trend: Regime { bars_left: 0, value: 0.0 },
            volatility: Regime { bars_left: 0, value: 1.0 },
            heat: 1.0,
            next_open_ms: if bucket.start == spec.start_ms { bucket.start } else { bucket.end },
            level: libm::log(START_PRICE),
        }
    }

    /// The next open time that the calendar allows.
    fn open_time(&mut self) -> i64 {
        let after = |open_ms| TradingDays::UTC.bucket(self.timeframe, open_ms).end;
        while self.closes_at_weekends && TradingDays::UTC.is_weekend(self.next_open_ms) {
            self.next_open_ms = after(self.next_open_ms);
        }
        let open_time_ms = self.next_open_ms;
        self.next_open_ms = after(open_time_ms);
        open_time_ms
    }

    /// This bar's volatility over the asked one, and its shock in deviations.
    fn turbulence(&mut self) -> (f64, f64) {
        let regime = self.volatility.next(&mut self.random, |random| {
            VOLATILITIES[random.below(VOLATILITIES.len() as u32) as usize]
        });
        let (calm, shock) = (libm::sqrt(self.heat), self.random.normal());
        let heat = HEAT_BASE + self.heat * (HEAT_SHOCK * shock * shock + HEAT_KEPT);
        self.heat = heat.min(HEAT_MAX);
        (regime * calm, shock)
    }

    /// The logarithmic price, turned back at the floor and the ceiling.
    fn bounded(&self, level: f64) -> f64 {
        let reflected = if level > self.ceiling {
            2.0 * self.ceiling - level
        } else if level < self.floor {
            2.0 * self.floor - level
        } else {
            level
        };
        reflected.clamp(self.floor, self.ceiling)
    }

    /// How far beyond the farther of open and close a bar reaches: the extreme of a Brownian
    /// bridge over `change` with this deviation.
    fn reach(&mut self, change: f64, deviation: f64) -> f64 {
        let spread = change * change - 2.0 * deviation * deviation * libm::log(self.random.unit());
        (libm::sqrt(spread) - change.abs()) / 2.0
    }

    fn ticks(&self, level: f64) -> i64 {
        let level = level.clamp(self.floor, self.ceiling);
        ((libm::exp(level) / self.tick).round() as i64).max(1)
    }

    /// A whole number above zero, higher at both ends of the UTC day and in turbulent times.
    fn volume(&mut self, open_time_ms: i64, turbulence: f64) -> f64 {
        let from_noon = 2.0 * open_time_ms.rem_euclid(DAY_MS) as f64 / DAY_MS as f64 - 1.0;
        let shape = 0.5 + 1.5 * from_noon * from_noon;
        let minutes = (self.timeframe.duration_ms() / 60_000) as f64;
        let chance = 0.5 + self.random.unit();
        (MINUTE_VOLUME * minutes * shape * turbulence * chance).floor() + 1.0
    }
}

impl Iterator for Walk {
    type Item = Bar;

    fn next(&mut self) -> Option<Bar> {
        let open_time_ms = self.open_time();
        let trend = self.trend.next(&mut self.random, |random| {
            let strength = TREND_WEAKEST + (TREND_STRONGEST - TREND_WEAKEST) * random.unit();
            strength * (f64::from(random.below(3)) - 1.0)
        });
        let (turbulence, shock) = self.turbulence();
        let deviation = self.deviation * turbulence;
        let gap = GAP * deviation * self.random.normal();
        let open = self.bounded(self.level + gap);
        let change = self.drift + self.deviation * trend + deviation * shock;
        let close = self.bounded(open + change);
        let above = open.max(close) + self.reach(close - open, deviation);
        let below = open.min(close) - self.reach(close - open, deviation);
        self.level = close;
        let (open, close) = (self.ticks(open), self.ticks(close));
        Some(Bar {
            open_time_ms,
            open,
            // Rounding and `exp` could turn a hair's breadth around; bars may never be invalid.
            high: self.ticks(above).max(open).max(close),
            low: self.ticks(below).min(open).min(close),
            close,
            volume: self.volume(open_time_ms, turbulence),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Decimal;
    use proptest::prelude::*;

    fn spec(timeframe: &str, bar_count: u64) -> SyntheticSpec {
        SyntheticSpec {
            bar_count,
            seed: 42,
            annual_volatility: 0.6,
            annual_drift: 0.1,
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
