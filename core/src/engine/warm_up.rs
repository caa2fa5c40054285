//! The bars before a run begins: the strategy sees them, and nothing of them counts.

use super::backtest::RunError;
use super::bar_loop::{BARS_PER_LOOK, BarLoop};
use super::ending::start_ms;
use super::feed::Feed;
use super::meter::Meter;
use super::observer::Observer;
use super::timeline::{FeedBar, Moment};
use crate::strategy::Strategy;

impl<O: Observer> BarLoop<'_, '_, O> {
    /// Those of the only feed. What is decided at the end of the last of them fills in the first
    /// bar that counts.
    pub(super) fn warm_up_alone(
        &mut self,
        feed: &Feed<'_>,
        listens: bool,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        for index in feed.range.start..feed.first {
            self.is_warming_up = index + 1 < feed.first;
            if self.backtest.delay_bars > 0 {
                self.see_late(feed, index, listens, strategy, meter)?;
                continue;
            }
            let ended = [FeedBar { feed: 0, bar: index }];
            self.see(&ended, feed.end_ms(index), &[listens], strategy, meter)?;
        }
        Ok(())
    }

    /// One of them, while the strategy hears of an earlier one.
    fn see_late(
        &mut self,
        feed: &Feed<'_>,
        index: usize,
        listens: bool,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let (bar, now_ms) = (feed.series.bars.bar(index), feed.end_ms(index));
        self.mark(feed.instrument, index, &bar, now_ms)?;
        if let Some(heard) = self.hears(feed, index, now_ms) {
            let mut context = self.context(self.stand(0), now_ms, meter);
            if listens {
                strategy.on_bar(&feed.series.bars.bar(heard), &mut context);
            }
            strategy.on_moment(&mut context);
        }
        if self.is_warming_up {
            self.book.orders.throw_away();
        }
        self.look(1, meter)
    }

    /// Those that end at a moment before the run begins.
    pub(super) fn warm_up(
        &mut self,
        moment: &Moment,
        listens: &[bool],
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        self.see(&moment.ended, moment.time_ms, listens, strategy, meter)
    }

    fn see(
        &mut self,
        ended: &[FeedBar],
        now_ms: i64,
        listens: &[bool],
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let Some(shortest) = ended.first() else { return Ok(()) };
        for &FeedBar { feed, bar } in ended {
            self.cursors.advance(feed, bar, now_ms);
            let (placed, prices) = self.bar(FeedBar { feed, bar });
            if placed.executes {
                self.mark(placed.instrument, bar, &prices, now_ms)?;
            }
        }
        for &bar in ended.iter().filter(|ended| listens[ended.feed]) {
            let (_, prices) = self.bar(bar);
            strategy.on_bar(&prices, &mut self.context(self.stand(bar.feed), now_ms, meter));
        }
        strategy.on_moment(&mut self.context(self.stand(shortest.feed), now_ms, meter));
        if self.is_warming_up {
            self.book.orders.throw_away();
        }
        self.look(ended.len(), meter)
    }

    /// Looks whether the run shall stop, now and then, while it has not begun.
    fn look(&mut self, bars: usize, meter: &Meter) -> Result<(), RunError> {
        self.warm_bars += bars as u64;
        if self.warm_bars < BARS_PER_LOOK {
            return Ok(());
        }
        self.warm_bars = 0;
        if meter.is_stopping() { Err(RunError::Stopped) } else { Ok(()) }
    }
}

/// When the last bar ends that ends before any that counts has opened; `None` if there is none.
pub(super) fn last_warm_end_ms(feeds: &[Feed<'_>]) -> Option<i64> {
    let start_ms = start_ms(feeds);
    let last_end = |feed: &Feed<'_>| {
        let ended = feed.first_ending_after(start_ms, feed.range.start);
        (ended > feed.range.start && feed.first > feed.range.start).then(|| feed.end_ms(ended - 1))
    };
    feeds.iter().filter_map(last_end).max()
}
