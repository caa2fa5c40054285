//! What the bar loop does by the run's terms: leaving positions by time, and refusing entries.

use super::bar_loop::BarLoop;
use super::observer::Observer;
use super::timeline::FeedBar;
use crate::market::{DAY_MS, Decimal};
use crate::trading::{Away, Execution, ExitReason, FillRule, Goal, Intent, Overflow, Rejection};

impl<O: Observer> BarLoop<'_, '_, O> {
    /// The clock strikes at the end of these executing bars: their positions are left at the close,
    /// as by a market order.
    pub(super) fn leave_by_clock(
        &mut self,
        ended: &[FeedBar],
        now_ms: i64,
    ) -> Result<(), Overflow> {
        let strikes = self.backtest.layer.clock_ms() == Some(now_ms.rem_euclid(DAY_MS));
        for &FeedBar { feed, bar } in ended.iter().filter(|_| strikes) {
            let feed = &self.backtest.feeds[feed];
            if !feed.executes {
                continue;
            }
            self.ledger.saw_bar(feed.instrument, bar as u64, &feed.series.bars.bar(bar));
            let at = Execution {
                instrument: feed.instrument,
                time_ms: now_ms,
                bar: bar as u64,
                reference_price: feed.series.bars.close[bar],
                rule: FillRule::MarketAtClose,
                is_ambiguous: false,
                is_maker: false,
            };
            self.ledger.exit(Decimal::ONE, ExitReason::TimeExit, &at)?;
            self.book.queue_mut(feed.instrument).clear();
        }
        Ok(())
    }

    /// The clock has struck since the bars before these opened, and not just at their end: what is
    /// held is left at the open.
    pub(super) fn leave_after_clock(&mut self, opening: &[FeedBar]) {
        for &FeedBar { feed, bar } in opening {
            let feed = &self.backtest.feeds[feed];
            let instrument = feed.instrument;
            if bar == feed.range.start || self.ledger.side(instrument).is_none() {
                continue;
            }
            let times = &feed.series.bars.open_time_ms;
            let (before_ms, now_ms) = (times[bar - 1], times[bar]);
            if self.backtest.layer.strikes(before_ms, now_ms, feed.end_ms(bar - 1)) {
                self.book.queue_mut(instrument).leave(ExitReason::TimeExit);
            }
        }
    }

    /// Before anybody decides at the ends of these bars: positions that were held long enough are
    /// left at the next open, and stops that follow a range take it anew.
    pub(super) fn end_by_terms(&mut self, ended: &[FeedBar]) {
        let layer = &self.backtest.layer;
        for &FeedBar { feed: subscription, bar } in ended {
            let feed = &self.backtest.feeds[subscription];
            let instrument = feed.instrument;
            if layer.first_of(instrument) != subscription {
                continue;
            }
            let position = &self.ledger.account.positions()[instrument as usize];
            let Some(trade) = position.open_trade() else { continue };
            let bars = self.cursors.bars_since(subscription, trade.entry_time_ms) + 1;
            let queue = self.book.queue_mut(instrument);
            if layer.max_bars().is_some_and(|most| bars >= most) {
                queue.leave(ExitReason::TimeExit);
            }
            if let Some(range) = layer.chandelier(instrument, bar + 1 - feed.range.start) {
                queue.placed.trail_by(Away::Range(range));
            }
        }
    }

    /// After everybody has decided: entries that came too soon after an exit are refused.
    pub(super) fn refuse_entries(&mut self, now_ms: i64) {
        if self.backtest.layer.limits.cool_down_bars == 0 {
            return;
        }
        for instrument in 0..self.book.orders.instruments() as u32 {
            let Some(last) = self.ledger.last_trades[instrument as usize] else { continue };
            let first = self.backtest.layer.first_of(instrument);
            let bars = self.cursors.bars_since(first, last.exit_bar_ms);
            if !self.backtest.layer.cools_down(&last, bars) {
                continue;
            }
            let (orders, ledger) = (self.book.orders.of_mut(instrument), &mut self.ledger);
            let is_flat = ledger.side(instrument).is_none();
            orders.retain(|order| {
                let enters = match &order.intent {
                    Intent::Open(_) => true,
                    Intent::Target(target) => is_flat && target.goal != Goal::Steps(0),
                    Intent::Close { .. } | Intent::Protect { .. } => false,
                };
                let is_refused = enters && order.decided_ms == now_ms;
                if is_refused {
                    ledger.refuse(Rejection::CoolDown, instrument);
                }
                !is_refused
            });
        }
    }

    /// Positions whose instrument has had no bar for so many days are left as they are valued.
    pub(super) fn end_series(&mut self, now_ms: i64) -> Result<(), Overflow> {
        let days = i64::from(self.backtest.layer.limits.close_after_days_without_bars);
        if days == 0 {
            return Ok(());
        }
        for instrument in 0..self.last_bars.len() as u32 {
            let last = self.last_bars[instrument as usize];
            let is_held = self.ledger.side(instrument).is_some();
            if is_held && now_ms - last.end_ms >= days * DAY_MS {
                self.ledger.leave_as_valued(instrument, last.bar, now_ms, ExitReason::SeriesEnd)?;
                self.book.queue_mut(instrument).clear();
                self.book.orders.of_mut(instrument).clear();
            }
        }
        Ok(())
    }
}
