//! Windows over many bars at once: what a bar does not wait for is computed side by side, in the
//! order of operations in which one bar after the other has it, and to its bits.

use super::deviation::Deviation;
use super::window::{Moments, Window};
use super::{NONE, finite};
use crate::simd::{Kernel, widest};

/// Bars that are computed side by side.
const BARS: usize = 32;

impl Deviation {
    /// The values at the next bars.
    pub(super) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let mut from = 0;
        while from < x.len() {
            let there = x[from..].iter().take_while(|x| !x.is_nan()).count();
            let end = from + there;
            if there < BARS || !self.lacks_one() {
                out[from] = self.step(x[from]);
                from += 1;
                continue;
            }
            let before = self.but_one();
            let mut line = Vec::with_capacity(before.len() + there + BARS);
            line.extend_from_slice(before);
            line.extend_from_slice(&x[from..end]);
            line.resize(line.len() + BARS, NONE);
            let length = self.length();
            widest(Distances { line: &line, length, out: &mut out[from..end] });
            x[end - there.min(length)..end].iter().for_each(|x| self.push(*x));
            from = end;
        }
    }
}

/// Windows of that length over a line.
struct Distances<'k> {
    line: &'k [f64],
    length: usize,
    out: &'k mut [f64],
}

impl Kernel for Distances<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) {
        let Distances { line, length, out } = self;
        let count = length as f64;
        for (out, first) in out.chunks_mut(BARS).zip((0..).step_by(BARS)) {
            let (mut means, mut all) = ([0.0; BARS], [0.0; BARS]);
            for row in line[first..first + length + BARS - 1].array_windows::<BARS>() {
                for (mean, x) in means.iter_mut().zip(row) {
                    *mean += x;
                }
            }
            for mean in &mut means {
                *mean /= count;
            }
            for row in line[first..first + length + BARS - 1].array_windows::<BARS>() {
                for ((all, x), mean) in all.iter_mut().zip(row).zip(&means) {
                    *all += (x - mean).abs();
                }
            }
            for (out, all) in out.iter_mut().zip(all) {
                *out = finite(all / count);
            }
        }
    }
}

impl Window<Moments> {
    /// The variances at the next bars.
    pub(super) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let mut from = 0;
        while from < x.len() {
            let most = BARS.min(self.left()).min(x.len() - from);
            let there = x[from..from + most].iter().take_while(|x| !x.is_nan()).count();
            if there < 2 || self.begins() {
                out[from] = self.step(x[from]).map_or(NONE, Moments::variance);
                from += 1;
                continue;
            }
            let end = from + there;
            let (head, tails) = self.known(there);
            let heads = widest(Heads { x: &x[from..end], head, tails, out: &mut out[from..end] });
            let last = there - 1;
            let whole = self.take(&x[from..end], heads.at(last));
            if let Some(whole) = whole {
                out[end - 1] = whole.variance();
            }
            from = end;
        }
    }
}

/// What is known from the beginning of a block to some bars of it, and of the windows that end
/// there.
struct Heads<'k> {
    x: &'k [f64],
    /// Before the first of them.
    head: Moments,
    /// Of the block before, from the bar behind the window's first on; no longer than `x`.
    tails: &'k [Moments],
    out: &'k mut [f64],
}

/// Heads of some bars.
struct Known {
    counts: [f64; BARS],
    sums: [f64; BARS],
    means: [f64; BARS],
    squares: [f64; BARS],
}

impl Known {
    fn at(&self, bar: usize) -> Moments {
        let Self { counts, sums, means, squares } = self;
        Moments { count: counts[bar], sum: sums[bar], mean: means[bar], squares: squares[bar] }
    }
}

impl Kernel for Heads<'_> {
    type Output = Known;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Known {
        let Heads { x, head, tails, out } = self;
        let mut values = [0.0; BARS];
        values[..x.len()].copy_from_slice(x);
        let mut counts = [0.0; BARS];
        for (count, bar) in counts.iter_mut().zip(1..) {
            *count = head.count + f64::from(bar);
        }
        let (mut sum, mut sums) = (head.sum, [0.0; BARS]);
        for (own, x) in sums.iter_mut().zip(&values) {
            sum += x;
            *own = sum;
        }
        let mut means = [0.0; BARS];
        for ((mean, sum), count) in means.iter_mut().zip(&sums).zip(&counts) {
            *mean = sum / count;
        }
        let mut before = [head.mean; BARS];
        before[1..].copy_from_slice(&means[..BARS - 1]);
        let mut squares = [0.0; BARS];
        for (((own, x), mean), count) in squares.iter_mut().zip(&values).zip(&before).zip(&counts) {
            let distance = x - mean;
            *own = distance * distance * ((count - 1.0) / count);
        }
        let mut all = head.squares;
        for own in &mut squares {
            all += *own;
            *own = all;
        }
        out.fill(NONE);
        for ((((out, tail), count), mean), squares) in
            out.iter_mut().zip(tails).zip(&counts).zip(&means).zip(&squares)
        {
            let whole = tail.count + count;
            let distance = mean - tail.mean;
            let between = distance * distance * (tail.count * count / whole);
            *out = finite((tail.squares + squares + between) / whole);
        }
        Known { counts, sums, means, squares }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bits of values, of none the same ones.
    fn bits(values: &[f64]) -> Vec<Option<u64>> {
        values.iter().map(|value| Some(value.to_bits()).filter(|_| !value.is_nan())).collect()
    }

    fn prices() -> impl Strategy<Value = Vec<f64>> {
        let price = prop_oneof![
            30 => (1..100_000_i32).prop_map(f64::from),
            10 => (1..1_000_i32).prop_map(|price| f64::from(price) / 7.0),
            1 => Just(NONE),
            1 => Just(1e200),
        ];
        prop::collection::vec(price, 1..400)
    }

    proptest! {
        #[test]
        fn many_bars_at_once_are_one_after_the_other_to_the_bit(
            prices in prices(),
            length in 1_usize..90,
            cuts in prop::collection::vec(1_usize..150, 1..5),
        ) {
            let (mut near, mut far) = (Deviation::new(length), Window::<Moments>::new(length));
            let stepped: Vec<(f64, f64)> = prices
                .iter()
                .map(|x| (near.step(*x), far.step(*x).map_or(NONE, Moments::variance)))
                .collect();
            let (near_by_bar, far_by_bar): (Vec<f64>, Vec<f64>) = stepped.into_iter().unzip();
            let (mut near, mut far) = (Deviation::new(length), Window::<Moments>::new(length));
            let mut all = (vec![0.0; prices.len()], vec![0.0; prices.len()]);
            let mut from = 0;
            for cut in cuts.iter().cycle() {
                let end = prices.len().min(from + cut);
                near.run(&prices[from..end], &mut all.0[from..end]);
                far.run(&prices[from..end], &mut all.1[from..end]);
                from = end;
                if from == prices.len() {
                    break;
                }
            }
            prop_assert_eq!(bits(&all.0), bits(&near_by_bar));
            prop_assert_eq!(bits(&all.1), bits(&far_by_bar));
        }
    }
}
