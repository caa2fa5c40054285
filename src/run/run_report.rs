//! What is told of a finished backtest or trial and kept nowhere: its days, and how far its trades
//! went.

use std::collections::BTreeMap;

use super::trade_row::UnderWay;
use crate::engine::Observer;
use crate::market::MoneyUnit;
use crate::metrics::{DailyCourse, DailyReport};
use crate::trading::{Charge, ChargeKind, Fill, Trade};

/// Watches a run for its report.
#[derive(Debug, Default)]
pub struct ReportRecorder {
    under_way: UnderWay,
    daily: Option<DailyReport>,
    /// Closed trades, and what their excursions come to together.
    trades: u64,
    worst: i128,
    best: i128,
    /// What was paid for holding, by what it is called.
    charged: BTreeMap<&'static str, i128>,
}

impl ReportRecorder {
    /// The days, and the figures of the trades by name; `None` before the run has ended.
    pub fn finish(self, money: MoneyUnit) -> Option<(DailyReport, Vec<(&'static str, f64)>)> {
        let mean = |sum: i128| money.wide_amount(sum) / self.trades as f64;
        let figures = [("average_mae", mean(self.worst)), ("average_mfe", mean(self.best))];
        let mut figures = if self.trades == 0 { Vec::new() } else { figures.to_vec() };
        figures.extend(self.charged.iter().map(|(name, sum)| (*name, money.wide_amount(*sum))));
        Some((self.daily?, figures))
    }
}

impl Observer for ReportRecorder {
    const EXCURSIONS: bool = true;

    fn fill(&mut self, fill: &Fill) {
        self.under_way.fill(fill);
    }

    fn open_profit(&mut self, instrument: u32, profit: i64) {
        self.under_way.open_profit(instrument, profit);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        let row = self.under_way.row(trade, profit);
        if let Some(course) = row.course.filter(|_| trade.exit.is_some()) {
            self.trades += 1;
            self.worst += i128::from(course.worst);
            self.best += i128::from(course.best);
        }
    }

    fn charge(&mut self, _time_ms: i64, charge: &Charge) {
        *self.charged.entry(paid(charge.kind)).or_default() += i128::from(charge.amount);
    }

    fn days(&mut self, course: &DailyCourse<'_>) {
        self.daily = Some(DailyReport::of(course));
    }
}

const fn paid(kind: ChargeKind) -> &'static str {
    match kind {
        ChargeKind::Dividends => "dividends_paid",
        ChargeKind::Funding => "funding_paid",
        ChargeKind::Borrow => "borrowing_paid",
        ChargeKind::Interest => "interest_paid",
    }
}
