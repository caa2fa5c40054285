//! What each instrument of a run did: the metrics of these names over its own trades.

use crate::engine::Observer;
use crate::market::MoneyUnit;
use crate::metrics::Metric;
use crate::trading::{Charge, Fill, Rejection, Trade};

/// The metrics of an instrument that are defined.
pub type InstrumentMetrics = Vec<(Metric, f64)>;

/// Watches a run and adds up what belongs to each instrument.
#[derive(Debug)]
pub struct InstrumentTally {
    instruments: Vec<Sums>,
    /// Paid on cash, which belongs to none.
    interest: i128,
    /// Points of the equity curve so far; the first is before the first bar.
    points: u64,
}

/// What each instrument of a run did, and what belongs to none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentFigures {
    /// The metrics of each that are defined, in the order of the run's instruments.
    pub instruments: Vec<InstrumentMetrics>,
    /// Earned on cash; below zero if it was paid.
    pub interest: f64,
}

/// Of one instrument; money in money units, wide enough for any sum of 64 bits.
#[derive(Clone, Debug, Default)]
struct Sums {
    realized: i128,
    open: i128,
    fees: i128,
    slippage: i128,
    carry: i128,
    fills: u64,
    refused: u64,
    trades: u64,
    wins: u64,
    won: i128,
    lost: i128,
    held: i64,
    /// Points when it was last flat.
    held_since: u64,
    points_held: u64,
}

impl InstrumentTally {
    /// Of that many instruments.
    pub fn new(instruments: usize) -> Self {
        Self { instruments: vec![Sums::default(); instruments], interest: 0, points: 0 }
    }

    /// What all of it came to.
    pub fn finish(self, money: MoneyUnit) -> InstrumentFigures {
        let bars = self.points.saturating_sub(1);
        let points = self.points;
        let metrics = |sums: Sums| sums.metrics(money, bars, points);
        InstrumentFigures {
            instruments: self.instruments.into_iter().map(metrics).collect(),
            interest: amount(money, -self.interest),
        }
    }
}

fn amount(money: MoneyUnit, sum: i128) -> f64 {
    i64::try_from(sum).map_or(sum as f64, |sum| money.amount(sum))
}

impl Sums {
    fn metrics(&self, money: MoneyUnit, bars: u64, points: u64) -> InstrumentMetrics {
        let amount = |sum: i128| amount(money, sum);
        let over = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let is_held = self.held != 0;
        let held = self.points_held + if is_held { points - self.held_since } else { 0 };
        let trades = self.trades as f64;
        let figures = [
            (Metric::NetProfit, Some(amount(self.realized + self.open))),
            (Metric::RealizedProfit, Some(amount(self.realized))),
            (Metric::OpenProfit, Some(amount(self.open))),
            (Metric::FeesPaid, Some(amount(self.fees))),
            (Metric::SlippageCost, Some(amount(self.slippage))),
            (Metric::CarryCost, Some(amount(self.carry))),
            (Metric::TradeCount, Some(trades)),
            (Metric::WinRate, over(self.wins as f64, trades)),
            (Metric::ProfitFactor, over(self.won as f64, (-self.lost) as f64)),
            (Metric::Exposure, over(held as f64, bars as f64)),
            (Metric::FillCount, Some(self.fills as f64)),
            (Metric::RejectedOrderCount, Some(self.refused as f64)),
        ];
        figures.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect()
    }
}

impl Observer for InstrumentTally {
    fn fill(&mut self, fill: &Fill) {
        let sums = &mut self.instruments[fill.instrument as usize];
        sums.fills += 1;
        sums.fees += i128::from(fill.commission);
        sums.slippage += i128::from(fill.slippage);
        let was_flat = sums.held == 0;
        sums.held += fill.quantity;
        match (was_flat, sums.held == 0) {
            (true, false) => sums.held_since = self.points,
            (false, true) => sums.points_held += self.points - sums.held_since,
            _ => {}
        }
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        let sums = &mut self.instruments[trade.instrument as usize];
        let profit = i128::from(profit);
        if trade.exit.is_none() {
            sums.open += profit;
            return;
        }
        sums.trades += 1;
        sums.realized += profit;
        if profit > 0 {
            sums.wins += 1;
            sums.won += profit;
        } else {
            sums.lost += profit;
        }
    }

    fn charge(&mut self, _time_ms: i64, charge: &Charge) {
        let sum = match charge.instrument {
            Some(instrument) => &mut self.instruments[instrument as usize].carry,
            None => &mut self.interest,
        };
        *sum += i128::from(charge.amount);
    }

    fn refusal(&mut self, _rejection: Rejection, instrument: u32) {
        self.instruments[instrument as usize].refused += 1;
    }

    fn equity(&mut self, _time_ms: i64, _equity: i64) {
        self.points += 1;
    }
}
