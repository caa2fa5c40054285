//! The returns of bars over which a position is held: eight lanes at a time.

use std::ops::Range;

use super::bar_returns::{BarReturns, LANES};
use super::marks::{Holding, Marks};
use crate::simd::{Kernel, widest};

impl BarReturns {
    /// Takes the return of each bar of the range, over all of which that is held, and of the bar
    /// before it as well. Answers the least and the greatest close of the range.
    ///
    /// Exactly what [`Self::add`] does bar by bar, if the equity is exact as a double.
    pub(super) fn add_held(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
    ) -> (i64, i64) {
        let (cash, per_tick) = (holding.cash as f64, holding.value_per_tick as f64);
        let extremes = widest(HeldReturns { marks, bars, cash, per_tick, into: self });
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

type Lanes = [f64; LANES];

/// The running values of a kernel, one of each a lane.
struct Running {
    sums: Lanes,
    squares: Lanes,
    least: Lanes,
    greatest: Lanes,
}

impl Running {
    /// Takes a group of bars; of one at an end of the range, only the lanes inside.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn take<const WHOLE: bool>(&mut self, kernel: &HeldReturns<'_>, first: usize) {
        let [now, before] = kernel.marks.group(first);
        for lane in 0..LANES {
            let inside = WHOLE || kernel.bars.contains(&(first + lane));
            let equity_before = kernel.cash + kernel.per_tick * before[lane];
            let change = (kernel.cash + kernel.per_tick * now[lane]) - equity_before;
            // A return of zero changes no lane.
            let value = if inside { change / equity_before } else { 0.0 };
            self.sums[lane] += value;
            self.squares[lane] += value * value;
            let low = if inside { now[lane] } else { f64::INFINITY };
            let high = if inside { now[lane] } else { f64::NEG_INFINITY };
            self.least[lane] = if low < self.least[lane] { low } else { self.least[lane] };
            self.greatest[lane] =
                if high > self.greatest[lane] { high } else { self.greatest[lane] };
        }
    }
}

impl Kernel for HeldReturns<'_> {
    type Output = (f64, f64);

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let mut running = Running {
            sums: self.into.sums,
            squares: self.into.squares,
            least: [f64::INFINITY; LANES],
            greatest: [f64::NEG_INFINITY; LANES],
        };
        let mut first = self.bars.start - self.bars.start % LANES;
        if first < self.bars.start {
            running.take::<false>(&self, first);
            first += LANES;
        }
        while first + LANES <= self.bars.end {
            running.take::<true>(&self, first);
            first += LANES;
        }
        if first < self.bars.end {
            running.take::<false>(&self, first);
        }
        self.into.sums = running.sums;
        self.into.squares = running.squares;
        let least = running.least.into_iter().fold(f64::INFINITY, f64::min);
        (least, running.greatest.into_iter().fold(f64::NEG_INFINITY, f64::max))
    }
}
