//! Kernels that remember nothing, over a tile of bars: as [`scalar`] says, with vectors.

use super::super::kernel::scalar;
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
        let mut bits = Bits::NONE;
        let words = self.a.chunks(WORD_BARS).zip(self.b.chunks(WORD_BARS)).enumerate();
        // Nothing is either where a value is missing.
        if self.is_less {
            for (word, (a, b)) in words {
                let (mut holds, mut fails) = (0, 0);
                for (bar, (a, b)) in a.iter().zip(b).enumerate() {
                    holds |= u64::from(a < b) << bar;
                    fails |= u64::from(a >= b) << bar;
                }
                (bits.holds[word], bits.fails[word]) = (holds, fails);
            }
        } else {
            for (word, (a, b)) in words {
                let (mut holds, mut fails) = (0, 0);
                for (bar, (a, b)) in a.iter().zip(b).enumerate() {
                    holds |= u64::from(a == b) << bar;
                    // `!=` would hold where a value is missing.
                    fails |= (u64::from(a < b) | u64::from(a > b)) << bar;
                }
                (bits.holds[word], bits.fails[word]) = (holds, fails);
            }
        }
        bits
    }
}

/// Where a number is there.
pub(super) fn is_defined(values: &[f64]) -> Bits {
    let mut bits = Bits::NONE;
    for (word, values) in values.chunks(WORD_BARS).enumerate() {
        for (bar, value) in values.iter().enumerate() {
            bits.holds[word] |= u64::from(!value.is_nan()) << bar;
            bits.fails[word] |= u64::from(value.is_nan()) << bar;
        }
    }
    bits
}
