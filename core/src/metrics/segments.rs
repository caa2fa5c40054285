//! A run in segments: what it came to between borders, and what several neighbouring ones come to
//! together. One simulation tells of every window whose ends are borders.
//!
//! A segment is what happened in it: positions are carried over its ends, valued at the last closes
//! before them. A fee falls where its fill fell, and a trade counts where it was closed.

use std::ops::Range;
use std::sync::Arc;

use super::catalog::Metric;
use super::days::Days;
use super::drawdown::fall;
use super::frame::Frame;

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

/// Where a segment begins, and the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// The first day of it.
    pub day: i64,
    /// When that day begins.
    pub start_ms: i64,
}

/// Those of them that go by how deep a segment fell, which costs a look at its closes.
pub const OF_FALLS: [Metric; 2] = [Metric::MaxDrawdown, Metric::Calmar];

/// A run between its borders.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    pub(super) frame: Frame,
    /// When the run begins and ends.
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// Where each segment begins but the first.
    pub(super) borders: Arc<[Border]>,
    /// How many returns a year has.
    pub(super) days_per_year: f64,
    pub(super) days: Days,
    /// The return of each of them, and that of what is traded.
    pub(super) returns: Vec<f64>,
    pub(super) market: Arc<[f64]>,
    /// Whether there are falls in them.
    pub(super) knows_falls: bool,
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

    /// What falls of both are told from, the other one following.
    pub(super) fn fallen_with(self, next: Self) -> Self {
        Self {
            least: self.least.min(next.least),
            greatest: self.greatest.max(next.greatest),
            deepest: self.deepest_with(&next),
            ..next
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

    /// When the segment after that many begins, or the run ends.
    pub(super) fn border_ms(&self, place: usize) -> i64 {
        match place.checked_sub(1) {
            None => self.start_ms,
            Some(before) => self
                .borders
                .get(before)
                .map_or(self.end_ms, |border| border.start_ms.clamp(self.start_ms, self.end_ms)),
        }
    }

    /// Which days are in those segments, of those that count.
    pub(super) fn days_of(&self, range: &Range<usize>) -> Range<usize> {
        let before = |place: usize| match place.checked_sub(1) {
            None => 0,
            Some(before) => self
                .borders
                .get(before)
                .map_or(self.returns.len(), |border| self.days.before(border.day)),
        };
        // Of a ruin the last segment has all days that are left.
        let is_last = range.end == self.all.len();
        before(range.start)..if is_last { self.returns.len() } else { before(range.end) }
    }
}
