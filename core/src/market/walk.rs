//! The walk that made-up bars follow, one bar after the other.
//!
//! Returns cluster by a GARCH(1,1) recursion on top of volatility regimes. Only integers, correctly
//! rounded operations and `libm` are used: the same specification makes the same bars on every
//! platform and in every later version.

use super::calendar::Calendar;
use super::random::Random;
use super::series::Bar;
use super::synthetic::SyntheticSpec;
use super::timeframe::{DAY_MS, Length, Timeframe};
use super::trading_days::TradingDays;

/// Where the walk begins.
pub(super) const START_PRICE: f64 = 100.0;
/// The walk turns back at these prices.
const PRICE_FLOOR: f64 = 0.1;
pub(super) const PRICE_CEILING: f64 = 100_000.0;

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
pub(super) struct Walk {
    random: Random,
    timeframe: Timeframe,
    closes_at_weekends: bool,
    tick: f64,
    floor: f64,
    ceiling: f64,
    /// Deviation and drift of one bar's logarithmic return.
    deviation: f64,
    drift: f64,
    trend_strength: f64,
    trend: Regime,
    volatility: Regime,
    heat: f64,
    next_open_ms: i64,
    /// Logarithm of the last close.
    level: f64,
}

impl Walk {
    /// At its beginning.
    pub(super) fn new(spec: &SyntheticSpec) -> Self {
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
            trend_strength: spec.trend_strength,
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

    fn is_noise(&self) -> bool {
        self.trend_strength == 0.0
    }

    /// What a change with this deviation must lose in noise, so that the price that is expected
    /// after it is the price before it. Elsewhere the drift says what is expected.
    fn toll(&self, deviation: f64) -> f64 {
        if self.is_noise() { deviation * deviation / 2.0 } else { 0.0 }
    }

    /// This bar's volatility over the asked one, and its shock in deviations.
    fn turbulence(&mut self) -> (f64, f64) {
        let regime = self.volatility.next(&mut self.random, |random| {
            VOLATILITIES[random.below(VOLATILITIES.len() as u32) as usize]
        });
        let regime = if self.is_noise() { 1.0 } else { regime };
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
        let gap = GAP * deviation * self.random.normal() - self.toll(GAP * deviation);
        let open = self.bounded(self.level + gap);
        let trend = self.trend_strength * trend;
        let change = self.drift + self.deviation * trend + deviation * shock;
        let change = change - self.toll(deviation);
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
