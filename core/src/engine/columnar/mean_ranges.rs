//! Between which values a simple moving average lies, block by block: where two averages keep
//! apart for a whole block, nothing of it has to be looked at.

use super::mean_cross::{BLOCK_BARS, BLOCKS, Sum};
use super::tape::Tape;
use crate::simd::{Kernel, LANES, widest};

/// The least and the greatest average of each block of bars and of the bar before it, on one
/// scale for all lengths, rounded outwards; and of some blocks behind the last, which are empty.
#[derive(Clone, Debug)]
pub(super) struct MeanRanges {
    pub lows: Vec<i32>,
    pub highs: Vec<i32>,
}

/// Scaled averages stay below this, so that rounding cannot take them over the edge.
const SCALED_MAX: f64 = (1 << 30) as f64;

impl MeanRanges {
    /// The ranges of the average of that many closes; at least one.
    pub(super) fn new(tape: &Tape, closes: &[i64], length: usize) -> Self {
        let spread = tape.spread(closes, tape.len());
        let scale = SCALED_MAX / (spread.max(1) as f64 * length as f64);
        if i128::from(spread) * (length as i128) < i32::MAX.into() {
            let sums = tape.sums(closes);
            widest(Ranges { sums, bars: tape.len(), length, scale })
        } else {
            let sums = tape.wide_sums(closes);
            widest(Ranges { sums, bars: tape.len(), length, scale })
        }
    }
}

struct Ranges<'k, S> {
    sums: &'k [S],
    bars: usize,
    length: usize,
    /// From a sum to a scaled average.
    scale: f64,
}

impl<S: Sum> Kernel for Ranges<'_, S> {
    type Output = MeanRanges;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> MeanRanges {
        let blocks = self.bars.div_ceil(BLOCK_BARS);
        let (mut lows, mut highs) =
            (Vec::with_capacity(blocks + BLOCKS), Vec::with_capacity(blocks + BLOCKS));
        for block in 0..blocks {
            let first = block * BLOCK_BARS;
            // Where the average is not defined throughout, it may be anything.
            if first < self.length {
                lows.push(i32::MIN);
                highs.push(i32::MAX);
                continue;
            }
            let now = &self.sums[first + 1..][..BLOCK_BARS];
            let ago = &self.sums[first + 1 - self.length..][..BLOCK_BARS];
            let before = S::less(self.sums[first], self.sums[first - self.length]);
            let (mut low, mut high) = ([before; LANES], [before; LANES]);
            for (now, ago) in now.chunks_exact(LANES).zip(ago.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    let sum = S::less(now[lane], ago[lane]);
                    low[lane] = if sum < low[lane] { sum } else { low[lane] };
                    high[lane] = if sum > high[lane] { sum } else { high[lane] };
                }
            }
            let low = low.into_iter().fold(before, |low, sum| if sum < low { sum } else { low });
            let high =
                high.into_iter().fold(before, |high, sum| if sum > high { sum } else { high });
            lows.push((low.wide() as f64 * self.scale) as i32 - 1);
            highs.push((high.wide() as f64 * self.scale) as i32 + 1);
        }
        // Blocks behind the last meet nothing.
        lows.extend([i32::MAX; BLOCKS]);
        highs.extend([i32::MIN; BLOCKS]);
        MeanRanges { lows, highs }
    }
}
