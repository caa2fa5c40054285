//! The returns of bars over which a position is held: eight lanes at a time.

use std::ops::Range;

use super::bar_returns::{BarReturns, bar_return};
use super::marks::{Holding, Marks};
use crate::simd::{Doubles, LANES, Lanes};

impl BarReturns {
    /// Exactly what [`Self::add`] does, by vectors: a kernel that reads vectors where numbers were
    /// written just before would wait for them.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn add_one(&mut self, index: usize, before: i64, after: i64) {
        let lane = index % LANES;
        // A return of zero changes no lane.
        let value = Doubles::all(bar_return(before, after)).within(Lanes::of(lane, lane + 1), 0.0);
        self.sums = (Doubles(self.sums) + value).0;
        self.squares = (Doubles(self.squares) + value * value).0;
    }

    /// Takes the return of each bar of the range, over all of which that is held, and of the bar
    /// before it as well. Answers the least and the greatest close of the range.
    ///
    /// Exactly what [`Self::add`] does bar by bar, if the equity is exact as a double. Part of the
    /// kernel that goes over a trial's bars.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn add_held(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> (i64, i64) {
        let (cash, per_tick) = (holding.cash as f64, holding.value_per_tick as f64);
        let extremes = HeldReturns { marks, bars, cash, per_tick, into: self }.run();
        (extremes.0 as i64, extremes.1 as i64)
    }
}

struct HeldReturns<'k> {
    marks: &'k Marks,
    bars: Range<usize>,
    cash: f64,
    per_tick: f64,
    into: &'k mut BarReturns,
}

/// The running values of a kernel, one of each a lane.
struct Running {
    sums: Doubles,
    squares: Doubles,
    least: Doubles,
    greatest: Doubles,
}

impl HeldReturns<'_> {
    /// The closes of a group of bars and their returns.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn group(&self, first: usize) -> (Doubles, Doubles) {
        let [now, before] = self.marks.group(first).map(Doubles::first_of);
        let (cash, per_tick) = (Doubles::all(self.cash), Doubles::all(self.per_tick));
        let equity_before = cash + per_tick * before;
        let change = (cash + per_tick * now) - equity_before;
        (now, change / equity_before)
    }

    /// Takes a group at an end of the range: only the lanes inside.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn take_edge(&self, running: &mut Running, first: usize) {
        let start = self.bars.start.saturating_sub(first);
        let inside = Lanes::of(start, (self.bars.end - first).min(LANES));
        let (closes, values) = self.group(first);
        let least = closes.within(inside, f64::INFINITY);
        let greatest = closes.within(inside, f64::NEG_INFINITY);
        // A return of zero changes no lane.
        running.take(values.within(inside, 0.0), least, greatest);
    }
}

impl Running {
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn take(&mut self, values: Doubles, least: Doubles, greatest: Doubles) {
        self.sums = self.sums + values;
        self.squares = self.squares + values * values;
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
    }
}

impl HeldReturns<'_> {
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let mut running = Running {
            sums: Doubles(self.into.sums),
            squares: Doubles(self.into.squares),
            least: Doubles::all(f64::INFINITY),
            greatest: Doubles::all(f64::NEG_INFINITY),
        };
        let mut first = self.bars.start - self.bars.start % LANES;
        if first < self.bars.start {
            self.take_edge(&mut running, first);
            first += LANES;
        }
        while first + LANES <= self.bars.end {
            let (closes, values) = self.group(first);
            running.take(values, closes, closes);
            first += LANES;
        }
        if first < self.bars.end {
            self.take_edge(&mut running, first);
        }
        self.into.sums = running.sums.0;
        self.into.squares = running.squares.0;
        let lesser = |one, other| if other < one { other } else { one };
        let greater = |one, other| if other > one { other } else { one };
        (running.least.folded(lesser), running.greatest.folded(greater))
    }
}
