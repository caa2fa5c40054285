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
    /// before it as well. Answers what it has seen of the closes of the range.
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
    ) -> Closes {
        let (cash, per_tick) = (holding.cash as f64, holding.value_per_tick as f64);
        let wide =
            if marks.is_sum_exact(bars.len()) { None } else { Some(marks.sum(bars.clone())) };
        let seen = HeldReturns { marks, bars, cash, per_tick, into: self }.run();
        let [least, greatest, sum] = seen.map(|ticks| ticks as i64);
        Closes { least, greatest, sum: wide.unwrap_or(sum.into()) }
    }
}

/// What was seen of some closes, in ticks.
pub(super) struct Closes {
    pub least: i64,
    pub greatest: i64,
    pub sum: i128,
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
    /// The sum of the closes.
    closes: Doubles,
}

impl HeldReturns<'_> {
    /// The closes of a group of bars and their returns.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn group(&self, first: usize) -> (Doubles, Doubles) {
        let [now, before] = self.marks.group(first);
        let (now, before) = (Doubles::first_of(now), Doubles::first_of(before));
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
        let summed = closes.within(inside, 0.0);
        running.take(values.within(inside, 0.0), [least, greatest, summed]);
    }
}

impl Running {
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn take(&mut self, values: Doubles, [least, greatest, closes]: [Doubles; 3]) {
        self.sums = self.sums + values;
        self.squares = self.squares + values * values;
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
        self.closes = self.closes + closes;
    }
}

impl HeldReturns<'_> {
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn run(self) -> [f64; 3] {
        let mut running = Running {
            sums: Doubles(self.into.sums),
            squares: Doubles(self.into.squares),
            least: Doubles::all(f64::INFINITY),
            greatest: Doubles::all(f64::NEG_INFINITY),
            closes: Doubles::all(0.0),
        };
        let mut first = self.bars.start - self.bars.start % LANES;
        if first < self.bars.start {
            self.take_edge(&mut running, first);
            first += LANES;
        }
        while first + LANES <= self.bars.end {
            let (closes, values) = self.group(first);
            running.take(values, [closes, closes, closes]);
            first += LANES;
        }
        if first < self.bars.end {
            self.take_edge(&mut running, first);
        }
        self.into.sums = running.sums.0;
        self.into.squares = running.squares.0;
        let lesser = |one, other| if other < one { other } else { one };
        let greater = |one, other| if other > one { other } else { one };
        let sum = running.closes.folded(|one, other| one + other);
        [running.least.folded(lesser), running.greatest.folded(greater), sum]
    }
}

#[cfg(test)]
mod tests {
    use super::super::marks::EXACT_MAX;
    use super::*;
    use crate::market::TradingDays;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn closes_add_up_exactly_however_far_they_are_apart(
            closes in prop::collection::vec(
                prop_oneof![1_i64..9, EXACT_MAX - 9..EXACT_MAX], 2..2_100),
            ends in any::<[prop::sample::Index; 2]>(),
        ) {
            let times: Vec<i64> = (0..closes.len() as i64).collect();
            let end_of = |bar: usize| times[bar] + 1;
            let marks = Marks::new(&times, end_of, &closes, &TradingDays::UTC).unwrap();
            let [one, other] = ends.map(|end| 1 + end.index(closes.len()));
            let bars = one.min(other)..one.max(other);
            prop_assume!(!bars.is_empty());
            let holding = Holding { cash: 1, value_per_tick: 1 };
            let seen = BarReturns::default().add_held(&marks, bars.clone(), holding);
            let taken = || closes[bars.clone()].iter().copied();
            prop_assert_eq!(seen.sum, taken().map(i128::from).sum::<i128>());
            prop_assert_eq!(Some(seen.least), taken().min());
            prop_assert_eq!(Some(seen.greatest), taken().max());
        }
    }
}
