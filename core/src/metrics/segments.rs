//! A run in segments: what it came to between borders, and what several neighbouring ones come to
//! together. One simulation tells of every window whose ends are borders.
//!
//! A segment is what happened in it: positions are carried over its ends, valued at the last closes
//! before them. A fee falls where its fill fell, and a trade counts where it was closed.

use std::ops::Range;
use std::sync::Arc;

use super::catalog::{Metric, Metrics};
use super::days::{below, sharpe_above};
use super::drawdown::fall;
use super::frame::{Frame, Seen};
use super::shape::{deviation, mean};
use crate::market::DAY_MS;

/// The metrics that segments together have, and no others.
pub const OF_SEGMENTS: [Metric; 19] = [
    Metric::FinalEquity,
    Metric::NetProfit,
    Metric::TotalReturn,
    Metric::Cagr,
    Metric::MaxDrawdown,
    Metric::Calmar,
    Metric::Exposure,
    Metric::Volatility,
    Metric::Sharpe,
    Metric::SharpeExcess,
    Metric::Sortino,
    Metric::MeanExposure,
    Metric::ReturnDays,
    Metric::BuyHoldReturn,
    Metric::TradeCount,
    Metric::GrossProfit,
    Metric::GrossLoss,
    Metric::ProfitFactor,
    Metric::Expectancy,
];

/// A run between its borders.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    pub(super) frame: Frame,
    /// When each segment begins, and the run ends.
    pub(super) borders_ms: Vec<i64>,
    /// The first day of each segment but the first.
    pub(super) borders: Arc<[i64]>,
    /// How many returns a year has.
    pub(super) days_per_year: f64,
    pub(super) days: DayLines,
    /// In order; those after a bankruptcy are missing.
    pub(super) all: Vec<Segment>,
}

/// What happened between two borders; money in money units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Segment {
    /// Equity at the last close before it.
    pub start: i64,
    /// At its last close.
    pub end: i64,
    /// The least and the greatest of all of these.
    pub least: i64,
    pub greatest: i64,
    /// The deepest fall from a peak within it.
    pub deepest: f64,
    pub bars: u64,
    /// Bars at whose close something was held.
    pub held: u64,
    pub trades: TradeSums,
}

/// Sums over closed trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TradeSums {
    pub count: u64,
    pub won: i64,
    pub lost: i64,
}

/// The days of a run, side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DayLines {
    /// Which day, rising.
    pub numbers: Vec<i64>,
    pub returns: Vec<f64>,
    /// Returns less the risk-free rate.
    pub excess: Vec<f64>,
    /// Those of what is traded.
    pub market: Vec<f64>,
    /// Signed value of the positions over the equity, at its end.
    pub exposures: Vec<f64>,
}

impl TradeSums {
    /// Those that came after others.
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            count: self.count - before.count,
            won: self.won - before.won,
            lost: self.lost - before.lost,
        }
    }
}

impl Segment {
    /// The deepest fall of both, the other one following: of each trough the highest peak before it
    /// is what counts.
    pub(super) fn deepest_with(&self, next: &Self) -> f64 {
        if next.least < 0 {
            // The end of a ruin, deeper than all others; from a lower peak it looks deeper still.
            return fall(self.greatest.max(next.greatest), next.least);
        }
        let over_the_border =
            if self.greatest > next.least { fall(self.greatest, next.least) } else { 0.0 };
        self.deepest.max(next.deepest).max(over_the_border)
    }

    /// What both come to, the other one following.
    fn joined(self, next: Self) -> Self {
        Self {
            start: self.start,
            end: next.end,
            least: self.least.min(next.least),
            greatest: self.greatest.max(next.greatest),
            deepest: self.deepest_with(&next),
            bars: self.bars + next.bars,
            held: self.held + next.held,
            trades: TradeSums {
                count: self.trades.count + next.trades.count,
                won: self.trades.won + next.trades.won,
                lost: self.trades.lost + next.trades.lost,
            },
        }
    }
}

