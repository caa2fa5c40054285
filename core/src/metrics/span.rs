//! Many bars at once: what [`Tally::close_bar`] does for each, where nothing trades between them.

use std::ops::Range;

use super::marks::{Holding, Marks};
use super::tally::Tally;

impl Tally {
    /// Takes the closes of the next bars, `bars`, over which that is held. Answers the bar at
    /// whose close the equity is used up, if there is one: then only the bars before it are taken.
    ///
    /// The holding is exact at every price of `marks`. All bars of a run go this way, or none.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub fn close_bars(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> Option<usize> {
        let mut bars = bars;
        loop {
            let end = if bars.end > self.next_border_bar {
                bars.end.min(self.next_border(marks))
            } else {
                bars.end
            };
            let used_up = self.close_between_cuts(marks, bars.start..end, holding);
            if used_up.is_some() || end == bars.end {
                return used_up;
            }
            self.cut();
            bars.start = end;
        }
    }

    /// The first bar of the next segment, which is looked for where it may be near.
    #[cold]
    fn next_border(&mut self, marks: &Marks) -> usize {
        if self.next_border_bar == 0 {
            self.next_border_bar = marks.first_bar_of(self.next_border_day);
        }
        self.next_border_bar
    }

    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn close_between_cuts(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> Option<usize> {
        if bars.is_empty() {
            return None;
        }
        let (used_up, sum) = self.close_equities(marks, bars.clone(), holding);
        let bars = bars.start..used_up.unwrap_or(bars.end);
        if bars.is_empty() {
            return used_up;
        }
        while let Some(day) = marks.day_ends().get(self.day_ends)
            && day.bar < bars.end
        {
            let equity = holding.equity(marks.close(day.bar));
            self.days.add(day.ended_with(equity, holding.cash));
            self.day_ends += 1;
        }
        self.equity = holding.equity(marks.close(bars.end - 1));
        self.cash = holding.cash;
        self.bars += bars.len();
        self.exposure.add_bars(bars.len(), sum, holding);
        used_up
    }

    /// The part of it that looks at equities: returns and drawdown. Answers the sum of the closes
    /// that it took, too, if anything is held.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn close_equities(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> (Option<usize>, i128) {
        let price = marks.close(bars.start);
        let (first, mut sum) = (holding.equity(price), i128::from(price));
        if first <= 0 {
            return (Some(bars.start), 0);
        }
        if first != self.equity {
            self.returns.add_one(self.bars, self.equity, first);
            self.drawdown.add(first);
        }
        let rest = bars.start + 1..bars.end;
        if holding.value_per_tick == 0 || rest.is_empty() {
            return (None, sum);
        }
        let is_used_up = |bar: &usize| holding.equity(marks.close(*bar)) <= 0;
        let is_solvent = marks.is_solvent(holding);
        let used_up = if is_solvent { None } else { rest.clone().find(is_used_up) };
        let rest = rest.start..used_up.unwrap_or(rest.end);
        if !rest.is_empty() {
            let seen = self.returns.add_held(marks, rest.clone(), holding);
            sum += seen.sum;
            let ends = holding.ends([seen.least, seen.greatest]);
            self.drawdown.add_held(marks, rest, holding, ends);
        }
        (used_up, sum)
    }

    /// Takes the close of one more bar, at which nothing is held any more.
    pub fn close_flat(&mut self, marks: &Marks, bar: usize, equity: i64) {
        while self.next_border_bar <= bar && self.next_border(marks) <= bar {
            self.cut();
        }
        if equity != self.equity {
            self.returns.add(self.bars, self.equity, equity);
            self.drawdown.add(equity);
            self.equity = equity;
        }
        self.cash = equity;
        self.bars += 1;
        self.exposure.add_bars(1, 0, Holding::cash(equity));
        if let Some(day) = marks.day_ends().get(self.day_ends).filter(|day| day.bar == bar) {
            self.days.add(day.ended_with(equity, equity));
            self.day_ends += 1;
        }
    }

    /// Says when the last bar opened, so that its day counts, and when it ended; needed once,
    /// before the report.
    pub fn end_at(&mut self, open_time_ms: i64, end_ms: i64) {
        (self.today, self.end_ms) = (self.frame.days.day(open_time_ms), end_ms);
    }
}
