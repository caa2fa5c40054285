//! Where one simple moving average crosses another: exactly, and without the averages.
//!
//! With P the running sums of the closes, the averages of the last f and s closes differ as
//! `(P_t - P_(t-f)) s - (P_t - P_(t-s)) f` does: integers, so that ties are ties. The sums may
//! wrap, for what counts is the difference, and its bound is known before.

use std::ops::Range;

use super::mask::WORD_BARS;
use super::mean_ranges::MeanRanges;
use super::tape::{SUMS_PADDING, Tape};
use crate::simd::{Kernel, LANES, widest};

const STEPS: usize = WORD_BARS / LANES;
/// Blocks of bars that are looked at together.
const BLOCKS: usize = 16;
const _: () = assert!(WORD_BARS <= SUMS_PADDING && STEPS == 8);

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
    /// 1 if the value is below zero.
    fn sign(self) -> u8;
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
            fn sign(self) -> u8 {
                (self >> (Self::BITS - 1)) as u8 & 1
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
    let bound = i128::from(tape.spread(slow)) * fast as i128 * slow as i128;
    if bound < i32::MAX.into() {
        widest(Crossings { sums: &tape.sums, means, tile, up, down });
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
impl<S: Sum> Crossings<'_, S> {
    /// Which of some blocks may hold a crossing, a bit each.
    #[inline(always)]
    fn meeting(&self, first: usize) -> u32 {
        let [fast, slow] = self.means.ranges;
        let from = |values: &[i32]| {
            let mut some = [0; BLOCKS];
            let there = values.len().min(first + BLOCKS) - first;
            some[..there].copy_from_slice(&values[first..][..there]);
            some
        };
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
    fn compare(&self, first: usize) -> [u64; 2] {
        let [fast, slow] = self.means.lengths;
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let from = |bar: usize| &self.sums[bar..][..WORD_BARS];
        let (now, fast_ago, slow_ago) =
            (from(first + 1), from(first + 1 - fast), from(first + 1 - slow));
        let (mut above, mut below) = ([0_u8; LANES], [0_u8; LANES]);
        for step in 0..STEPS {
            for lane in 0..LANES {
                let at = step * LANES + lane;
                let difference = S::difference(now[at], [fast_ago[at], slow_ago[at]], factors);
                below[lane] |= difference.sign() << step;
                above[lane] |= difference.negated().sign() << step;
            }
        }
        [above, below].map(|lanes| transposed(u64::from_le_bytes(lanes)))
    }

    /// The same of one bar. Where an average is not defined it is taken to be both, so that
    /// nothing crosses on the bar after.
    #[inline(always)]
    fn compare_one(&self, bar: Option<usize>) -> [u64; 2] {
        let [fast, slow] = self.means.lengths;
        let Some(end) = bar.map(|bar| bar + 1).filter(|&end| end >= slow) else { return [1, 1] };
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let ago = [self.sums[end - fast], self.sums[end - slow]];
        let difference = S::difference(self.sums[end], ago, factors);
        [difference.negated().sign().into(), difference.sign().into()]
    }

    /// A block in which the averages begin.
    #[inline(always)]
    fn compare_each(&self, first: usize) -> [u64; 2] {
        let mut bits = [0; 2];
        for bar in 0..WORD_BARS.min(self.tile.end - first) {
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
        let start = self.tile.start / WORD_BARS;
        // Blocks before the averages begin cross nothing.
        let begins = (self.means.lengths[1] - 1) / WORD_BARS;
        let end = self.tile.end.div_ceil(WORD_BARS);
        for group in (start.max(begins)..end).step_by(BLOCKS) {
            let mut meeting = self.meeting(group);
            if end - group < BLOCKS {
                meeting &= (1 << (end - group)) - 1;
            }
            while meeting != 0 {
                let block = group + meeting.trailing_zeros() as usize;
                meeting &= meeting - 1;
                let first = block * WORD_BARS;
                let before = self.compare_one(first.checked_sub(1));
                let is_whole = first + 1 >= self.means.lengths[1];
                let now = if is_whole { self.compare(first) } else { self.compare_each(first) };
                let there = u64::MAX >> (WORD_BARS - WORD_BARS.min(self.tile.end - first));
                self.up[block - start] = now[0] & !(now[0] << 1 | before[0]) & there;
                self.down[block - start] = now[1] & !(now[1] << 1 | before[1]) & there;
            }
        }
    }
}

/// Eight bytes of eight bits, turned: bit `b` of byte `a` becomes bit `a` of byte `b`.
#[expect(clippy::inline_always, reason = "part of the kernel")]
#[inline(always)]
const fn transposed(bits: u64) -> u64 {
    let swapped = (bits ^ bits >> 7) & 0x00AA_00AA_00AA_00AA;
    let bits = bits ^ swapped ^ swapped << 7;
    let swapped = (bits ^ bits >> 14) & 0x0000_CCCC_0000_CCCC;
    let bits = bits ^ swapped ^ swapped << 14;
    let swapped = (bits ^ bits >> 28) & 0x0000_0000_F0F0_F0F0;
    bits ^ swapped ^ swapped << 28
}
