//! The closing prices of a run laid out for whole ranges of bars, and where its days end.

use std::ops::Range;

use super::days::Day;
use super::stretches::Stretches;
use crate::market::TradingDays;
use crate::simd::LANES;

/// Integers up to here are exact as doubles.
pub(super) const EXACT_MAX: i64 = 1 << 53;

/// At which prices positions are valued, bar by bar. Bars count from the first of the run.
#[derive(Clone, Debug)]
pub struct Marks {
    /// One group of lanes before the first bar, and whole groups to the end.
    closes: Vec<f64>,
    len: usize,
    least: i64,
    greatest: i64,
    day_ends: Vec<DayEnd>,
    stretches: Stretches,
}

/// The last bar of a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayEnd {
    pub bar: usize,
    pub number: i64,
    pub end_ms: i64,
}

impl DayEnd {
    /// The day, which left that.
    #[inline]
    pub(super) const fn ended_with(&self, equity: i64, cash: i64) -> Day {
        Day { number: self.number, end_ms: self.end_ms, equity, cash }
    }
}

impl Marks {
    /// Lays out bars, each of which ends where `end_of` its index says; `None` if a price is not
    /// positive or not exact as a double.
    pub fn new(
        open_times_ms: &[i64],
        end_of: impl Fn(usize) -> i64,
        closes: &[i64],
        days: &TradingDays,
    ) -> Option<Self> {
        let (least, greatest) = (*closes.iter().min()?, *closes.iter().max()?);
        if least <= 0 || greatest >= EXACT_MAX {
            return None;
        }
        let len = closes.len();
        let mut padded = Vec::with_capacity(len + 3 * LANES);
        padded.resize(LANES, closes[0] as f64);
        padded.extend(closes.iter().map(|&close| close as f64));
        padded.resize((len + 2 * LANES).next_multiple_of(LANES), closes[len - 1] as f64);
        let day_ends = day_ends(open_times_ms, end_of, days);
        let stretches = Stretches::of(closes);
        Some(Self { day_ends, stretches, closes: padded, len, least, greatest })
    }

    /// How many bars there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The greatest close.
    pub const fn greatest(&self) -> i64 {
        self.greatest
    }

    /// The room that this takes.
    pub fn bytes(&self) -> usize {
        let numbers = self.closes.len() + 3 * self.day_ends.len();
        numbers * size_of::<f64>() + self.stretches.bytes()
    }

    /// Whether a holding's equity is exact as a double at every one of these prices.
    pub fn is_exact(&self, holding: Holding) -> bool {
        let value = holding.value_per_tick.unsigned_abs();
        let most = u128::from(value) * u128::from(self.greatest.unsigned_abs());
        most + u128::from(holding.cash.unsigned_abs()) < u128::from(EXACT_MAX.unsigned_abs())
    }

    /// Whether that holding's equity is above zero at every one of these prices.
    #[inline]
    pub(super) fn is_solvent(&self, holding: Holding) -> bool {
        holding.equity(self.least).min(holding.equity(self.greatest)) > 0
    }

    pub(super) const fn stretches(&self) -> &Stretches {
        &self.stretches
    }

    pub(super) fn day_ends(&self) -> &[DayEnd] {
        &self.day_ends
    }

    /// The first bar that is not of a day before that one; behind the last if there is none.
    pub(super) fn first_bar_of(&self, day: i64) -> usize {
        let days_before = self.day_ends.partition_point(|end| end.number < day);
        match days_before.checked_sub(1) {
            _ if days_before == self.day_ends.len() => usize::MAX,
            Some(last) => self.day_ends[last].bar + 1,
            None => 0,
        }
    }

    /// Whether so many closes add up exactly, as doubles in any order.
    #[inline]
    pub(super) fn is_sum_exact(&self, count: usize) -> bool {
        let most = self.greatest as u128 * count as u128;
        most < u128::from(EXACT_MAX.unsigned_abs())
    }

    /// The sum of the closes of bars.
    pub(super) fn sum(&self, bars: Range<usize>) -> i128 {
        bars.map(|bar| i128::from(self.close(bar))).sum()
    }

    /// The close of a bar.
    #[inline]
    pub(super) fn close(&self, bar: usize) -> i64 {
        self.closes[LANES + bar] as i64
    }

    /// The closes of the group of lanes that begins at bar `first`, and those one bar before.
    #[inline]
    pub(super) fn group(&self, first: usize) -> [&[f64]; 2] {
        let start = LANES + first;
        [&self.closes[start..start + LANES], &self.closes[start - 1..start - 1 + LANES]]
    }
}

/// The last bar of each day. Times do not fall.
fn day_ends(
    open_times_ms: &[i64],
    end_of: impl Fn(usize) -> i64,
    days: &TradingDays,
) -> Vec<DayEnd> {
    let mut ends: Vec<DayEnd> = Vec::new();
    let mut tomorrow_ms = i64::MIN;
    for (bar, &open_time_ms) in open_times_ms.iter().enumerate() {
        if open_time_ms >= tomorrow_ms {
            let number = days.day(open_time_ms);
            tomorrow_ms = days.day_start_ms(number + 1);
            ends.push(DayEnd { bar, number, end_ms: 0 });
        } else if let Some(today) = ends.last_mut() {
            today.bar = bar;
        }
    }
    for end in &mut ends {
        end.end_ms = end_of(end.bar);
    }
    ends
}

/// What an account holds while nothing trades: its equity is a straight line of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Cash, in money units.
    pub cash: i64,
    /// What the position gains when the price rises by a tick; negative when short.
    pub value_per_tick: i64,
}

impl Holding {
    /// Nothing but cash.
    pub const fn cash(cash: i64) -> Self {
        Self { cash, value_per_tick: 0 }
    }

    /// The equity at a price; exact where [`Marks::is_exact`].
    #[inline]
    pub const fn equity(self, price: i64) -> i64 {
        self.cash + self.value_per_tick * price
    }

    /// The least and the greatest equity between the least and the greatest price.
    #[inline]
    pub(super) fn ends(self, prices: [i64; 2]) -> [i64; 2] {
        let [one, other] = prices.map(|price| self.equity(price));
        [one.min(other), one.max(other)]
    }
}
