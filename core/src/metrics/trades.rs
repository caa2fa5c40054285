//! Statistics of closed round trips, exact until the one division at the end.

use super::catalog::{Metric, Metrics};
use super::segments::TradeSums;
use crate::market::{DAY_MS, MoneyUnit};
use crate::trading::{Overflow, Side, Trade};

/// Sums over closed trades; money in money units.
#[derive(Clone, Debug, Default)]
pub struct TradeStats {
    longs: u64,
    shorts: u64,
    wins: u64,
    losses: u64,
    won: i64,
    lost: i64,
    largest_win: i64,
    largest_loss: i64,
    bars_held: u64,
    /// From entry to exit, of all trades together.
    held_ms: i64,
    /// Losses since the last trade that was none, and the most that there were in a row.
    losing: u64,
    longest_losing: u64,
    squares: i128,
}

impl TradeStats {
    /// Takes a closed trade, and tells its profit.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn add(&mut self, trade: &Trade) -> Result<i64, Overflow> {
        let profit = trade.profit(0)?;
        match trade.side {
            Side::Long => self.longs += 1,
            Side::Short => self.shorts += 1,
        }
        if profit > 0 {
            self.wins += 1;
            self.won = self.won.checked_add(profit).ok_or(Overflow)?;
            self.largest_win = self.largest_win.max(profit);
        } else if profit < 0 {
            self.losses += 1;
            self.lost = self.lost.checked_add(profit).ok_or(Overflow)?;
            self.largest_loss = self.largest_loss.min(profit);
        }
        self.losing = if profit < 0 { self.losing + 1 } else { 0 };
        self.longest_losing = self.longest_losing.max(self.losing);
        let square = i128::from(profit) * i128::from(profit);
        self.squares = self.squares.checked_add(square).ok_or(Overflow)?;
        if let Some(exit) = trade.exit {
            // Bars that overlap can end an entry in the next one before that.
            self.bars_held += exit.bar.saturating_sub(trade.entry_bar);
            let held_ms = exit.time_ms - trade.entry_time_ms;
            self.held_ms = self.held_ms.checked_add(held_ms).ok_or(Overflow)?;
        }
        Ok(profit)
    }

    /// How many trades there were.
    pub const fn count(&self) -> u64 {
        self.longs + self.shorts
    }

    pub(super) const fn sums(&self) -> TradeSums {
        TradeSums { count: self.count(), won: self.won, lost: self.lost }
    }

    /// Net profit of them all.
    pub fn realized(&self) -> Result<i64, Overflow> {
        self.won.checked_add(self.lost).ok_or(Overflow)
    }

    /// Writes the trade metrics.
    pub fn report(&self, money: MoneyUnit, metrics: &mut Metrics) -> Result<(), Overflow> {
        let amount = |value: i64| money.amount(value);
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let realized = self.realized()?;
        let count = self.count();
        metrics.set(Metric::TradeCount, count as f64);
        metrics.set(Metric::LongTradeCount, self.longs as f64);
        metrics.set(Metric::ShortTradeCount, self.shorts as f64);
        metrics.set(Metric::WinRate, mean(self.wins as f64, count));
        metrics.set(Metric::GrossProfit, amount(self.won));
        metrics.set(Metric::GrossLoss, amount(self.lost));
        metrics.set(Metric::ProfitFactor, ratio(self.won, -self.lost));
        metrics.set(Metric::AverageWin, mean(amount(self.won), self.wins));
        metrics.set(Metric::AverageLoss, mean(amount(self.lost), self.losses));
        metrics.set(Metric::Expectancy, mean(amount(realized), count));
        metrics.set(Metric::LargestWin, (self.wins > 0).then(|| amount(self.largest_win)));
        metrics.set(Metric::LargestLoss, (self.losses > 0).then(|| amount(self.largest_loss)));
        metrics.set(Metric::AverageBarsHeld, mean(self.bars_held as f64, count));
        let days_held = self.held_ms as f64 / DAY_MS as f64;
        metrics.set(Metric::AverageTradeDays, mean(days_held, count));
        metrics.set(Metric::MaxConsecutiveLosses, self.longest_losing as f64);
        metrics.set(Metric::RealizedProfit, amount(realized));
        metrics.set(Metric::Sqn, self.system_quality(realized));
        Ok(())
    }

    /// `sqrt(n) mean / deviation`, ddof 1 (Tharp 2008), from exact sums:
    /// `S sqrt(n - 1) / sqrt(n Q - S^2)` with S the sum and Q the sum of squares.
    fn system_quality(&self, sum: i64) -> Option<f64> {
        let count = self.count();
        if count < 2 {
            return None;
        }
        let square_of_sum = i128::from(sum) * i128::from(sum);
        let spread = i128::from(count).checked_mul(self.squares).map_or_else(
            || count as f64 * self.squares as f64 - square_of_sum as f64,
            |scaled| (scaled - square_of_sum) as f64,
        );
        (spread > 0.0).then(|| sum as f64 * libm::sqrt((count - 1) as f64) / libm::sqrt(spread))
    }
}