impl Segments {
    /// How many there are; those after a bankruptcy are missing.
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The metrics of neighbouring segments together, of [`OF_SEGMENTS`] those that are defined;
    /// `None` if one of them is missing, has no bars before it to begin with, or nothing is left.
    pub fn metrics(&self, range: Range<usize>) -> Option<Metrics> {
        let whole = self.all.get(range.clone())?.iter().copied().reduce(Segment::joined)?;
        if whole.start <= 0 || whole.bars == 0 {
            return None;
        }
        let span_ms = self.borders_ms[range.end] - self.borders_ms[range.start];
        let days = self.days_of(&range);
        let seen = Seen { bars: whole.bars as usize, days: days.len(), span_ms };
        let mut metrics = Metrics::default();
        self.add_growth(&whole, seen, &mut metrics);
        self.add_trades(whole.trades, &mut metrics);
        self.add_days(days, &mut metrics);
        Some(metrics)
    }

    /// Which days are in those segments.
    fn days_of(&self, range: &Range<usize>) -> Range<usize> {
        let numbers = &self.days.numbers;
        let before = |border: usize| match border.checked_sub(1) {
            None => 0,
            Some(place) => self
                .borders
                .get(place)
                .map_or(numbers.len(), |first| numbers.partition_point(|number| number < first)),
        };
        // Of a ruin the last segment has all days that are left.
        let last = if range.end == self.all.len() { numbers.len() } else { before(range.end) };
        before(range.start)..last
    }

    fn add_growth(&self, whole: &Segment, seen: Seen, metrics: &mut Metrics) {
        let net = i128::from(whole.end) - i128::from(whole.start);
        let growth = whole.end as f64 / whole.start as f64;
        let is_defined = seen.span_ms >= DAY_MS && whole.end > 0;
        let cagr = is_defined.then(|| libm::pow(growth, seen.per_year()) - 1.0);
        let calmar = cagr.filter(|_| whole.deepest > 0.0).map(|cagr| cagr / whole.deepest);
        metrics.set(Metric::FinalEquity, self.frame.money.amount(whole.end));
        metrics.set(Metric::NetProfit, self.frame.money.wide_amount(net));
        metrics.set(Metric::TotalReturn, net as f64 / whole.start as f64);
        metrics.set(Metric::Cagr, cagr);
        metrics.set(Metric::MaxDrawdown, whole.deepest);
        metrics.set(Metric::Calmar, calmar);
        metrics.set(Metric::Exposure, whole.held as f64 / whole.bars as f64);
    }

    fn add_trades(&self, trades: TradeSums, metrics: &mut Metrics) {
        let TradeSums { count, won, lost } = trades;
        let amount = |value: i64| self.frame.money.amount(value);
        let realized = self.frame.money.wide_amount(i128::from(won) + i128::from(lost));
        metrics.set(Metric::TradeCount, count as f64);
        metrics.set(Metric::GrossProfit, amount(won));
        metrics.set(Metric::GrossLoss, amount(lost));
        metrics.set(Metric::ProfitFactor, (lost < 0).then(|| won as f64 / -lost as f64));
        metrics.set(Metric::Expectancy, (count > 0).then(|| realized / count as f64));
    }

    /// The figures of days are taken as those of a whole run, so that no other border matters.
    fn add_days(&self, days: Range<usize>, metrics: &mut Metrics) {
        let of = |line: &'_ [f64]| -> Vec<f64> { line[days.clone()].to_vec() };
        let [returns, excess, market, exposures] = [
            of(&self.days.returns),
            of(&self.days.excess),
            of(&self.days.market),
            of(&self.days.exposures),
        ];
        let year = libm::sqrt(self.days_per_year);
        let (average, spread) = (mean(&excess), deviation(&excess));
        let downside = below(&excess).map(libm::sqrt);
        let over = |spread: Option<f64>| {
            let ratio = spread.filter(|it| *it > 0.0).zip(average).map(|(it, mean)| mean / it);
            ratio.map(|ratio| ratio * year)
        };
        let exposure = mean(&exposures);
        let above = exposure.and_then(|exposure| sharpe_above(&returns, exposure, &market));
        let held = market.iter().fold(1.0, |worth, value| worth * (1.0 + value));
        metrics.set(Metric::ReturnDays, days.len() as f64);
        metrics.set(Metric::BuyHoldReturn, held - 1.0);
        metrics.set(Metric::Volatility, spread.map(|spread| spread * year));
        metrics.set(Metric::Sharpe, over(spread));
        metrics.set(Metric::Sortino, over(downside));
        metrics.set(Metric::MeanExposure, exposure);
        metrics.set(Metric::SharpeExcess, above.map(|sharpe| sharpe * year));
    }
}
