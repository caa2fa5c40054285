//! Kernels that remember nothing, over a tile of bars: as [`scalar`] says, with vectors.

use super::super::kernel::{NONE, scalar};
use super::super::language::Kernel;
use super::bits::{Bits, WORD_BARS};
use crate::simd::{self, widest};

/// Computes a number for each bar.
pub(super) fn numbers(kernel: Kernel, args: [&[f64]; 3], out: &mut [f64]) {
    widest(Numbers { kernel, args, out });
}

/// Compares two numbers on each bar: `Less` or `Equal`.
pub(super) fn compared(kernel: Kernel, a: &[f64], b: &[f64]) -> Bits {
    widest(Compared { is_less: kernel == Kernel::Less, a, b })
}

struct Numbers<'k> {
    kernel: Kernel,
    args: [&'k [f64]; 3],
    out: &'k mut [f64],
}

/// One loop a kernel that vectors are worth it for; the kernel is a constant in each.
macro_rules! loops {
    ($self:ident; $($kernel:ident)+) => {
        match $self.kernel {
            $(Kernel::$kernel => {
                let Numbers { args: [a, b, c], out, .. } = $self;
                for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                    *out = scalar(Kernel::$kernel, *a, *b, *c);
                }
            })+
            kernel => {
                let Numbers { args: [a, b, c], out, .. } = $self;
                for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                    *out = scalar(kernel, *a, *b, *c);
                }
            }
        }
    };
}

impl simd::Kernel for Numbers<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) {
        loops!(
            self;
            Add Subtract Multiply Divide Negate Absolute SquareRoot Minimum Maximum If Default
        );
    }
}

struct Compared<'k> {
    is_less: bool,
    a: &'k [f64],
    b: &'k [f64],
}

impl simd::Kernel for Compared<'_> {
    type Output = Bits;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Bits {
        let ((a, a_rest), (b, b_rest)) = (self.a.as_chunks(), self.b.as_chunks());
        let mut bits = Bits::NONE;
        for (word, (a, b)) in a.iter().zip(b).enumerate() {
            (bits.holds[word], bits.fails[word]) = self.word(a, b);
        }
        if !a_rest.is_empty() {
            let (a, b) = (padded(a_rest), padded(b_rest));
            (bits.holds[self.a.len() / WORD_BARS], bits.fails[self.a.len() / WORD_BARS]) =
                self.word(&a, &b);
        }
        bits
    }
}

impl Compared<'_> {
    /// Nothing is either where a value is missing.
    #[expect(clippy::double_comparisons, reason = "!= would hold where a value is missing")]
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn word(&self, a: &Word, b: &Word) -> (u64, u64) {
        if self.is_less {
            (gathered(a, b, |a, b| a < b), gathered(a, b, |a, b| a >= b))
        } else {
            (gathered(a, b, |a, b| a == b), gathered(a, b, |a, b| a < b || a > b))
        }
    }
}

/// Where a number is there.
pub(super) fn is_defined(values: &[f64]) -> Bits {
    let (is_there, bars) = (compared(Kernel::Equal, values, values), values.len());
    let mut bits = Bits::NONE;
    for (word, first) in (0..bars).step_by(WORD_BARS).enumerate() {
        let here = u64::MAX >> (WORD_BARS - WORD_BARS.min(bars - first));
        bits.holds[word] = is_there.holds[word];
        bits.fails[word] = !is_there.holds[word] & here;
    }
    bits
}

/// The numbers of as many bars as a word has bits.
type Word = [f64; WORD_BARS];

/// With none behind the last.
#[expect(clippy::inline_always, reason = "part of the kernel")]
#[inline(always)]
fn padded(values: &[f64]) -> Word {
    let mut word = [NONE; WORD_BARS];
    word[..values.len()].copy_from_slice(values);
    word
}

/// A bit for each bar on which that holds.
#[expect(clippy::inline_always, reason = "part of the kernel")]
#[inline(always)]
fn gathered(a: &Word, b: &Word, holds: impl Fn(f64, f64) -> bool) -> u64 {
    let mut all = 0;
    for bar in 0..WORD_BARS {
        all |= if holds(a[bar], b[bar]) { BITS[bar] } else { 0 };
    }
    all
}

/// The bit of each bar of a word.
const BITS: [u64; WORD_BARS] = {
    let mut bits = [0; WORD_BARS];
    let mut bar = 0;
    while bar < WORD_BARS {
        bits[bar] = 1 << bar;
        bar += 1;
    }
    bits
};
