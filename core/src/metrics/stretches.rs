//! The least and the greatest close of stretches of bars, and how equities that follow the closes
//! fall: most of a holding needs no look at each bar.

use std::ops::Range;

use super::drawdown::{Drawdown, fall};
use super::marks::{Holding, Marks};

/// Bars of a stretch, from short to long; each is made of whole ones of the length before.
const LENGTHS: [usize; 2] = [8, 64];

/// The ends of all whole stretches, which follow each other from the first bar on.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretches {
    /// Least and greatest close, by length.
    ends: [Vec<[i64; 2]>; LENGTHS.len()],
}

impl Stretches {
    /// Of those closes.
    pub(super) fn of(closes: &[i64]) -> Self {
        let both = |all: [i64; 2], next: [i64; 2]| [all[0].min(next[0]), all[1].max(next[1])];
        let short = closes.chunks_exact(LENGTHS[0]).map(|part| {
            part.iter().fold([i64::MAX, i64::MIN], |all, close| both(all, [*close, *close]))
        });
        let short: Vec<[i64; 2]> = short.collect();
        let long = short.chunks_exact(LENGTHS[1] / LENGTHS[0]);
        let long = long.map(|part| part.iter().copied().fold([i64::MAX, i64::MIN], both));
        let long = long.collect();
        Self { ends: [short, long] }
    }

    /// The room that this takes.
    pub(super) fn bytes(&self) -> usize {
        self.ends.iter().map(|ends| size_of_val(ends.as_slice())).sum()
    }
}

impl Drawdown {
    /// Takes the equities at the closes of bars over which that is held, all above zero, of which
    /// the least and the greatest are known.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn add_held(
        &mut self,
        marks: &Marks,
        bars: Range<usize>,
        holding: Holding,
        ends: [i64; 2],
    ) {
        if !self.add_known(ends) {
            self.add_stretches(marks, bars, holding);
        }
    }

    /// How deep it falls from what was there before a stretch into it: the deeper that is known to
    /// be, the fewer bars need looking at.
    fn fall_over(&mut self, stretches: &[[i64; 2]], holding: Holding) {
        let mut peak = self.greatest();
        let mut deepest = self.deepest();
        for prices in stretches {
            let [least, greatest] = holding.ends(*prices);
            if least < peak {
                deepest = deepest.max(fall(peak, least));
            }
            peak = peak.max(greatest);
        }
        self.fall_at_least(deepest);
    }

    /// Stretch by stretch, the longest first, and bar by bar only where a new peak and a deep fall
    /// from it are in the same.
    #[inline(never)]
    fn add_stretches(&mut self, marks: &Marks, bars: Range<usize>, holding: Holding) {
        let [short, long] = &marks.stretches().ends;
        let whole = bars.start.div_ceil(LENGTHS[1])..bars.end / LENGTHS[1];
        if let Some(whole) = long.get(whole) {
            self.fall_over(whole, holding);
        }
        let mut bar = bars.start;
        while bar < bars.end {
            let left = bars.end - bar;
            let mut is_told = |ends: &[[i64; 2]], length: usize| {
                bar.is_multiple_of(length)
                    && left >= length
                    && self.add_known(holding.ends(ends[bar / length]))
            };
            bar = if is_told(long, LENGTHS[1]) {
                bar + LENGTHS[1]
            } else if is_told(short, LENGTHS[0]) {
                bar + LENGTHS[0]
            } else {
                let after = (bar + 1).next_multiple_of(LENGTHS[0]).min(bars.end);
                (bar..after).for_each(|bar| self.add(holding.equity(marks.close(bar))));
                after
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::TradingDays;
    use proptest::prelude::*;

    /// Closes that go up and down by at most that much, from so many on.
    fn closes() -> impl Strategy<Value = Vec<i64>> {
        (1_i64..40, prop::collection::vec(-1.0..1.0, 2..400)).prop_map(|(most, steps)| {
            let mut close = 1_000_i64;
            let walk = steps.iter().map(|step| {
                close = (close + (step * most as f64) as i64).max(1);
                close
            });
            walk.collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// Peaks, troughs and the deepest fall, to the bit, whatever was held before.
        #[test]
        fn what_is_held_falls_as_deep_as_bar_by_bar(
            closes in closes(),
            holds in prop::collection::vec((-5_i64..6, any::<prop::sample::Index>()), 1..8),
        ) {
            let times: Vec<i64> = (0..closes.len() as i64).collect();
            let marks =
                Marks::new(&times, |bar| times[bar] + 1, &closes, &TradingDays::UTC).unwrap();
            let (mut together, mut one_by_one) = (Drawdown::new(20_000), Drawdown::new(20_000));
            let end = |(_, end): &(i64, prop::sample::Index)| end.index(closes.len());
            let mut ends: Vec<usize> = holds.iter().map(end).collect();
            ends.sort_unstable();
            let mut start = 0;
            for ((value_per_tick, _), end) in holds.into_iter().zip(ends) {
                let held = &closes[start..end];
                let holding = Holding { cash: 20_000, value_per_tick };
                if let (Some(least), Some(greatest)) = (held.iter().min(), held.iter().max())
                    && holding.ends([*least, *greatest])[0] > 0
                {
                    let known = holding.ends([*least, *greatest]);
                    together.add_held(&marks, start..end, holding, known);
                    for &close in held {
                        one_by_one.add(holding.equity(close));
                    }
                    let told = |it: &Drawdown| (it.least(), it.greatest(), it.deepest().to_bits());
                    prop_assert_eq!(told(&together), told(&one_by_one));
                }
                start = end;
            }
        }
    }
}
