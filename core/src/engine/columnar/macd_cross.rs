//! Where the difference of two averages crosses its own average: both masks in one pass.

use super::mask::{Mask, Rising, WORD_BARS};
use crate::indicator::Ema;
use crate::simd::{Kernel, widest};

/// The bars on which the MACD line comes to be above its signal line, and those on which it comes
/// to be below. `fast` and `slow` are the averages bar by bar, NaN where there is none; the signal
/// line is their difference averaged over `length` values.
pub(super) fn find(fast: &[f64], slow: &[f64], length: usize) -> [Mask; 2] {
    widest(MacdCrossings { fast, slow, signal: Ema::new(length) })
}

struct MacdCrossings<'k> {
    fast: &'k [f64],
    slow: &'k [f64],
    signal: Ema,
}

impl Kernel for MacdCrossings<'_> {
    type Output = [Mask; 2];

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(mut self) -> [Mask; 2] {
        let words = self.fast.len().div_ceil(WORD_BARS);
        let (mut ups, mut downs) = (Vec::with_capacity(words), Vec::with_capacity(words));
        let (mut rising, mut falling) = (Rising::default(), Rising::default());
        for (fast, slow) in self.fast.chunks(WORD_BARS).zip(self.slow.chunks(WORD_BARS)) {
            let (mut lines, mut signals) = ([0.0; WORD_BARS], [f64::NAN; WORD_BARS]);
            let bars = fast.len();
            for bar in 0..bars {
                lines[bar] = fast[bar] - slow[bar];
            }
            for bar in 0..bars {
                if !lines[bar].is_nan() {
                    signals[bar] = self.signal.smooth(lines[bar]).unwrap_or(f64::NAN);
                }
            }
            let (lines, signals) = (&lines[..bars], &signals[..bars]);
            ups.push(rising.word(lines, signals));
            downs.push(falling.word(signals, lines));
        }
        [Mask::of_words(ups), Mask::of_words(downs)]
    }
}
