//! Where one simple moving average crosses another: exactly, and without the averages.
//!
//! With P the running sums of the closes, the averages of the last f and s closes differ as
//! `(P_t - P_(t-f)) s - (P_t - P_(t-s)) f` does: integers, so that ties are ties. The sums may
//! wrap, for what counts is the difference, and its bound is known before.

use std::ops::Range;

use super::mask::WORD_BARS;
use super::mean_ranges::MeanRanges;
use super::tape::{SUMS_PADDING, Tape};
use crate::simd::{Kernel, widest};

/// Bars of a block; two of them make a word of a mask.
pub(super) const BLOCK_BARS: usize = WORD_BARS / 2;
/// Blocks of bars that are looked at together.
pub(super) const BLOCKS: usize = 16;
const _: () = assert!(BLOCK_BARS <= SUMS_PADDING);

/// The integers that differences are taken in.
pub(super) trait Sum: Copy + PartialOrd {
    /// The lower bits.
    fn wrapped(value: i64) -> Self;
    /// The value in full.
    fn wide(self) -> i64;
    /// One less the other.
    fn less(self, other: Self) -> Self;
    /// The difference of two averages, times both lengths.
    fn difference(now: Self, ago: [Self; 2], lengths: [Self; 2]) -> Self;
    /// Upside down.
    fn negated(self) -> Self;
    /// These bits if the value is below zero, else none.
    fn if_negative(self, bits: Self) -> Self;
    /// The bits of both.
    fn with(self, other: Self) -> Self;
}

macro_rules! sum {
    ($integer:ty) => {
        impl Sum for $integer {
            #[inline]
            fn wrapped(value: i64) -> Self {
                value as Self
            }

            #[inline]
            fn wide(self) -> i64 {
                self.into()
            }

            #[inline]
            fn less(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            fn difference(now: Self, [fast, slow]: [Self; 2], lengths: [Self; 2]) -> Self {
                let fast = now.wrapping_sub(fast).wrapping_mul(lengths[1]);
                fast.wrapping_sub(now.wrapping_sub(slow).wrapping_mul(lengths[0]))
            }

            #[inline]
            fn negated(self) -> Self {
                self.wrapping_neg()
            }

            #[inline]
            fn if_negative(self, bits: Self) -> Self {
                self >> (Self::BITS - 1) & bits
            }

            #[inline]
            fn with(self, other: Self) -> Self {
                self | other
            }
        }
    };
}
sum!(i32);
sum!(i64);

/// Two averages of one series.
#[derive(Clone, Copy)]
pub(super) struct Means<'r> {
    /// Closes of the faster one and of the slower one, which has more.
    pub lengths: [usize; 2],
    pub ranges: [&'r MeanRanges; 2],
}

/// Finds the bars of a tile where the fast average crosses the slow one: up, being above now and
/// not above on the bar before; and down. False if a difference may not fit.
pub(super) fn find(
    tape: &Tape,
    closes: &[i64],
    means: Means<'_>,
    tile: &Range<usize>,
    [up, down]: [&mut [u64]; 2],
) -> bool {
    let [fast, slow] = means.lengths;
    let bound = i128::from(tape.spread(closes, slow)) * fast as i128 * slow as i128;
    if bound < i32::MAX.into() {
        widest(Crossings { sums: tape.sums(closes), means, tile, up, down });
    } else if bound < i64::MAX.into() {
        let sums = tape.wide_sums(closes);
        widest(Crossings { sums, means, tile, up, down });
    } else {
        return false;
    }
    true
}

struct Crossings<'k, S> {
    sums: &'k [S],
    means: Means<'k>,
    tile: &'k Range<usize>,
    up: &'k mut [u64],
    down: &'k mut [u64],
}

