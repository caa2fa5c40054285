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
        if bars.is_empty() {
            return None;
        }
        let used_up = self.close_equities(marks, bars.clone(), holding);
        let bars = bars.start..used_up.unwrap_or(bars.end);
        if bars.is_empty() {
            return used_up;
        }
        while let Some(day) = marks.day_ends().get(self.day_ends)
            && day.bar < bars.end
        {
            self.days.add(day.number, holding.equity(marks.close(day.bar)));
            self.day_ends += 1;
        }
        self.equity = holding.equity(marks.close(bars.end - 1));
        self.bars += bars.len();
        self.bars_held += if holding.value_per_tick == 0 { 0 } else { bars.len() };
        used_up
    }

    /// The part of it that looks at equities: returns and drawdown.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn close_equities(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> Option<usize> {
        let first = holding.equity(marks.close(bars.start));
        if first <= 0 {
            return Some(bars.start);
        }
        if first != self.equity {
            self.returns.add_one(self.bars, self.equity, first);
            self.drawdown.add(first);
        }
        let rest = bars.start + 1..bars.end;
        if holding.value_per_tick == 0 || rest.is_empty() {
            return None;
        }
        let returns_before = self.returns.clone();
        let (low, high) = self.returns.add_held(marks, rest.clone(), holding);
        let ends = [holding.equity(low), holding.equity(high)];
        let (least, greatest) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let mut equities = rest.clone().map(|bar| holding.equity(marks.close(bar)));
        if least > 0 {
            self.drawdown.add_all(least, greatest, equities);
            return None;
        }
        let lasting = equities.position(|equity| equity <= 0).unwrap_or(rest.len());
        self.returns = returns_before;
        let before = rest.start..rest.start + lasting;
        if !before.is_empty() {
            self.returns.add_held(marks, before.clone(), holding);
            before.for_each(|bar| self.drawdown.add(holding.equity(marks.close(bar))));
        }
        Some(rest.start + lasting)
    }

    /// Takes the close of one more bar, at which nothing is held any more.
    pub fn close_flat(&mut self, marks: &Marks, bar: usize, equity: i64) {
        if equity != self.equity {
            self.returns.add(self.bars, self.equity, equity);
            self.drawdown.add(equity);
            self.equity = equity;
        }
        self.bars += 1;
        if marks.day_ends().get(self.day_ends).is_some_and(|day| day.bar == bar) {
            self.days.add(marks.day_ends()[self.day_ends].number, equity);
            self.day_ends += 1;
        }
    }

    /// Says to which day the last bar belongs; needed once, before the report.
    pub fn end_days(&mut self, number: i64) {
        self.today = number;
    }
}
