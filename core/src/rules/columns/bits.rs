//! Conditions of a tile of bars, two bits a bar.

use crate::simd::{Kernel, widest};

/// Bars of a tile: what a graph needs of them stays in a core's nearest cache. Tests have short
/// ones, so that there are borders.
pub(super) const TILE_BARS: usize = if cfg!(test) { 128 } else { 1_024 };
pub(super) const WORD_BARS: usize = 64;
const WORDS: usize = TILE_BARS / WORD_BARS;

/// Where a condition is true and where it is false; none is in neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits {
    pub(super) holds: [u64; WORDS],
    pub(super) fails: [u64; WORDS],
}

impl Bits {
    pub(super) const NONE: Self = Self { holds: [0; WORDS], fails: [0; WORDS] };

    /// The bars of numbers that are 1 and 0.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut bits = Self::NONE;
        for (word, values) in values.chunks(WORD_BARS).enumerate() {
            for (bar, value) in values.iter().enumerate() {
                bits.holds[word] |= u64::from(*value == 1.0) << bar;
                bits.fails[word] |= u64::from(*value == 0.0) << bar;
            }
        }
        bits
    }

    /// As numbers.
    pub(super) fn write(&self, out: &mut [f64]) {
        widest(Written { bits: self, out });
    }

    /// Each word of this and others, joined.
    fn joined(parts: [&Self; 3], join: impl Fn([u64; 3], [u64; 3]) -> (u64, u64)) -> Self {
        let mut all = Self::NONE;
        for word in 0..WORDS {
            let (holds, fails) =
                join(parts.map(|part| part.holds[word]), parts.map(|part| part.fails[word]));
            (all.holds[word], all.fails[word]) = (holds, fails);
        }
        all
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self::joined([self, other, other], |h, f| (h[0] & h[1], f[0] | f[1]))
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self::joined([self, other, other], |h, f| (h[0] | h[1], f[0] & f[1]))
    }

    pub(super) const fn not(&self) -> Self {
        Self { holds: self.fails, fails: self.holds }
    }

    /// This, or the other where it is none.
    pub(super) fn default(&self, other: &Self) -> Self {
        Self::joined([self, other, other], |h, f| {
            let unknown = !(h[0] | f[0]);
            (h[0] | unknown & h[1], f[0] | unknown & f[1])
        })
    }

    /// The one where this is true, the other where it is false.
    pub(super) fn choice(&self, yes: &Self, no: &Self) -> Self {
        Self::joined([self, yes, no], |h, f| (h[0] & h[1] | f[0] & h[2], h[0] & f[1] | f[0] & f[2]))
    }

    /// Where it is true or false, of so many bars.
    pub(super) fn is_defined(&self, bars: usize) -> Self {
        let mut all = Self::NONE;
        for word in 0..WORDS {
            let known = self.holds[word] | self.fails[word];
            let here = bars.saturating_sub(word * WORD_BARS).min(WORD_BARS);
            let within = if here == WORD_BARS { u64::MAX } else { (1 << here) - 1 };
            (all.holds[word], all.fails[word]) = (known, !known & within);
        }
        all
    }
}

struct Written<'k> {
    bits: &'k Bits,
    out: &'k mut [f64],
}

impl Kernel for Written<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) {
        let words = self.bits.holds.iter().zip(&self.bits.fails);
        for (out, (holds, fails)) in self.out.chunks_mut(WORD_BARS).zip(words) {
            for (bar, out) in out.iter_mut().enumerate() {
                let if_not = if fails >> bar & 1 == 1 { 0.0 } else { f64::NAN };
                *out = if holds >> bar & 1 == 1 { 1.0 } else { if_not };
            }
        }
    }
}

/// A condition of some bars ago, at most a word's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    bars: usize,
    /// The last words of the tile before.
    before: (u64, u64),
}

impl Shift {
    pub(super) const fn new(bars: usize) -> Self {
        Self { bars, before: (0, 0) }
    }

    pub(super) fn take(&mut self, bits: &Bits) -> Bits {
        let mut all = Bits::NONE;
        let (mut holds, mut fails) = self.before;
        for word in 0..WORDS {
            all.holds[word] = shifted(bits.holds[word], holds, self.bars);
            all.fails[word] = shifted(bits.fails[word], fails, self.bars);
            (holds, fails) = (bits.holds[word], bits.fails[word]);
        }
        self.before = (holds, fails);
        all
    }
}

fn shifted(word: u64, before: u64, bars: usize) -> u64 {
    match bars {
        0 => word,
        WORD_BARS => before,
        _ => word << bars | before >> (WORD_BARS - bars),
    }
}