fn ratio(numerator: i64, denominator: i64) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Decimal, Units};
    use crate::trading::{Exit, ExitReason};

    fn trade(side: Side, profit: i64, bars: u64) -> Trade {
        Trade {
            instrument: 0,
            side,
            entry_time_ms: DAY_MS,
            entry_bar: 10,
            quantity: 1,
            entry_notional: 0,
            exit_notional: profit * side.sign(),
            carry: 0,
            fees: 0,
            exit: Some(Exit {
                time_ms: DAY_MS + bars as i64 * DAY_MS / 2,
                bar: 10 + bars,
                reason: ExitReason::Signal,
                is_ambiguous: false,
            }),
        }
    }

    fn metrics_of(trades: &[Trade]) -> Metrics {
        let mut stats = TradeStats::default();
        for trade in trades {
            stats.add(trade).unwrap();
        }
        let money = MoneyUnit::for_units([Units::with_default_step(Decimal::ONE)]);
        let mut metrics = Metrics::default();
        stats.report(money, &mut metrics).unwrap();
        metrics
    }

    #[test]
    fn without_a_trade_only_sums_and_counts_are_defined() {
        let metrics = metrics_of(&[]);
        let defined: Vec<_> = metrics.defined().collect();
        assert!(defined.iter().all(|(_, value)| *value == 0.0), "{defined:?}");
        assert_eq!(metrics.value(Metric::WinRate), None);
        assert_eq!(metrics.value(Metric::ProfitFactor), None);
    }

    #[test]
    fn trade_metrics_are_those_worked_out_by_hand() {
        let unit = 100_000_000;
        let metrics = metrics_of(&[
            trade(Side::Long, 3 * unit, 5),
            trade(Side::Short, -unit, 1),
            trade(Side::Long, 0, 3),
        ]);
        let value = |metric| metrics.value(metric).unwrap();
        assert_eq!(value(Metric::WinRate), 1.0 / 3.0);
        assert_eq!(value(Metric::ProfitFactor), 3.0);
        assert_eq!(value(Metric::GrossLoss), -1.0);
        assert_eq!(value(Metric::AverageBarsHeld), 3.0);
        assert_eq!(value(Metric::AverageTradeDays), 1.5);
        // Profits 3, -1, 0: mean 2/3, deviation sqrt(13/3).
        let sqn = 3.0_f64.sqrt() * (2.0 / 3.0) / (13.0_f64 / 3.0).sqrt();
        assert!((value(Metric::Sqn) - sqn).abs() < 1e-12);
    }

    #[test]
    fn a_trade_without_loss_ends_a_losing_streak() {
        let streak = |profits: &[i64]| {
            let trades: Vec<_> = profits.iter().map(|&p| trade(Side::Long, p, 1)).collect();
            metrics_of(&trades).value(Metric::MaxConsecutiveLosses)
        };
        assert_eq!(streak(&[]), Some(0.0));
        assert_eq!(streak(&[-1, -1, 0, -1, 5, -2, -3, -4, 1, -1]), Some(3.0));
    }
}
