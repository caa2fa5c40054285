//! What neighbouring segments of a run come to together: one metric, for whoever chooses by it, or
//! all that they have.

use std::cell::OnceCell;
use std::ops::Range;

use super::catalog::{Metric, Metrics, defined};
use super::days::{Day, below, sharpe_above};
use super::frame::Seen;
use super::segments::{OF_FALLS, OF_SEGMENTS, Segment, Segments};
use super::shape::mean_and_deviation;
use crate::market::DAY_MS;

/// Some segments, one after the other, of which something is left. What several metrics need is
/// computed by the first.
pub struct Neighbours<'s> {
    of: &'s Segments,
    range: Range<usize>,
    days: Range<usize>,
    deepest: OnceCell<f64>,
    cagr: OnceCell<Option<f64>>,
    spread: OnceCell<Option<(f64, Option<f64>)>>,
    exposure: OnceCell<Option<f64>>,
}

impl Segments {
    /// Neighbouring segments together; `None` if one of them is missing, has no bars before it to
    /// begin with, or nothing is left.
    pub fn together(&self, range: Range<usize>) -> Option<Neighbours<'_>> {
        let part = self.all.get(range.clone())?;
        let has_bars = part.iter().any(|segment| segment.bars > 0);
        if !has_bars || part.first()?.start <= 0 {
            return None;
        }
        let days = self.days_of(&range);
        let (deepest, cagr) = (OnceCell::new(), OnceCell::new());
        let (spread, exposure) = (OnceCell::new(), OnceCell::new());
        Some(Neighbours { of: self, range, days, deepest, cagr, spread, exposure })
    }

    /// The metrics of neighbouring segments together, of [`OF_SEGMENTS`] those that are defined;
    /// `None` where [`Self::together`] is.
    pub fn metrics(&self, range: Range<usize>) -> Option<Metrics> {
        Some(self.together(range)?.metrics(&OF_SEGMENTS))
    }
}

impl Neighbours<'_> {
    /// Those metrics, as far as they are defined.
    pub fn metrics(&self, wanted: &[Metric]) -> Metrics {
        let mut metrics = Metrics::default();
        for &metric in wanted {
            metrics.set(metric, self.value(metric));
        }
        metrics
    }

    /// One of [`OF_SEGMENTS`], if it is defined: to the bit the same whatever else is asked, and
    /// wherever else the run is cut. Of a run whose segments know no falls, those by falls are not.
    pub fn metric(&self, metric: Metric) -> Option<f64> {
        defined(self.value(metric))
    }

    fn value(&self, metric: Metric) -> Option<f64> {
        let money = self.of.frame.money;
        let [won, lost] = [self.sum(|it| it.trades.won), self.sum(|it| it.trades.lost)];
        Some(match metric {
            Metric::FinalEquity => money.amount(self.end()),
            Metric::NetProfit => money.wide_amount(self.net()),
            Metric::TotalReturn => self.net() as f64 / self.start() as f64,
            Metric::Cagr => self.cagr()?,
            _ if OF_FALLS.contains(&metric) && !self.of.knows_falls => return None,
            Metric::MaxDrawdown => self.deepest(),
            Metric::Calmar => {
                let (cagr, deepest) = (self.cagr()?, self.deepest());
                if deepest > 0.0 { cagr / deepest } else { return None }
            }
            Metric::Exposure => self.count(|it| it.held) as f64 / self.count(|it| it.bars) as f64,
            Metric::TradeCount => self.trades() as f64,
            Metric::GrossProfit => money.amount(won),
            Metric::GrossLoss => money.amount(lost),
            Metric::ProfitFactor if lost >= 0 => return None,
            Metric::ProfitFactor => won as f64 / -lost as f64,
            Metric::Expectancy if self.trades() == 0 => return None,
            Metric::Expectancy => {
                let realized = money.wide_amount(i128::from(won) + i128::from(lost));
                realized / self.trades() as f64
            }
            Metric::ReturnDays => self.days.len() as f64,
            _ => return self.of_days(metric),
        })
    }

    /// The figures of days are taken as those of a whole run, so that no other border matters.
    fn of_days(&self, metric: Metric) -> Option<f64> {
        let year = libm::sqrt(self.of.days_per_year);
        let over = |(mean, spread): (f64, f64)| (spread > 0.0).then(|| mean / spread * year);
        match metric {
            Metric::BuyHoldReturn => {
                let held = self.market().iter().fold(1.0, |worth, value| worth * (1.0 + value));
                Some(held - 1.0)
            }
            Metric::Volatility => self.spread()?.1.map(|spread| spread * year),
            Metric::Sharpe => {
                let (mean, spread) = self.spread()?;
                over((mean, spread?))
            }
            Metric::Sortino => {
                let downside = below(self.excess()).map(libm::sqrt)?;
                over((self.spread()?.0, downside))
            }
            Metric::MeanExposure => self.exposure(),
            Metric::SharpeExcess => {
                let above = sharpe_above(self.returns(), self.exposure()?, self.market())?;
                Some(above * year)
            }
            _ => None,
        }
    }

    fn segments(&self) -> &[Segment] {
        &self.of.all[self.range.clone()]
    }

    fn start(&self) -> i64 {
        self.of.all[self.range.start].start
    }

    fn end(&self) -> i64 {
        self.of.all[self.range.end - 1].end
    }

    fn net(&self) -> i128 {
        i128::from(self.end()) - i128::from(self.start())
    }

    fn sum(&self, of: impl Fn(&Segment) -> i64) -> i64 {
        self.segments().iter().map(of).sum()
    }

    fn count(&self, of: impl Fn(&Segment) -> u64) -> u64 {
        self.segments().iter().map(of).sum()
    }

    fn trades(&self) -> u64 {
        self.count(|segment| segment.trades.count)
    }

    fn deepest(&self) -> f64 {
        *self.deepest.get_or_init(|| {
            let all = self.segments().iter().copied();
            all.reduce(Segment::fallen_with).map_or(0.0, |whole| whole.deepest)
        })
    }

    fn cagr(&self) -> Option<f64> {
        *self.cagr.get_or_init(|| {
            let span_ms = self.of.border_ms(self.range.end) - self.of.border_ms(self.range.start);
            let bars = self.count(|segment| segment.bars) as usize;
            let seen = Seen { bars, days: self.days.len(), span_ms };
            let growth = self.end() as f64 / self.start() as f64;
            let is_defined = span_ms >= DAY_MS && self.end() > 0;
            is_defined.then(|| libm::pow(growth, seen.per_year()) - 1.0)
        })
    }

    fn returns(&self) -> &[f64] {
        &self.of.returns[self.days.clone()]
    }

    fn market(&self) -> &[f64] {
        &self.of.market[self.days.clone()]
    }

    /// Returns less the risk-free rate.
    fn excess(&self) -> impl ExactSizeIterator<Item = f64> + Clone {
        let risk_free = self.of.frame.risk_free_rate.to_f64() / self.of.days_per_year;
        self.returns().iter().map(move |value| value - risk_free)
    }

    /// Mean and deviation of these.
    fn spread(&self) -> Option<(f64, Option<f64>)> {
        *self.spread.get_or_init(|| mean_and_deviation(self.excess()))
    }

    /// The mean of the signed value of the positions over the equity, at the ends of days.
    fn exposure(&self) -> Option<f64> {
        *self.exposure.get_or_init(|| {
            let sum: f64 = self.of.days.part(self.days.clone()).map(Day::exposure).sum();
            (!self.days.is_empty()).then(|| sum / self.days.len() as f64)
        })
    }
}
