//! A run in segments: what it came to between borders, and what several neighbouring ones come to
//! together. One simulation tells of every window whose ends are borders.
//!
//! A segment is what happened in it: positions are carried over its ends, valued at the last closes
//! before them. A fee falls where its fill fell, and a trade counts where it was closed.

use std::ops::Range;

use super::catalog::{Metric, Metrics};
use super::drawdown::fall;
use super::frame::{Frame, Seen};
use crate::market::DAY_MS;

/// Returns that vary by less than this part of their squares do not vary, but for rounding.
const ROUNDING: f64 = 1e-14;
/// The same where two that are nearly alike were taken from each other.
const ROUNDING_OF_EXCESS: f64 = 1e-10;

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
    /// How many returns a year has.
    pub(super) days_per_year: f64,
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
    pub days: DaySums,
}

/// Sums over closed trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TradeSums {
    pub count: u64,
    pub won: i64,
    pub lost: i64,
}

/// Plain sums over days, in order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DaySums {
    pub count: u64,
    pub returns: f64,
    pub squares: f64,
    /// Squares of what is below the risk-free rate.
    pub downside: f64,
    /// Returns times those of the market.
    pub products: f64,
    pub exposures: f64,
    pub market: f64,
    pub market_squares: f64,
    /// What holding the market would have grown to, from 1.
    pub market_growth: f64,
}

impl Default for DaySums {
    fn default() -> Self {
        Self {
            count: 0,
            returns: 0.0,
            squares: 0.0,
            downside: 0.0,
            products: 0.0,
            exposures: 0.0,
            market: 0.0,
            market_squares: 0.0,
            market_growth: 1.0,
        }
    }
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

impl DaySums {
    /// Takes a day: its return, that of the market, and how much was held at its end.
    pub(super) fn add(&mut self, value: f64, market: f64, exposure: f64, risk_free: f64) {
        let below = (value - risk_free).min(0.0);
        self.count += 1;
        self.returns += value;
        self.squares += value * value;
        self.downside += below * below;
        self.products += value * market;
        self.exposures += exposure;
        self.market += market;
        self.market_squares += market * market;
        self.market_growth *= 1.0 + market;
    }

    fn joined(self, next: Self) -> Self {
        Self {
            count: self.count + next.count,
            returns: self.returns + next.returns,
            squares: self.squares + next.squares,
            downside: self.downside + next.downside,
            products: self.products + next.products,
            exposures: self.exposures + next.exposures,
            market: self.market + next.market,
            market_squares: self.market_squares + next.market_squares,
            market_growth: self.market_growth * next.market_growth,
        }
    }

    /// Mean and deviation (ddof 1) of values of which these are the sums; a deviation of 0 if they
    /// do not vary, `None` of one value.
    /// What varies by no more than `rounding` does not.
    fn spread(&self, sum: f64, squares: f64, rounding: f64) -> (f64, Option<f64>) {
        let count = self.count as f64;
        let mean = sum / count;
        let around = squares - sum * mean;
        let varies = around > rounding;
        let deviation = if varies { libm::sqrt(around / (count - 1.0)) } else { 0.0 };
        (mean, (self.count > 1).then_some(deviation))
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
            days: self.days.joined(next.days),
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
        let mut metrics = Metrics::default();
        self.add_growth(&whole, span_ms, &mut metrics);
        self.add_trades(whole.trades, &mut metrics);
        self.add_days(&whole.days, &mut metrics);
        Some(metrics)
    }

    fn add_growth(&self, whole: &Segment, span_ms: i64, metrics: &mut Metrics) {
        let seen = Seen { bars: whole.bars as usize, days: whole.days.count as usize, span_ms };
        let net = i128::from(whole.end) - i128::from(whole.start);
        let growth = whole.end as f64 / whole.start as f64;
        let is_defined = span_ms >= DAY_MS && whole.end > 0;
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

    fn add_days(&self, days: &DaySums, metrics: &mut Metrics) {
        metrics.set(Metric::ReturnDays, days.count as f64);
        metrics.set(Metric::BuyHoldReturn, days.market_growth - 1.0);
        if days.count == 0 {
            return;
        }
        let (count, year) = (days.count as f64, libm::sqrt(self.days_per_year));
        let risk_free = self.frame.risk_free_rate.to_f64() / self.days_per_year;
        let over = |mean: f64, spread: Option<f64>| {
            spread.filter(|spread| *spread > 0.0).map(|spread| mean / spread * year)
        };
        let (mean, deviation) = days.spread(days.returns, days.squares, ROUNDING * days.squares);
        let downside = (days.count > 1).then(|| libm::sqrt(days.downside / count));
        metrics.set(Metric::Volatility, deviation.map(|deviation| deviation * year));
        metrics.set(Metric::Sharpe, over(mean - risk_free, deviation));
        metrics.set(Metric::Sortino, over(mean - risk_free, downside));
        let exposure = days.exposures / count;
        let above = days.returns - exposure * days.market;
        let of_market = exposure * exposure * days.market_squares;
        let squares = days.squares - 2.0 * exposure * days.products + of_market;
        // What is left of both where they are the same is rounding.
        let (mean, deviation) =
            days.spread(above, squares, ROUNDING_OF_EXCESS * (days.squares + of_market));
        metrics.set(Metric::MeanExposure, exposure);
        metrics.set(Metric::SharpeExcess, over(mean, deviation));
    }
}