#[expect(clippy::inline_always, reason = "parts of the kernel")]
impl<'k, S: Sum> Crossings<'k, S> {
    /// Which of some blocks may hold a crossing, a bit each.
    #[inline(always)]
    fn meeting(&self, first: usize) -> u32 {
        let [fast, slow] = self.means.ranges;
        let from = |values: &'k [i32]| &values[first..][..BLOCKS];
        let (fast, slow) =
            ([from(&fast.lows), from(&fast.highs)], [from(&slow.lows), from(&slow.highs)]);
        let mut meeting = 0;
        for block in 0..BLOCKS {
            let meets = fast[0][block] <= slow[1][block] && slow[0][block] <= fast[1][block];
            meeting |= u32::from(meets) << block;
        }
        meeting
    }

    /// On which bars of a block the fast average is above the slow one, and below it.
    #[inline(always)]
    fn compare(&self, first: usize) -> [u32; 2] {
        let [fast, slow] = self.means.lengths;
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let from = |bar: usize| &self.sums[bar..][..BLOCK_BARS];
        let (now, fast_ago, slow_ago) =
            (from(first + 1), from(first + 1 - fast), from(first + 1 - slow));
        let (mut above, mut below) = (S::wrapped(0), S::wrapped(0));
        for bar in 0..BLOCK_BARS {
            let difference = S::difference(now[bar], [fast_ago[bar], slow_ago[bar]], factors);
            let bit = S::wrapped(1 << bar);
            below = below.with(difference.if_negative(bit));
            above = above.with(difference.negated().if_negative(bit));
        }
        [above, below].map(|bits| bits.wide() as u32)
    }

    /// The same of one bar. Where an average is not defined it is taken to be both, so that
    /// nothing crosses on the bar after.
    #[inline(always)]
    fn compare_one(&self, bar: Option<usize>) -> [u32; 2] {
        let [fast, slow] = self.means.lengths;
        let Some(end) = bar.map(|bar| bar + 1).filter(|&end| end >= slow) else { return [1, 1] };
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let ago = [self.sums[end - fast], self.sums[end - slow]];
        let difference = S::difference(self.sums[end], ago, factors);
        [difference.negated(), difference]
            .map(|value| value.if_negative(S::wrapped(1)).wide() as u32)
    }

    /// A block in which the averages begin.
    #[inline(always)]
    fn compare_each(&self, first: usize) -> [u32; 2] {
        let mut bits = [0; 2];
        for bar in 0..BLOCK_BARS.min(self.tile.end - first) {
            let one = self.compare_one(Some(first + bar));
            bits = [bits[0] | one[0] << bar, bits[1] | one[1] << bar];
        }
        bits
    }
}

impl<S: Sum> Kernel for Crossings<'_, S> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) {
        self.up.fill(0);
        self.down.fill(0);
        // Blocks before the averages begin cross nothing.
        let begins = (self.means.lengths[1] - 1) / BLOCK_BARS;
        let end = self.tile.end.div_ceil(BLOCK_BARS);
        for group in (begins.max(self.tile.start / BLOCK_BARS)..end).step_by(BLOCKS) {
            let mut meeting = self.meeting(group) & (u32::MAX >> (32 - BLOCKS.min(end - group)));
            while meeting != 0 {
                let first = (group + meeting.trailing_zeros() as usize) * BLOCK_BARS;
                meeting &= meeting - 1;
                let before = self.compare_one(first.checked_sub(1));
                let is_whole = first + 1 >= self.means.lengths[1];
                let now = if is_whole { self.compare(first) } else { self.compare_each(first) };
                let there = u32::MAX >> (BLOCK_BARS - BLOCK_BARS.min(self.tile.end - first));
                let turned = |side: usize| now[side] & !(now[side] << 1 | before[side]) & there;
                let place = first - self.tile.start;
                let (word, shift) = (place / WORD_BARS, place % WORD_BARS);
                self.up[word] |= u64::from(turned(0)) << shift;
                self.down[word] |= u64::from(turned(1)) << shift;
            }
        }
    }
}
