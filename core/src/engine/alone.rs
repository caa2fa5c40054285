//! The bars of the only feed: each is a moment of its own. Most runs are of this kind, and most of
//! those are plain, so what a run does not ask for is not looked for at any bar.

use super::backtest::RunError;
use super::bar_loop::BarLoop;
use super::feed::Feed;
use super::meter::Meter;
use super::observer::Observer;
use super::timeline::FeedBar;
use crate::strategy::Strategy;

impl<O: Observer> BarLoop<'_, '_, O> {
    /// Whether nobody but the strategy acts: no terms of the run end positions or refuse orders,
    /// no margin is called, bars are heard of as they end, and nobody asks
    /// how far the price went.
    pub(super) fn is_plain(&self) -> bool {
        let backtest = self.backtest;
        backtest.layer.is_none()
            && backtest.terms.margin.is_none()
            && backtest.delay_bars == 0
            && !self.ledger.keeps_extremes
    }

    /// Goes over the bars that count, after those of the warm-up. `PLAIN` says what
    /// [`Self::is_plain`] does, `CHARGED` that holding may cost something.
    pub(super) fn go_alone<const PLAIN: bool, const CHARGED: bool>(
        &mut self,
        feed: &Feed<'_>,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let listens = strategy.listens_to(0);
        self.warm_up_alone(feed, listens, strategy, meter)?;
        let acts = !PLAIN && !self.backtest.layer.is_none();
        let stand = self.stand(0);
        let counted = feed.first..feed.range.end;
        for (index, bar) in counted.clone().zip(feed.series.bars.bars(counted)) {
            let end_ms = feed.ends.end_ms(index, bar.open_time_ms);
            let own = [FeedBar { feed: 0, bar: index }];
            if acts {
                self.leave_after_clock(&own);
            }
            self.ledger.saw(0, bar.open);
            if self.book.has_work(0, &bar) || !PLAIN && self.ledger.is_met(0, &bar)? {
                self.book.match_bar(0, index as u64, &bar, self.backtest, &mut self.ledger)?;
            }
            if acts {
                self.leave_by_clock(&own, end_ms)?;
            }
            if !PLAIN {
                self.ledger.held_through(0, index as u64, &bar);
            }
            self.mark(0, index, &bar, end_ms)?;
            if CHARGED {
                self.charge(end_ms)?;
            }
            if !PLAIN {
                self.call(end_ms)?;
            }
            let heard = if PLAIN {
                self.cursors.advance(0, index, end_ms);
                Some(index)
            } else {
                self.hears(feed, index, end_ms)
            };
            let standing = self.ledger.account.standing()?;
            if acts {
                self.end_by_terms(&own);
            }
            self.opened_ms = bar.open_time_ms;
            if let Some(heard) = heard {
                let mut context = self.context(stand, end_ms, meter);
                if !listens {
                    strategy.on_moment(&mut context);
                } else if heard == index {
                    strategy.on_only_bar(&bar, &mut context);
                } else {
                    strategy.on_only_bar(&feed.series.bars.bar(heard), &mut context);
                }
            }
            if acts {
                self.refuse_entries(end_ms);
            }
            self.close_moment(end_ms, &bar, standing, index + 1 == feed.range.end)?;
            if self.is_to_end(1, meter)? {
                break;
            }
        }
        Ok(())
    }

    /// Which bar of the only feed the strategy hears of when this one ends; `None` while there is
    /// none yet.
    #[inline]
    pub(super) fn hears(&mut self, feed: &Feed<'_>, index: usize, end_ms: i64) -> Option<usize> {
        if self.backtest.delay_bars == 0 {
            self.cursors.advance(0, index, end_ms);
            return Some(index);
        }
        let heard = index.checked_sub(self.backtest.delay_bars);
        let heard = heard.filter(|heard| *heard >= feed.range.start)?;
        self.cursors.advance(0, heard, feed.end_ms(heard));
        Some(heard)
    }
}
