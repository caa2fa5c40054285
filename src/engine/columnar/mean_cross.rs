//! Where one simple moving average crosses another: exactly, and without the averages.
//!
//! With P the running sums of the closes, the averages of the last f and s closes differ as
//! `(P_t - P_(t-f)) s - (P_t - P_(t-s)) f` does: integers, so that ties are ties. The sums may
//! wrap, for what counts is the difference, and its bound is known before.

use std::ops::Range;

use super::mask::Mask;
use super::tape::{SUMS_PADDING, Tape};
use crate::simd::{Kernel, widest};

const LANES: usize = 16;
const STEPS: usize = 32;
/// Bars at once: bit `step` of `lane` stands for bar `LANES * step + lane`, so that each step
/// shifts all lanes by one.
const BLOCK: usize = LANES * STEPS;
const _: () = assert!(BLOCK <= SUMS_PADDING);

/// The integers that differences are taken in.
pub(super) trait Sum: Copy {
    /// The lower bits.
    fn wrapped(value: i64) -> Self;
    /// The difference of two averages, times both lengths.
    fn difference(now: Self, ago: [Self; 2], lengths: [Self; 2]) -> Self;
    /// The highest bit if the value is below zero.
    fn sign(self) -> u32;
    /// Upside down.
    fn negated(self) -> Self;
}

macro_rules! sum {
    ($integer:ty) => {
        impl Sum for $integer {
            #[inline]
            fn wrapped(value: i64) -> Self {
                value as Self
            }

            #[inline]
            fn difference(now: Self, [fast, slow]: [Self; 2], lengths: [Self; 2]) -> Self {
                let fast = now.wrapping_sub(fast).wrapping_mul(lengths[1]);
                fast.wrapping_sub(now.wrapping_sub(slow).wrapping_mul(lengths[0]))
            }

            #[inline]
            fn sign(self) -> u32 {
                (self >> (Self::BITS - 1)) as u32 & 1 << 31
            }

            #[inline]
            fn negated(self) -> Self {
                self.wrapping_neg()
            }
        }
    };
}
sum!(i32);
sum!(i64);

/// A bit for each bar of a block.
type Bits = [u32; LANES];

/// Finds the bars of a tile where the average of `fast` closes crosses that of `slow`: up, being
/// above now and not above on the bar before; and down. False if a difference may not fit.
pub(super) fn find(
    tape: &Tape,
    closes: &[i64],
    [fast, slow]: [usize; 2],
    tile: &Range<usize>,
    [up, down]: [&mut Mask; 2],
) -> bool {
    // Both averages are defined from this bar on; the first of them has no bar before.
    let first = tile.start.max(slow - 1);
    if first >= tile.end {
        return true;
    }
    let bound = i128::from(tape.spread(slow)) * fast as i128 * slow as i128;
    let bars = first..tile.end;
    let (lengths, origin) = ([fast, slow], tile.start);
    if bound < i32::MAX.into() {
        widest(Crossings { sums: &tape.sums, lengths, bars, origin, up, down });
    } else if bound < i64::MAX.into() {
        let sums = tape.wide_sums(closes);
        widest(Crossings { sums, lengths, bars, origin, up, down });
    } else {
        return false;
    }
    true
}

struct Crossings<'k, S> {
    sums: &'k [S],
    lengths: [usize; 2],
    bars: Range<usize>,
    /// The first bar of the masks.
    origin: usize,
    up: &'k mut Mask,
    down: &'k mut Mask,
}

impl<S: Sum> Crossings<'_, S> {
    /// Whether the fast average is above the slow one at the bars from `first` on, and below it.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn compare(&self, first: usize) -> [Bits; 2] {
        let [fast, slow] = self.lengths;
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let from = |bar: usize| &self.sums[bar..][..BLOCK];
        let (now, fast_ago, slow_ago) =
            (from(first + 1), from(first + 1 - fast), from(first + 1 - slow));
        let (mut above, mut below) = ([0; LANES], [0; LANES]);
        for step in 0..STEPS {
            for lane in 0..LANES {
                let at = step * LANES + lane;
                let ago = [fast_ago[at], slow_ago[at]];
                let difference = S::difference(now[at], ago, factors);
                below[lane] = below[lane] >> 1 | difference.sign();
                above[lane] = above[lane] >> 1 | difference.negated().sign();
            }
        }
        [above, below]
    }

    /// The lines on one bar.
    fn compare_one(&self, bar: usize) -> [u32; 2] {
        let [fast, slow] = self.lengths;
        let factors = [S::wrapped(fast as i64), S::wrapped(slow as i64)];
        let ago = [self.sums[bar + 1 - fast], self.sums[bar + 1 - slow]];
        let difference = S::difference(self.sums[bar + 1], ago, factors);
        [difference.negated().sign() >> 31, difference.sign() >> 31]
    }
}

impl<S: Sum> Kernel for Crossings<'_, S> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) {
        let mut first = self.bars.start;
        // Where nothing is known of the bar before, nothing crosses.
        let known = first >= self.lengths[1];
        let mut before = if known { self.compare_one(first - 1) } else { [1, 1] };
        while first < self.bars.end {
            let now = self.compare(first);
            let turned = [turned(&now[0], before[0]), turned(&now[1], before[1])];
            let room = self.bars.end - first;
            insert(self.up, first - self.origin, room, &turned[0]);
            insert(self.down, first - self.origin, room, &turned[1]);
            before = now.map(|bits| bits[LANES - 1] >> 31);
            first += BLOCK;
        }
    }
}

/// The bars that have the bit while the bar before has not; `before` is that of the first.
#[expect(clippy::inline_always, reason = "part of the kernel")]
#[inline(always)]
fn turned(now: &Bits, before: u32) -> Bits {
    let mut turned = [0; LANES];
    turned[0] = now[0] & !(now[LANES - 1] << 1 | before);
    for lane in 1..LANES {
        turned[lane] = now[lane] & !now[lane - 1];
    }
    turned
}

/// Puts the bars of a block into a mask, as far as there is room.
#[expect(clippy::inline_always, reason = "part of the kernel")]
#[inline(always)]
fn insert(mask: &mut Mask, first: usize, room: usize, bits: &Bits) {
    if bits.iter().fold(0, |any, lane| any | lane) == 0 {
        return;
    }
    for (lane, &bits) in bits.iter().enumerate() {
        let mut bits = bits;
        while bits != 0 {
            let bar = bits.trailing_zeros() as usize * LANES + lane;
            if bar < room {
                mask.insert(first + bar);
            }
            bits &= bits - 1;
        }
    }
}
