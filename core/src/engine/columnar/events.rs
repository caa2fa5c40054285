//! The charges on a trial's way by columns: at which bars it must stop for them.

use std::sync::OnceLock;

use crate::engine::backtest::Backtest;
use crate::engine::charges::{ChargeBars, Charges};
use crate::engine::feed::Feed;
use crate::engine::ledger::Ledger;
use crate::trading::{Overflow, Side};

/// Where charges are among the bars of a backtest with one feed; found once for all its trials.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct PlacedCharges(OnceLock<ChargeBars>);

/// How far a trial has come among the charges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Events<'b> {
    charges: &'b Charges,
    bars: &'b ChargeBars,
    row: usize,
    day: usize,
}

impl<'b> Events<'b> {
    /// `None` where nothing is charged.
    pub(super) fn of(backtest: &'b Backtest<'_>) -> Option<Self> {
        let charges = &backtest.charges;
        if charges.is_none() {
            return None;
        }
        let placed = &backtest.placed_charges.0;
        let bars = placed.get_or_init(|| charges.bars(&backtest.feeds[0]));
        Some(Self { charges, bars, row: 0, day: 0 })
    }

    /// Charges what is due at the end of that bar, whose close the position is valued at; what was
    /// due before came to nothing.
    pub(super) fn charge(
        &mut self,
        bar: usize,
        feed: &Feed<'_>,
        ledger: &mut Ledger<'_, ()>,
    ) -> Result<(), Overflow> {
        let rows = &self.bars.rows[self.row..];
        let first = self.row + rows.partition_point(|placed| *placed < bar);
        let count = self.bars.rows[first..].partition_point(|placed| *placed == bar);
        self.row = first + count;
        let days = &self.bars.days[self.day..];
        self.day += days.partition_point(|(placed, _)| *placed < bar);
        let begun = self.bars.days.get(self.day).filter(|(placed, _)| *placed == bar);
        if count == 0 && begun.is_none() {
            return Ok(());
        }
        ledger.account.mark(0, feed.series.bars.close[bar])?;
        let end_ms = feed.end_ms(bar);
        let first = self.bars.begun + first;
        ledger.charge_rows(self.charges, &self.charges.rows[first..first + count], end_ms)?;
        match begun {
            None => Ok(()),
            Some(&(_, days)) => {
                self.day += 1;
                ledger.charge_days(self.charges, days, end_ms)
            }
        }
    }

    /// The next bar at whose end something may be charged while the position looks that way.
    pub(super) fn next(&self, held: Option<Side>) -> usize {
        let row = held.and_then(|_| self.bars.rows.get(self.row)).copied();
        let is_daily = self.charges.is_of_cash() || held == Some(Side::Short);
        let day = self.bars.days.get(self.day).filter(|_| is_daily).map(|(bar, _)| *bar);
        row.unwrap_or(usize::MAX).min(day.unwrap_or(usize::MAX))
    }
}
